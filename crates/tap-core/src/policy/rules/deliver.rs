//! What a rule wants, from its keys: nothing at all, or sessions to targets that are there or are made as they are needed.

use std::collections::BTreeSet;

use super::read::Keys;
use super::{ApplianceSpec, Delivery, Destination, Mirroring, TargetChoice};
use crate::ids::{ImageId, SecurityGroupId, SubnetId, TargetId};
use crate::policy::file::remark::{Remarks, shown};
use crate::policy::file::values::{Field, below};
use crate::ranges::{PACKET_LENGTHS, SESSION_NUMBERS, VNIS};

/// The keys of an appliance. The first three go together.
const APPLIANCE: [&str; 4] =
    ["targetInstanceType", "targetInstanceAmi", "targetSecurityGroupIds", "targetSubnetId"];

/// What a rule may say of its sessions. One that ignores has none, and none of these: where it is about an instance, no
/// interface of it is mirrored.
pub(super) const OF_SESSIONS: [&str; 13] = [
    "filterId",
    "targetId",
    "targetIds",
    "targetChoice",
    "targetInstanceType",
    "targetInstanceAmi",
    "targetSecurityGroupIds",
    "targetSubnetId",
    "packetLength",
    "virtualNetworkId",
    "sessionNumber",
    "interfaces",
    "allowInstanceTags",
];

const DESTINATIONS: &str = "one of targetId, targetIds, targetInstanceType with targetInstanceAmi and \
                            targetSecurityGroupIds, or ignore: true";
const FILTER: &str = "the id of a filter, as in tmf-0a1b2c3d";
const TARGET: &str = "the id of a target, as in tmt-0a1b2c3d";
const TYPE: &str = "an instance type, as in t3.micro";
const IMAGE: &str = "`ami-` and letters or digits, as in ami-0a1b2c3d";
const GROUP: &str = "`sg-` and letters or digits, as in sg-0a1b2c3d";
const GROUPS: &str = "a list of ids of security groups, as in sg-0a1b2c3d";
const SUBNET: &str = "`subnet-` and letters or digits, as in subnet-0a1b2c3d";

/// The keys of an appliance as they were read; none of a key where it is not there or wrong.
#[derive(Default)]
struct Appliance {
    instance_type: Option<String>,
    image: Option<ImageId>,
    groups: Option<Vec<SecurityGroupId>>,
    subnet: Option<SubnetId>,
}

impl Remarks {
    /// What a rule wants. Every value is looked at, whatever else is wrong.
    pub(super) fn delivery(&mut self, keys: &Keys<'_>) -> Option<Delivery> {
        let filter = keys.get("filterId").map(|field| self.filter(field, FILTER));
        let one = keys.get("targetId").map(|field| self.target(field, TARGET));
        let several = keys.get("targetIds").map(|field| self.targets(field));
        let choice = keys.get("targetChoice").map(|field| {
            self.word(field, &TargetChoice::ALL.map(|choice| (choice.as_str(), choice)))
        });
        let appliance = self.appliance(keys);
        let number = |remarks: &mut Self, key, range| {
            keys.get(key).map(|field| remarks.number(field, range))
        };
        let packet_length = number(self, "packetLength", &PACKET_LENGTHS);
        let vni = number(self, "virtualNetworkId", &VNIS);
        let session_number = number(self, "sessionNumber", &SESSION_NUMBERS);
        if let Some(field) = keys.get("ignore")
            && self.ignores(field)?
        {
            return self.ignore(keys);
        }
        self.one_destination(keys)?;
        self.choice_has_meaning(keys, several.as_ref().and_then(Option::as_deref));
        let to = match (one, several) {
            (Some(id), _) => {
                Destination::Targets { ids: vec![id?], choice: TargetChoice::default() }
            }
            (None, Some(ids)) => Destination::Targets {
                ids: ids?,
                choice: choice.unwrap_or(Some(TargetChoice::default()))?,
            },
            (None, None) => Destination::Appliances(self.whole(keys, appliance)?),
        };
        Some(Delivery::Mirror(Mirroring {
            filter: given(filter)?,
            to,
            number: given(session_number)?,
            packet_length: given(packet_length)?,
            vni: given(vni)?,
        }))
    }

    /// Whether a rule ignores; a `false` is said to be none.
    fn ignores(&mut self, field: &Field<'_>) -> Option<bool> {
        let allowed = "true, or leave it out";
        let ignores = self.flag(field, allowed)?;
        if !ignores {
            self.mistake(field.line, field.path.clone(), "false says nothing", allowed);
        }
        Some(ignores)
    }

    fn ignore(&mut self, keys: &Keys<'_>) -> Option<Delivery> {
        for field in keys.of(&OF_SESSIONS) {
            let message = "has no meaning beside ignore: true";
            self.mistake(field.line, field.path.clone(), message, "either of them");
        }
        Some(Delivery::Ignore)
    }

