//! The appliances of a scenario: instances that were launched to receive mirrored traffic, with their targets.

use crate::ids::TargetId;
use crate::inventory::{MirrorTarget, TargetKind};
use crate::moment::Moment;
use crate::tags::CREATOR;
use crate::testing::scenario::{Scenario, tagged};

/// Appliances made on demand.
impl Scenario {
    /// The instance was launched for a rule, in the subnet that it is in. A target that delivers to it was made for the rule too.
    pub fn made_for(self, rule: &str) -> Self {
        let subnet = self.instance_eni_subnet();
        let tags = [
            (CREATOR.to_owned(), self.keys.creator.clone()),
            (self.keys.appliance.clone(), rule.to_owned()),
            (self.keys.subnet.clone(), subnet),
        ];
        let eni = self.eni.clone();
        let targets: Vec<TargetId> = self
            .inv
            .targets
            .iter()
            .filter(|(_, target)| target.kind == TargetKind::Eni(eni.clone()))
            .map(|(id, _)| id.clone())
            .collect();
        tags.iter().fold(self, |scenario, (key, value)| {
            let scenario = scenario.instance_tag(key, value);
            targets.iter().fold(scenario, |s, id| s.target_tagged(id.as_str(), key, value))
        })
    }

    /// A tag of a target that is there.
    pub fn target_tagged(mut self, id: &str, key: &str, value: &str) -> Self {
        let target = self.inv.targets.get_mut(&TargetId::from(id));
        let target: &mut MirrorTarget = target.expect("the target is there");
        target.tags = tagged(&target.tags, key, Some(value));
        self
    }

    /// When the instance was launched.
    pub fn launched(self, moment: Moment) -> Self {
        self.edit_instance(|instance| instance.launched = Some(moment))
    }

    /// The interface is not the instance's first.
    pub fn secondary(self) -> Self {
        self.edit_eni(|eni| eni.primary = false)
    }

    fn instance_eni_subnet(&self) -> String {
        let enis = self.inv.enis().find(|(_, _, eni)| eni.id == self.eni);
        enis.map(|(_, _, eni)| eni.subnet.to_string()).unwrap_or_default()
    }
}
