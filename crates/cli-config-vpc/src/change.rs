//! What is to become of VPCs, as changes of their tags. Pure: from what a person wants and what was read to what would be
//! written, or to why that cannot be.

use std::collections::{BTreeMap, BTreeSet};

use cli_common::errors::Fault;
use tap_core::ids::{TargetId, VpcId};
use tap_core::inventory::Inventory;
use tap_core::plan::PlanError;
use tap_core::policy::vpc::{Capture, Enrollment, TagProblem, VpcPolicy, disabling, enabling};
use tap_core::settings::Settings;
use tap_core::survey::{Effect, VpcSurvey, effect};
use tap_core::tags::{MOST_TAGS, TagChange, TagKeys, Tags};

/// What a person wants of the VPCs that they picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Mirror them to this target.
    Enable {
        /// The target; [`NEW_TARGET`](tap_core::survey::NEW_TARGET) while it is still to be made.
        target: TargetId,
        /// Which instances; none leaves that as it is.
        enrollment: Option<Enrollment>,
        /// Which packets, and how much of each; what it does not say stays as it is.
        capture: Capture,
    },
    /// Only change which instances, or which packets, are mirrored.
    Adjust {
        /// Which instances; none leaves that as it is.
        enrollment: Option<Enrollment>,
        /// Which packets, and how much of each; what it does not say stays as it is.
        capture: Capture,
    },
    /// Take them out of mirroring.
    Disable,
}

/// The tag changes of one region's VPCs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// What is to be written, by VPC. A VPC that is as it should be has no entry.
    pub(crate) by_vpc: BTreeMap<VpcId, TagChange>,
    /// The VPCs that are as they should be.
    pub(crate) unchanged: BTreeSet<VpcId>,
}

impl Changes {
    /// Works out what a wish means for some VPCs of a region.
    ///
    /// # Errors
    /// A [`Fault`] where it makes no sense for one of them.
    pub(crate) fn of<'a>(
        wish: &Wish,
        vpcs: impl Iterator<Item = (&'a VpcId, &'a VpcSurvey)>,
        inventory: &Inventory,
        keys: &TagKeys,
    ) -> Result<Self, Fault> {
        let mut changes = Self::default();
        for (id, survey) in vpcs {
            let tags = inventory.vpcs.get(id).map(|vpc| vpc.tags.clone()).unwrap_or_default();
            let change = change_of(wish, id, survey, &tags, keys)?.missing_on(&tags);
            if !change.fits(&tags) {
                return Err(Fault::new(
                    "tag-limit",
                    format!(
                        "{id} has {MOST_TAGS} tags, as many as AWS allows: nothing was changed"
                    ),
                    "remove a tag that nobody needs",
                ));
            }
            if change.is_empty() {
                changes.unchanged.insert(id.clone());
            } else {
                changes.by_vpc.insert(id.clone(), change);
            }
        }
        Ok(changes)
    }

    /// The same, with the target that is there now in place of one that was still to be made.
    #[must_use]
    pub(crate) fn with_target(mut self, target: &TargetId, keys: &TagKeys) -> Self {
        for change in self.by_vpc.values_mut() {
            if let Some(value) = change.set.get_mut(&keys.target) {
                *value = target.to_string();
            }
        }
        self
    }

    /// What the next run would do in all of these VPCs.
    ///
    /// # Errors
    /// As [`effect`].
    pub(crate) fn effect(
        &self,
        inventory: &Inventory,
        settings: &Settings,
    ) -> Result<Effect, PlanError> {
        let vpcs = self.by_vpc.keys().chain(&self.unchanged).cloned().collect();
        effect(inventory, settings, &vpcs, &self.by_vpc)
    }
}

