//! `rules()`: a set of rules in a few words. What follows is about the rule written last.

use std::sync::Arc;

use crate::policy::rules::{
    ApplianceSpec, Delivery, Destination, Interfaces, Matcher, Mirroring, Rule, RulePlace, RuleSet,
    Section, TargetChoice,
};

/// A set of rules being written.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Rules {
    rules: Vec<Rule>,
}

/// No rules yet.
pub fn rules() -> Rules {
    Rules::default()
}

impl Rules {
    /// The set, in the order in which rules are asked.
    pub fn build(mut self) -> RuleSet {
        self.rules.sort_by_key(|rule| rule.place.section);
        RuleSet { rules: self.rules }
    }

    /// A rule about a VPC, mirrored to `tmt-1` through the filter of the run.
    pub fn vpc(self, id: &str) -> Self {
        self.rule(Section::Vpcs, Matcher::Vpc(id.into()))
    }

    /// A rule about a subnet.
    pub fn subnet(self, id: &str) -> Self {
        self.rule(Section::Subnets, Matcher::Subnet(id.into()))
    }

    /// A rule about instances with any of these tags.
    pub fn tags(self, pairs: &[(&str, &str)]) -> Self {
        let tags = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.rule(Section::Tags, Matcher::Tags { tags, all: false })
    }

    /// All of its tags are asked for.
    pub fn all_tags(self) -> Self {
        self.edit(|rule| {
            if let Matcher::Tags { all, .. } = &mut rule.matcher {
                *all = true;
            }
        })
    }

    /// It mirrors to this target.
    pub fn to(self, target: &str) -> Self {
        self.to_any(TargetChoice::Balanced, &[target])
    }

    /// It mirrors to one of these targets.
    pub fn to_any(self, choice: TargetChoice, targets: &[&str]) -> Self {
        let ids = targets.iter().map(|id| (*id).into()).collect();
        self.mirroring(|m| m.to = Destination::Targets { ids, choice })
    }

    /// It mirrors to appliances of this type in the subnet of the source.
    pub fn to_appliances(self, instance_type: &str) -> Self {
        let spec = ApplianceSpec {
            instance_type: instance_type.to_owned(),
            image: "ami-1".into(),
            security_groups: vec!["sg-1".into()],
            subnet: None,
        };
        self.mirroring(|m| m.to = Destination::Appliances(spec))
    }

    /// Its appliances are in this subnet.
    pub fn in_subnet(self, id: &str) -> Self {
        self.mirroring(|m| {
            if let Destination::Appliances(spec) = &mut m.to {
                spec.subnet = Some(id.into());
            }
        })
    }

    /// Its filter.
    pub fn filter(self, id: &str) -> Self {
        self.mirroring(|m| m.filter = Some(id.into()))
    }

    /// Its session number, packet length and VXLAN network identifier.
    pub fn pins(self, number: i32, packet_length: i32, vni: i32) -> Self {
        self.mirroring(|m| {
            (m.number, m.packet_length, m.vni) = (Some(number), Some(packet_length), Some(vni));
        })
    }

    /// It is about first interfaces only.
    pub fn primary(self) -> Self {
        self.edit(|rule| rule.interfaces = Interfaces::Primary)
    }

    /// Instances may name their own target and filter.
    pub fn instance_tags(self) -> Self {
        self.edit(|rule| rule.instance_tags = true)
    }

    /// Nothing is mirrored.
    pub fn ignore(self) -> Self {
        self.edit(|rule| rule.delivery = Delivery::Ignore)
    }

    fn rule(mut self, section: Section, matcher: Matcher) -> Self {
        let index = self.rules.iter().filter(|rule| rule.place.section == section).count();
        let line = self.rules.len() + 1;
        let place = RulePlace { file: "eu-west-1.yaml".into(), section, index, line };
        self.rules.push(Rule {
            place: Arc::new(place),
            matcher,
            interfaces: Interfaces::All,
            instance_tags: false,
            delivery: Delivery::Mirror(Mirroring {
                filter: None,
                to: Destination::Targets {
                    ids: vec!["tmt-1".into()],
                    choice: TargetChoice::Balanced,
                },
                number: None,
                packet_length: None,
                vni: None,
            }),
        });
        self
    }

    fn mirroring(self, change: impl FnOnce(&mut Mirroring)) -> Self {
        self.edit(|rule| {
            if let Delivery::Mirror(mirroring) = &mut rule.delivery {
                change(mirroring);
            }
        })
    }

    fn edit(mut self, change: impl FnOnce(&mut Rule)) -> Self {
        change(self.rules.last_mut().expect("a test writes a rule first"));
        self
    }
}
