//! Decisions, changes and foreign sessions as lines.

use tap_core::inventory::{FilterRef, Inventory};
use tap_core::plan::{Action, Decision};
use tap_core::policy::owner::{Owner, owner};
use tap_core::settings::Settings;
use tap_core::tags::TagChange;

/// A decision as `eni verb reason`.
pub fn line(decision: &Decision) -> String {
    let Decision { eni, action, reason, .. } = decision;
    format!("{eni} {} {}", action.verb(), reason.code())
}

/// A change with its facts: `eni-1 create tmt-1 tmf-1 number 1`, `eni-1 modify tms-1 target tmt-2`, `eni-1 delete tms-1`.
pub fn change_line(decision: &Decision) -> Option<String> {
    let filter = |filter: &FilterRef| match filter {
        FilterRef::Existing(id) => id.to_string(),
        FilterRef::ToBeCreated(_) => "new".to_owned(),
    };
    let facts = match &decision.action {
        Action::Create { spec } => {
            let mut facts =
                format!("create {} {} number {}", spec.target, filter(&spec.filter), spec.number);
            if let Some(length) = spec.packet_length {
                facts += &format!(" packet-length {length}");
            }
            if let Some(vni) = spec.vni {
                facts += &format!(" vni {vni}");
            }
            facts += &marks(&spec.marks);
            facts
        }
        Action::Modify { session, change } => {
            let mut facts = format!("modify {session}");
            if let Some(target) = &change.target {
                facts += &format!(" target {target}");
            }
            if let Some(wanted) = &change.filter {
                facts += &format!(" filter {}", filter(wanted));
            }
            if let Some(number) = change.number {
                facts += &format!(" number {number}");
            }
            if let Some(length) = change.packet_length {
                facts += &format!(" packet-length {length}");
            }
            if let Some(vni) = change.vni {
                facts += &format!(" vni {vni}");
            }
            facts += &marks(&change.marks);
            facts
        }
        Action::Delete { session } => format!("delete {session}"),
        Action::Keep { .. } | Action::Skip => return None,
    };
    Some(format!("{} {facts}", decision.eni))
}

/// The marks that a change writes: ` rule=vpc-a -until`.
fn marks(marks: &TagChange) -> String {
    let short = |key: &str| key.rsplit('_').next().unwrap_or(key).to_owned();
    let set = marks.set.iter().map(|(key, value)| format!(" {}={value}", short(key)));
    let removed = marks.remove.iter().map(|key| format!(" -{}", short(key)));
    set.chain(removed).collect()
}

/// The sessions that are not ours, as they are.
pub fn foreign(inventory: &Inventory, settings: &Settings) -> Vec<String> {
    let sessions = inventory.sessions.values();
    sessions
        .filter(|s| owner(&s.tags, &settings.keys) == Owner::Foreign)
        .map(|s| format!("{s:?}"))
        .collect()
}