fn change_of(
    wish: &Wish,
    id: &VpcId,
    survey: &VpcSurvey,
    tags: &Tags,
    keys: &TagKeys,
) -> Result<TagChange, Fault> {
    match wish {
        Wish::Disable => Ok(disabling(keys)),
        Wish::Enable { target, enrollment, capture } => {
            let change = capture.written_with(enabling(target, *enrollment, keys), keys);
            // A value that means nothing would leave the VPC as it is, with a target and all (ruling 9).
            match VpcPolicy::from_tags(&change.applied_to(tags), keys) {
                VpcPolicy::Misconfigured {
                    problem: TagProblem::UnknownEnrollment(word), ..
                } => Err(Fault::new(
                    "unknown-enrollment",
                    format!(
                        "the tag {} of {id} is `{word}`, which means nothing: nothing was changed",
                        keys.enrollment
                    ),
                    "say with --enrollment auto or --enrollment whitelist what is meant",
                )),
                VpcPolicy::Misconfigured {
                    problem: problem @ (TagProblem::UnknownProfile(_) | TagProblem::PacketLength(_)),
                    ..
                } => Err(Fault::new(
                    "unknown-capture",
                    format!("{id}: {problem}: nothing was changed"),
                    "say with --filter-profile or --packet-length what is meant",
                )),
                _ => Ok(change),
            }
        }
        Wish::Adjust { enrollment, capture } => match &survey.policy {
            VpcPolicy::NotEnabled => Err(Fault::new(
                "not-enabled",
                format!(
                    "{id} is not enabled, and {} alone means nothing: nothing was changed",
                    if enrollment.is_some() { "an enrollment" } else { "a profile or length" }
                ),
                "enable it with --target-id or --create-target",
            )),
            VpcPolicy::Enabled { .. } | VpcPolicy::Misconfigured { .. } => {
                let change = match enrollment {
                    Some(enrollment) => {
                        TagChange::default().and_set(&keys.enrollment, enrollment.as_str())
                    }
                    None => TagChange::default(),
                };
                Ok(capture.written_with(change, keys))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use tap_core::survey;
    use tap_core::testing::{Scenario, scenario};

    use super::*;

    fn changes(account: Scenario, wish: &Wish, ids: &[&str]) -> Result<Changes, Fault> {
        let (inv, settings) = (account.build(), Settings::default());
        let all = survey::vpcs(&inv, &settings).unwrap();
        let picked = all.iter().filter(|vpc| ids.contains(&vpc.id.as_str()));
        Changes::of(wish, picked.map(|vpc| (&vpc.id, vpc)), &inv, &settings.keys)
    }

    fn enroll(enrollment: Enrollment) -> Wish {
        Wish::Adjust { enrollment: Some(enrollment), capture: Capture::default() }
    }

    fn enable(target: &str, enrollment: Option<Enrollment>) -> Wish {
        Wish::Enable { target: target.into(), enrollment, capture: Capture::default() }
    }

    /// `key=value` of what is set and `-key` of what goes, without the keys' common beginning.
    fn words(changes: &Changes, vpc: &str) -> Vec<String> {
        let short = |key: &str| key.replace("Vectra:session_mirroring_", "");
        let change = changes.by_vpc.get(&VpcId::from(vpc)).cloned().unwrap_or_default();
        let set = change.set.iter().map(|(key, value)| format!("{}={value}", short(key)));
        set.chain(change.remove.iter().map(|key| format!("-{}", short(key)))).collect()
    }

    #[test]
    fn only_what_differs_is_written() {
        let account = || scenario().vpc("vpc-b").not_enabled().vpc("vpc-c").enrollment("whitelist");
        let all = ["vpc-a", "vpc-b", "vpc-c"];
        let on = changes(account(), &enable("tmt-1", None), &all).unwrap();
        assert_eq!(words(&on, "vpc-b"), ["target=tmt-1"]);
        assert_eq!(on.unchanged, ["vpc-a".into(), "vpc-c".into()].into());
        let auto = enable("tmt-1", Some(Enrollment::Auto));
        let on = changes(account(), &auto, &all).unwrap();
        assert_eq!(words(&on, "vpc-c"), ["enrollment=auto"]);
        let off = changes(account(), &Wish::Disable, &all).unwrap();
        assert_eq!(words(&off, "vpc-a"), ["-target"]);
        assert_eq!(words(&off, "vpc-c"), ["-enrollment", "-target"]);
        assert!(off.unchanged.contains(&VpcId::from("vpc-b")));
    }

    #[test]
    fn an_enrollment_alone_needs_an_enabled_vpc() {
        let wish = enroll(Enrollment::Whitelist);
        let on = changes(scenario(), &wish, &["vpc-a"]).unwrap();
        assert_eq!(words(&on, "vpc-a"), ["enrollment=whitelist"]);
        let fault = changes(scenario().not_enabled(), &wish, &["vpc-a"]).unwrap_err();
        assert!(fault.message.contains("vpc-a is not enabled"), "{fault}");
    }

    #[test]
    fn a_word_that_means_nothing_must_be_replaced() {
        let odd = || scenario().enrollment("everybody");
        let fault = changes(odd(), &enable("tmt-1", None), &["vpc-a"]).unwrap_err();
        assert!(fault.message.contains("`everybody`"), "{fault}");
        let fixed = enable("tmt-1", Some(Enrollment::Auto));
        assert_eq!(
            words(&changes(odd(), &fixed, &["vpc-a"]).unwrap(), "vpc-a"),
            ["enrollment=auto"]
        );
        let wish = enroll(Enrollment::Auto);
        assert_eq!(
            words(&changes(odd(), &wish, &["vpc-a"]).unwrap(), "vpc-a"),
            ["enrollment=auto"]
        );
    }

    #[test]
    fn a_target_that_was_made_takes_its_place() {
        let new = enable(survey::NEW_TARGET, Some(Enrollment::Auto));
        let planned = changes(scenario().not_enabled(), &new, &["vpc-a"]).unwrap();
        let made = planned.with_target(&"tmt-9".into(), &TagKeys::default());
        assert_eq!(words(&made, "vpc-a"), ["enrollment=auto", "target=tmt-9"]);
    }
}
