//! Where the function is, and what is meant for others: an event bus may gather those of many accounts and regions, and a
//! function works in its own.

use tap_core::ids::{AccountId, Region};

/// The account and region of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

impl Place {
    /// What is said of an event from another account or region; none for one from here, and for one that does not say.
    pub(super) fn elsewhere(&self, account: Option<&str>, region: Option<&str>) -> Option<String> {
        let Self { account: ours, region: here } = self;
        match (account, region) {
            (Some(account), _) if account != ours.as_str() => {
                Some(format!("it is from account {account}, and this function works in {ours}"))
            }
            (_, Some(region)) if region != here.as_str() => {
                Some(format!("it is from region {region}, and this function works in {here}"))
            }
            _ => None,
        }
    }
}

/// A resource's name as AWS writes it: `arn:aws:ec2:eu-west-1:111122223333:instance/i-0aa`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let is_arn = parts.next() == Some("arn");
        let _partition = parts.next()?;
        let arn = Self {
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        is_arn.then_some(arn)
    }
}

/// The account that a function belongs to, by its ARN.
pub fn account_of_function(arn: &str) -> Option<AccountId> {
    let arn = Arn::parse(arn)?;
    let is_account = arn.account.len() == 12 && arn.account.bytes().all(|b| b.is_ascii_digit());
    (arn.service == "lambda" && is_account).then(|| AccountId::from(arn.account))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_in_the_functions_name() {
        for (arn, account) in [
            ("arn:aws:lambda:eu-west-1:111122223333:function:mirror", Some("111122223333")),
            ("arn:aws-cn:lambda:cn-north-1:111122223333:function:mirror:7", Some("111122223333")),
            ("arn:aws:lambda:eu-west-1::function:mirror", None),
            ("arn:aws:ec2:eu-west-1:111122223333:instance/i-1", None),
            ("No header lambda-runtime-invoked-function-arn found.", None),
            ("", None),
        ] {
            assert_eq!(account_of_function(arn), account.map(AccountId::from), "{arn}");
        }
    }
}