    /// Checks that a rule has one destination and no more.
    fn one_destination(&mut self, keys: &Keys<'_>) -> Option<()> {
        let (one, several) = (keys.get("targetId"), keys.get("targetIds"));
        let appliance = keys.of(&APPLIANCE).next();
        let mut given: Vec<&Field<'_>> = [one, several, appliance].into_iter().flatten().collect();
        given.sort_by_key(|field| field.line);
        let Some((first, others)) = given.split_first() else {
            // Who wrote `targetID` hears of that, and not that it is missing.
            if ["targetId", "targetIds"].iter().chain(&APPLIANCE).any(|key| keys.is_meant(key)) {
                return None;
            }
            let message = "does not say where to mirror to";
            self.mistake(keys.line, keys.path.clone(), message, DESTINATIONS);
            return None;
        };
        for other in others {
            let message = format!("a second destination beside {}", last(&first.path));
            self.mistake(other.line, other.path.clone(), message, DESTINATIONS);
        }
        others.is_empty().then_some(())
    }

    fn choice_has_meaning(&mut self, keys: &Keys<'_>, several: Option<&[TargetId]>) {
        let Some(choice) = keys.get("targetChoice") else { return };
        if keys.get("targetIds").is_none() {
            let message = "there are not several targets to choose from";
            self.mistake(choice.line, choice.path.clone(), message, "together with targetIds");
        } else if several.is_some_and(|ids| ids.len() == 1) {
            let message = "chooses nothing: targetIds names one target";
            self.warning(choice.line, choice.path.clone(), message);
        }
    }

    fn targets(&mut self, list: &Field<'_>) -> Option<Vec<TargetId>> {
        let items = self.list(list, "ids of targets, as in tmt-0a1b2c3d")?;
        self.each_once(&items, |remarks, item| remarks.target(item, TARGET))
    }

    /// All values of a list, if all are right and none is there twice.
    fn each_once<T: Ord + Clone>(
        &mut self,
        items: &[Field<'_>],
        mut read: impl FnMut(&mut Self, &Field<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let (mut seen, mut values) = (BTreeSet::new(), Vec::new());
        for item in items {
            let Some(value) = read(self, item) else { continue };
            if seen.insert(value.clone()) {
                values.push(value);
            } else {
                self.mistake(item.line, item.path.clone(), "is there already", "each id once");
            }
        }
        (values.len() == items.len()).then_some(values)
    }

    fn appliance(&mut self, keys: &Keys<'_>) -> Appliance {
        let instance_type = keys.get("targetInstanceType").and_then(|field| {
            let text = self.text(field, TYPE)?;
            if is_type(text) {
                return Some(text.to_owned());
            }
            let message = format!("`{}` is not an instance type", shown(text));
            self.mistake(field.line, field.path.clone(), message, TYPE);
            None
        });
        let image =
            keys.get("targetInstanceAmi").and_then(|field| self.id(field, IMAGE, ImageId::typed));
        let groups = keys.get("targetSecurityGroupIds").and_then(|field| {
            let items = self.list(field, "ids of security groups, as in sg-0a1b2c3d")?;
            self.each_once(&items, |remarks, item| remarks.id(item, GROUP, SecurityGroupId::typed))
        });
        let subnet =
            keys.get("targetSubnetId").and_then(|field| self.id(field, SUBNET, SubnetId::typed));
        Appliance { instance_type, image, groups, subnet }
    }

    /// The appliance, if all is there that it needs.
    fn whole(&mut self, keys: &Keys<'_>, read: Appliance) -> Option<ApplianceSpec> {
        for (key, allowed) in APPLIANCE.iter().zip([TYPE, IMAGE, GROUPS]) {
            if keys.get(key).is_none() && !keys.is_meant(key) {
                let there = keys.of(&APPLIANCE).next().map(|field| last(&field.path));
                let message = format!("is missing beside {}", there.unwrap_or_default());
                self.mistake(keys.line, below(&keys.path, key), message, allowed);
            }
        }
        let Appliance { instance_type, image, groups, subnet } = read;
        if keys.get("targetSubnetId").is_some() && subnet.is_none() {
            return None;
        }
        Some(ApplianceSpec {
            instance_type: instance_type?,
            image: image?,
            security_groups: groups?,
            subnet,
        })
    }
}

/// Turns around what may be there, and may be wrong then.
fn given<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(Some(value)) => Some(Some(value)),
        Some(None) => None,
    }
}

/// The key at the end of a path.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Whether it has the form of an instance type. Which there are, AWS says.
fn is_type(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.split_once('.').is_some_and(|(family, size)| word(family) && word(size))
}
