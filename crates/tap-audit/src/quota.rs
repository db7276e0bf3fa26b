//! AWS's quotas, and how close the account is to them (docs/aws.md 4). None of them can be raised.

use std::collections::BTreeSet;

use tap_core::call::Call;

use crate::collect::{Collected, Problem};
use crate::finding::FindingCode;
use crate::model::Quota;
use crate::scene::Scene;

/// Sessions, targets and filters in one account and region.
const PER_SCOPE: usize = 10_000;

/// Sessions on one interface.
const SESSIONS_PER_INTERFACE: usize = 3;

/// Rules in one filter.
const RULES_PER_FILTER: usize = 10;

/// Looks at all of them. Sessions, targets and filters are read of the whole scope, however narrow the audit is.
pub(crate) fn look(scene: &Scene<'_>, found: &mut Collected) -> Vec<Quota> {
    let inv = scene.inv;
    let account = &inv.scope.account;
    let count = |call, count: usize| scene.read(call).then_some(count);
    let own_targets = inv.targets.values().filter(|target| target.owner == *account).count();
    let sessions = count(Call::DescribeTrafficMirrorSessions, inv.sessions.len());
    let mut quotas = vec![
        Quota { what: "sessions", of: None, used: sessions, limit: PER_SCOPE },
        Quota {
            what: "targets",
            of: None,
            used: count(Call::DescribeTrafficMirrorTargets, own_targets),
            limit: PER_SCOPE,
        },
        Quota {
            what: "filters",
            of: None,
            used: count(Call::DescribeTrafficMirrorFilters, inv.filters.len()),
            limit: PER_SCOPE,
        },
    ];
    let fullest = inv.sessions.values().map(|session| &session.eni);
    let fullest = fullest.max_by_key(|eni| (scene.sessions_on(eni).len(), std::cmp::Reverse(*eni)));
    if let Some(eni) = fullest {
        quotas.push(Quota {
            what: "sessions on one interface",
            of: Some(eni.to_string()),
            used: Some(scene.sessions_on(eni).len()),
            limit: SESSIONS_PER_INTERFACE,
        });
    }
    let largest = inv.filters.iter().max_by_key(|(id, f)| (f.rules.len(), std::cmp::Reverse(*id)));
    if let Some((id, filter)) = largest {
        quotas.push(Quota {
            what: "rules in one filter",
            of: Some(id.to_string()),
            used: Some(filter.rules.len()),
            limit: RULES_PER_FILTER,
        });
    }
    for survey in scene.targets.values() {
        if let Some(limit) = survey.limit {
            quotas.push(Quota {
                what: "sources of one target",
                of: Some(survey.id.to_string()),
                used: sessions.map(|_| survey.sources),
                limit,
            });
        }
    }
    // Appliances on demand are filled one after the other: that is what they are for.
    let on_demand: BTreeSet<&str> = inv
        .targets
        .iter()
        .filter(|(_, target)| target.tags.get(&scene.settings.keys.appliance).is_some())
        .map(|(id, _)| id.as_str())
        .collect();
    for quota in &quotas {
        // A full filter is nothing bad, and an interface with three sessions matters only where ours is not among them: then the
        // planner says so.
        let speaks =
            matches!(quota.what, "sessions" | "targets" | "filters" | "sources of one target")
                && quota.of.as_deref().is_none_or(|of| !on_demand.contains(of));
        if let Some(used) = quota.used.filter(|_| speaks) {
            judge(quota, used, found);
        }
    }
    quotas
}

fn judge(quota: &Quota, used: usize, found: &mut Collected) {
    let Quota { what, of, limit, .. } = quota;
    let code = if used >= *limit {
        FindingCode::QuotaReached
    } else if used * 5 >= limit * 4 {
        FindingCode::QuotaNear
    } else {
        return;
    };
    let sentence = match of {
        Some(of) => format!("{used} of {limit} {what} are used: {of}"),
        None => format!("{used} of {limit} {what} of this account and region are used"),
    };
    found.add(Problem::new(code, [of.clone().unwrap_or_else(|| (*what).to_owned())], sentence));
}
