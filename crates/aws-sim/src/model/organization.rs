//! The organization that the account belongs to.

#[derive(Debug, Clone)]
pub(crate) struct Organization {
    pub(crate) id: String,
    /// The account that manages it.
    pub(crate) management: String,
    /// Whether our account may ask what otherwise only the management account may.
    pub(crate) delegated: bool,
    pub(crate) accounts: Vec<Member>,
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    /// `ACTIVE`, `SUSPENDED`, ..
    pub(crate) state: String,
    /// `INVITED` or `CREATED`.
    pub(crate) joined: String,
}

impl Organization {
    pub(crate) fn account_arn(&self, account: &str) -> String {
        format!("arn:aws:organizations::{}:account/{}/{account}", self.management, self.id)
    }
}
