//! Changed tags: only keys that decide something, and only on what they decide about.

use std::collections::BTreeSet;

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use serde::Deserialize;
use tap_core::policy::rules::RuleSet;
use tap_core::tags::TagKeys;

use super::detail::detail;
use super::place::Arn;
use super::{Place, Work};

/// The tag keys that decide something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RelevantTags {
    /// On instances: the vendor's marks, and what the rules look at.
    pub of_instances: BTreeSet<String>,
    /// On VPCs: the vendor's.
    pub of_vpcs: BTreeSet<String>,
}

impl RelevantTags {
    /// The keys of a vendor and of rules.
    pub fn of(keys: &TagKeys, rules: Option<&RuleSet>) -> Self {
        let mut of_instances: BTreeSet<String> =
            [keys.blacklist.clone(), keys.whitelist.clone()].into();
        if let Some(rules) = rules {
            of_instances.extend(rules.tag_keys().into_iter().map(str::to_owned));
        }
        let of_vpcs = [&keys.target, &keys.enrollment, &keys.profile, &keys.packet_length];
        Self { of_instances, of_vpcs: of_vpcs.map(Clone::clone).into() }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct TagChange {
    changed_tag_keys: BTreeSet<String>,
    #[serde(default)]
    service: Option<String>,
}

/// `Tag Change on Resource`.
pub(super) fn read(
    event: &EventBridgeEvent,
    place: &Place,
    relevant: &RelevantTags,
) -> Result<Work, String> {
    let TagChange { changed_tag_keys: changed, service } = detail(event)?;
    if service.as_deref().is_some_and(|service| service != "ec2") {
        return Ok(Work::ignored("it is about a resource of another service"));
    }
    let resources = event.resources.as_deref().unwrap_or_default();
    if resources.is_empty() {
        return Err("it names no resource".to_owned());
    }
    let (mut instances, mut vpcs) = (BTreeSet::new(), BTreeSet::new());
    let mut elsewhere = None;
    for resource in resources {
        let arn = Arn::parse(resource).ok_or_else(|| format!("`{resource}` is no ARN"))?;
        let (kind, id) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
        let other_place = place.elsewhere(Some(arn.account), Some(arn.region));
        match (arn.service, kind) {
            ("ec2", "instance" | "vpc") if id.is_empty() => {
                return Err(format!("`{resource}` has no id"));
            }
            ("ec2", "instance" | "vpc") if other_place.is_some() => elsewhere = other_place,
            ("ec2", "instance") => {
                instances.insert(id.into());
            }
            ("ec2", "vpc") => {
                vpcs.insert(id.into());
            }
            _ => {}
        }
    }
    let matters = |keys: &BTreeSet<String>| changed.iter().any(|key| keys.contains(key));
    if instances.is_empty() && vpcs.is_empty() {
        return Ok(match elsewhere {
            Some(elsewhere) => Work::odd(elsewhere),
            None => Work::ignored("it is about neither an instance nor a VPC"),
        });
    }
    if !matters(&relevant.of_instances) {
        instances.clear();
    }
    if !matters(&relevant.of_vpcs) {
        vpcs.clear();
    }
    if instances.is_empty() && vpcs.is_empty() {
        return Ok(Work::ignored("none of the changed tags decides anything"));
    }
    Ok(Work::Tagged { instances, vpcs })
}
