//! Who mirrors to whom: sessions that nobody should have made, and those of which nobody can tell whose they are.

use std::collections::BTreeSet;

use tap_core::call::Call;
use tap_core::ids::{AccountId, FilterId};
use tap_core::inventory::MirrorSession;
use tap_core::policy::owner::{Owner, owner};

use crate::collect::{Collected, Problem};
use crate::finding::FindingCode;
use crate::look::Expectations;
use crate::scene::Scene;

/// Looks at every session, and at the filters that they have.
pub(crate) fn police(scene: &Scene<'_>, expect: &Expectations, found: &mut Collected) {
    let mut filters: BTreeSet<&FilterId> = BTreeSet::new();
    for session in scene.sessions() {
        filters.insert(&session.filter);
        destination(scene, expect, session, found);
        whose(scene, expect, session, found);
    }
    for (id, filter) in filters.into_iter().filter_map(|id| scene.inv.filters.get_key_value(id)) {
        if filter.description.is_empty() {
            let what = format!("filter {id} is in use and has no description");
            found.add(Problem::new(FindingCode::FilterWithoutDescription, [id], what));
        }
    }
}

/// Whether the copies stay where they should.
fn destination(
    scene: &Scene<'_>,
    expect: &Expectations,
    session: &MirrorSession,
    found: &mut Collected,
) {
    let Some(target) = scene.inv.targets.get(&session.target) else {
        return;
    };
    let receiver = &target.owner;
    if *receiver == scene.inv.scope.account || expect.trusted.contains(receiver) {
        return;
    }
    let id = &session.target;
    let problem = |code, rest: &str| {
        Problem::new(code, [id.to_string()], format!("{id} belongs to account {receiver}, {rest}"))
    };
    let problem = match &scene.net.organization {
        Some(accounts) if accounts.contains(receiver) => return,
        Some(_) => problem(
            FindingCode::TargetOutsideOrganization,
            "which is not in this account's organization",
        ),
        None => problem(
            FindingCode::TargetInOtherAccount,
            &match scene.refused(&[Call::ListAccounts]) {
                Some(why) => {
                    format!("and whether that is one of the organization cannot be told: {why}")
                }
                None => "and whether that is one of the organization was not asked".to_owned(),
            },
        ),
    };
    found.add_for(problem, &session.id);
}

/// Whose it is, and whether anybody can tell.
fn whose(scene: &Scene<'_>, expect: &Expectations, session: &MirrorSession, found: &mut Collected) {
    let (id, eni) = (&session.id, &session.eni);
    let vpc = scene.vpc_of(eni);
    if owner(&session.tags, &scene.settings.keys) == Owner::Foreign {
        let to = target_owner(scene, session);
        let to = match to {
            Some(account) if *account == scene.inv.scope.account => "this account".to_owned(),
            Some(account) => format!("account {account}"),
            None => "an account that cannot be told".to_owned(),
        };
        let what = format!("{id} mirrors {eni} to {} of {to}, and is not ours", session.target);
        let at = [id.to_string(), eni.to_string(), session.target.to_string()];
        found.add(Problem::new(FindingCode::ForeignSession, at, what).within(vpc));
    }
    let named = |key: &String| session.tags.get(key).is_some_and(|value| !value.is_empty());
    if !expect.owner_tags.iter().any(named) {
        let keys = expect.owner_tags.join(", ");
        let what = format!("{id} on {eni} has no tag that names its owner (looked for: {keys})");
        let at = [id.to_string(), eni.to_string()];
        found.add(Problem::new(FindingCode::SessionWithoutOwnerTag, at, what).within(vpc));
    }
    if session.description.as_deref().is_none_or(str::is_empty) {
        let what = format!("{id} on {eni} has no description");
        let at = [id.to_string(), eni.to_string()];
        found.add(Problem::new(FindingCode::SessionWithoutDescription, at, what).within(vpc));
    }
}

/// The account that a session's target belongs to, where the target could be read.
pub(crate) fn target_owner<'a>(
    scene: &Scene<'a>,
    session: &MirrorSession,
) -> Option<&'a AccountId> {
    scene.inv.targets.get(&session.target).map(|target| &target.owner)
}
