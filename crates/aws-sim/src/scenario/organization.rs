//! The organization of a scenario.

use super::build::{Built, Problem};
use super::spec::{OrganizationSpec, Ref};
use crate::model::{Member, Organization};

const STATES: [&str; 5] =
    ["PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"];
const METHODS: [&str; 2] = ["INVITED", "CREATED"];

/// The organization of an account, with that account and the one that manages it among its members.
pub(super) fn organization(spec: &OrganizationSpec, account: &str) -> Built<Organization> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let well_formed = spec
        .id
        .strip_prefix("o-")
        .is_some_and(|rest| (10..=32).contains(&rest.len()) && rest.chars().all(letters));
    if !well_formed {
        let reason = format!("`{}` is not `o-` and 10 to 32 small letters and digits", spec.id);
        return Err(Problem { line: 0, reason });
    }
    let management = match &spec.management {
        Some(asked) => account_id(asked)?,
        None => account.to_owned(),
    };
    let mut accounts: Vec<Member> = Vec::new();
    for member in &spec.accounts {
        let id = account_id(&member.id)?;
        let at = |reason: String| Problem { line: member.id.line, reason };
        if accounts.iter().any(|other| other.id == id) {
            return Err(at(format!("two accounts of the organization are `{id}`")));
        }
        if !STATES.contains(&member.state.as_str()) {
            return Err(at(format!("the state of account `{id}` must be one of {STATES:?}")));
        }
        if !METHODS.contains(&member.joined.as_str()) {
            return Err(at(format!("`joined` of account `{id}` must be one of {METHODS:?}")));
        }
        accounts.push(Member {
            name: member.name.clone().unwrap_or_else(|| format!("account-{id}")),
            email: member.email.clone().unwrap_or_else(|| format!("{id}@example.com")),
            state: member.state.clone(),
            joined: member.joined.clone(),
            id,
        });
    }
    for (id, name) in [(management.as_str(), "management"), (account, "ours")] {
        if !accounts.iter().any(|known| known.id == id) {
            accounts.push(Member {
                id: id.to_owned(),
                name: name.to_owned(),
                email: format!("{name}@example.com"),
                state: "ACTIVE".to_owned(),
                joined: "INVITED".to_owned(),
            });
        }
    }
    Ok(Organization { id: spec.id.clone(), management, delegated: spec.delegated, accounts })
}

fn account_id(asked: &Ref) -> Built<String> {
    let digits = asked.text.bytes().all(|b| b.is_ascii_digit());
    if asked.text.len() == 12 && digits {
        return Ok(asked.text.clone());
    }
    Err(Problem { line: asked.line, reason: format!("`{}` is no account", asked.text) })
}
