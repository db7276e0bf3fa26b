//! The sessions of a scenario.

use crate::ids::FilterId;
use crate::inventory::MirrorSession;
use crate::tags::CREATOR;
use crate::testing::scenario::{FILTER, Scenario, TARGET, tagged};

/// Sessions.
impl Scenario {
    /// A session of ours on the interface, at its lowest free number, as it should be.
    pub fn owned(self, id: &str) -> Self {
        let creator = self.keys.creator.clone();
        self.session(id, &[(CREATOR, &creator)])
    }

    /// Somebody else's session on the interface, at its lowest free number.
    pub fn foreign(self, id: &str) -> Self {
        self.session(id, &[(CREATOR, "somebody")])
    }

    fn session(mut self, id: &str, tags: &[(&str, &str)]) -> Self {
        let is_taken = |n: i32| {
            let on_eni = |s: &&MirrorSession| s.eni == self.eni;
            self.inv.sessions.values().filter(on_eni).any(|s| s.number == n)
        };
        let number = (1..).find(|&n| !is_taken(n)).unwrap_or(1);
        let tag = self.inv.vpcs.get(&self.vpc).and_then(|v| v.tags.get(&self.keys.target));
        let target = tag.unwrap_or(TARGET).into();
        self.session = id.into();
        let session = MirrorSession {
            id: id.into(),
            eni: self.eni.clone(),
            target,
            filter: FILTER.into(),
            number,
            packet_length: Some(8500),
            vni: Some(7_000_001),
            description: Some("what it is for".into()),
            tags: tags.iter().copied().collect(),
        };
        self.inv.sessions.insert(id.into(), session);
        self
    }

    /// A rule made the session, by its key.
    pub fn by_rule(self, key: &str) -> Self {
        let tag = self.keys.rule.clone();
        self.marked(&tag, key)
    }

    /// The session was made for a finding; until that moment, if it says so.
    pub fn for_finding(self, id: &str, until: Option<&str>) -> Self {
        let (finding, end) = (self.keys.finding.clone(), self.keys.until.clone());
        let scenario = self.marked(&finding, id);
        match until {
            Some(until) => scenario.marked(&end, until),
            None => scenario,
        }
    }

    fn marked(self, key: &str, value: &str) -> Self {
        self.edit_session(|s| s.tags = tagged(&s.tags, key, Some(value)))
    }

    /// The session's number.
    pub fn number(self, number: i32) -> Self {
        self.edit_session(|s| s.number = number)
    }

    /// The session's target.
    pub fn to(self, target: &str) -> Self {
        self.edit_session(|s| s.target = target.into())
    }

    /// The session's filter.
    pub fn through(self, filter: &str) -> Self {
        self.edit_session(|s| s.filter = FilterId::from(filter))
    }

    /// The session's packet length.
    pub fn packet_length(self, length: Option<i32>) -> Self {
        self.edit_session(|s| s.packet_length = length)
    }

    /// The session's VXLAN network identifier.
    pub fn vni(self, vni: i32) -> Self {
        self.edit_session(|s| s.vni = Some(vni))
    }

    fn edit_session(mut self, change: impl FnOnce(&mut MirrorSession)) -> Self {
        let session = self.inv.sessions.get_mut(&self.session);
        change(session.expect("a session was named"));
        self
    }
}
