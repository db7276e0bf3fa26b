//! Changes to a region from outside the API: what other people, other tools and AWS itself do. The API's own lifecycle
//! operations use the same ones. Those of the network and of load balancers are in `network`.

mod network;

use std::time::Duration;

use crate::ec2::instances::LAUNCHED;
use crate::ids::stable_hash;
use crate::kinds::Kind;
use crate::model::{Attachment, Eni, Instance, InstanceState, Operator, Session, Subnet, Tags};
use crate::world::RegionWorld;

/// An instance to launch.
#[derive(Debug, Clone)]
pub struct NewInstance {
    /// The subnet, by id or Name tag.
    pub subnet: String,
    /// The instance type.
    pub kind: String,
    /// Its state.
    pub state: InstanceState,
    /// Tags, `Name` among them.
    pub tags: Tags,
    /// How many interfaces it gets, all in the same subnet.
    pub enis: u32,
}

impl NewInstance {
    /// A running `m5.large` with one interface.
    pub fn in_subnet(subnet: &str) -> Self {
        Self {
            subnet: subnet.to_owned(),
            kind: "m5.large".to_owned(),
            state: InstanceState::Running,
            tags: Tags::new(),
            enis: 1,
        }
    }
}

/// A session that somebody else makes; AWS's rules are not asked.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The source.
    pub eni: String,
    /// The target.
    pub target: String,
    /// The filter.
    pub filter: String,
    /// The session number.
    pub number: u32,
    /// The account that owns it; this account if absent.
    pub owner: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// A session that a client deleted through the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedSession {
    /// The session.
    pub id: String,
    /// The interface that it was on.
    pub eni: String,
    /// The tags that it had.
    pub tags: Tags,
    /// The tags of each session that was on the interface besides.
    pub others: Vec<Tags>,
}

/// An interface as it is born.
pub(crate) struct NewEni {
    pub(crate) id: Option<String>,
    pub(crate) subnet: Subnet,
    pub(crate) kind: String,
    pub(crate) description: String,
    pub(crate) groups: Vec<String>,
    pub(crate) ips: Vec<String>,
    pub(crate) tags: Tags,
    pub(crate) operator: Option<Operator>,
}

impl NewEni {
    pub(crate) fn in_subnet(subnet: &Subnet) -> Self {
        Self {
            id: None,
            subnet: subnet.clone(),
            kind: "interface".to_owned(),
            description: String::new(),
            groups: Vec::new(),
            ips: Vec::new(),
            tags: Tags::new(),
            operator: None,
        }
    }
}

/// The security group that every VPC is born with, and that an interface is in when no other is named.
pub(crate) fn default_group(vpc: &str) -> String {
    format!("sg-0{:016x}", stable_hash(vpc.as_bytes()))
}

impl RegionWorld {
    /// The id of an instance named by id or by Name tag.
    pub fn instance_id(&self, id_or_name: &str) -> Option<String> {
        if self.instances.has(id_or_name) {
            return Some(id_or_name.to_owned());
        }
        let named =
            |instance: &Instance| instance.tags.get("Name").is_some_and(|n| n == id_or_name);
        self.instances.iter().find(|(_, i)| named(i)).map(|(id, _)| id.to_owned())
    }

    /// The ids of all instances, in order.
    pub fn instance_ids(&self) -> Vec<String> {
        sorted(self.instances.iter().map(|(id, _)| id.to_owned()))
    }

    /// The interfaces of an instance (by id or Name tag), in the order of their device index.
    pub fn enis_of_instance(&self, id_or_name: &str) -> Vec<String> {
        let instance = self.instance_id(id_or_name);
        let instance = instance.and_then(|id| self.instances.get(&id));
        instance.map(|instance| instance.enis.clone()).unwrap_or_default()
    }

    /// The ids of the sessions on an interface, in order.
    pub fn sessions_on(&self, eni: &str) -> Vec<String> {
        self.sessions_of(eni).map(|session| session.id.clone()).collect()
    }

    /// The ids of all sessions, in order.
    pub fn session_ids(&self) -> Vec<String> {
        sorted(self.sessions.iter().map(|(id, _)| id.to_owned()))
    }

    /// The id of a VPC named by id or by Name tag.
    pub fn vpc_id(&self, id_or_name: &str) -> Option<String> {
        let hit = |tags: &Tags| tags.get("Name").is_some_and(|n| n == id_or_name);
        let mut vpcs = self.vpcs.iter();
        vpcs.find(|(id, vpc)| *id == id_or_name || hit(&vpc.tags)).map(|(id, _)| id.to_owned())
    }

    /// The id of a subnet named by id or by Name tag.
    pub fn subnet_id(&self, id_or_name: &str) -> Option<String> {
        if self.subnets.has(id_or_name) {
            return Some(id_or_name.to_owned());
        }
        let hit = |tags: &Tags| tags.get("Name").is_some_and(|n| n == id_or_name);
        self.subnets.iter().find(|(_, s)| hit(&s.tags)).map(|(id, _)| id.to_owned())
    }

    /// Terminates an instance: interfaces that go with it take their sessions along.
    pub fn terminate_instance(&mut self, id_or_name: &str) -> bool {
        let Some(id) = self.instance_id(id_or_name) else { return false };
        self.terminate(&id, Duration::ZERO)
    }

    pub(crate) fn terminate(&mut self, id: &str, settle: Duration) -> bool {
        let Some(instance) = self.instances.get(id) else { return false };
        let enis = instance.enis.clone();
        for eni in enis {
            let attachment = self.enis.get(&eni).and_then(|eni| eni.attachment.as_ref());
            if attachment.is_none_or(|attachment| attachment.delete_on_termination) {
                self.remove_eni(&eni);
            } else {
                self.enis.edit(&eni, |eni| eni.attachment = None);
            }
        }
        self.becomes(id, InstanceState::ShuttingDown, InstanceState::Terminated, settle);
        self.instances.edit(id, |instance| {
            instance.enis.clear();
            instance.private_ip = None;
        })
    }

    /// Stops an instance; its interfaces and their sessions stay.
    pub fn stop_instance(&mut self, id_or_name: &str) -> bool {
        let Some(id) = self.instance_id(id_or_name) else { return false };
        self.becomes(&id, InstanceState::Stopping, InstanceState::Stopped, Duration::ZERO);
        true
    }

    /// Starts a stopped instance.
    pub fn start_instance(&mut self, id_or_name: &str) -> bool {
        let Some(id) = self.instance_id(id_or_name) else { return false };
        self.becomes(&id, InstanceState::Pending, InstanceState::Running, Duration::ZERO);
        true
    }

    /// Puts an instance into any state, interfaces and all else untouched.
    pub fn set_instance_state(&mut self, id_or_name: &str, state: InstanceState) -> bool {
        let Some(id) = self.instance_id(id_or_name) else { return false };
        self.instances.edit(&id, |instance| (instance.state, instance.becomes) = (state, None))
    }

    /// Changes the type of an instance, as AWS allows while it is stopped.
    pub fn set_instance_type(&mut self, id_or_name: &str, kind: &str) -> bool {
        let Some(id) = self.instance_id(id_or_name) else { return false };
        self.instances.edit(&id, |instance| instance.kind = kind.to_owned())
    }

    pub(crate) fn becomes(
        &mut self,
        id: &str,
        now: InstanceState,
        then: InstanceState,
        settle: Duration,
    ) {
        let when = self.clock.now() + settle;
        self.instances.edit(id, |instance| {
            if settle.is_zero() {
                (instance.state, instance.becomes) = (then, None);
            } else {
                (instance.state, instance.becomes) = (now, Some((when, then)));
            }
        });
    }

    /// Launches an instance and gives its id; none if there is no such subnet.
    pub fn launch_instance(&mut self, new: NewInstance) -> Option<String> {
        let subnet = self.subnets.get(&self.subnet_id(&new.subnet)?)?.clone();
        let id = self.mint.id("i");
        let reservation = self.mint.id("r");
        let mut enis = Vec::new();
        for index in 0..new.enis {
            let eni = self.create_eni(NewEni::in_subnet(&subnet));
            self.attach(&eni, &id, index, true);
            enis.push(eni);
        }
        let first = enis.first().and_then(|eni| self.enis.get(eni));
        let instance = Instance {
            id: id.clone(),
            owner: self.account.clone(),
            reservation,
            kind: new.kind,
            image: "ami-0123456789abcdef0".to_owned(),
            state: new.state,
            becomes: None,
            vpc: subnet.vpc.clone(),
            subnet: subnet.id.clone(),
            zone: subnet.zone.clone(),
            private_ip: first.and_then(|eni| eni.private_ips.first().cloned()),
            enis,
            client_token: None,
            protected: false,
            launched: LAUNCHED.to_owned(),
            metadata: None,
            operator: None,
            tags: new.tags,
        };
        self.instances.put(&id, instance);
        Some(id)
    }

    /// Makes an interface that is attached to nothing yet.
    pub(crate) fn create_eni(&mut self, new: NewEni) -> String {
        let NewEni { id, subnet, kind, description, mut groups, mut ips, tags, operator } = new;
        if groups.is_empty() {
            groups.push(default_group(&subnet.vpc));
        }
        let id = id.unwrap_or_else(|| self.mint.id("eni"));
        for ip in &ips {
            self.take_address(&subnet.id, ip);
        }
        if ips.is_empty() {
            ips.extend(self.next_address(&subnet));
        }
        let eni = Eni {
            id: id.clone(),
            owner: self.account.clone(),
            kind,
            vpc: subnet.vpc,
            subnet: subnet.id,
            zone: subnet.zone,
            zone_id: subnet.zone_id,
            ipv6_native: subnet.ipv6_native,
            description,
            private_ips: ips,
            mac: self.next_mac(),
            groups,
            requester_id: None,
            requester_managed: false,
            attachment: None,
            operator,
            tags,
        };
        self.enis.put(&id, eni);
        id
    }

    /// Attaches an interface to an instance, as far as the interface is concerned.
    pub(crate) fn attach(&mut self, eni: &str, instance: &str, index: u32, delete: bool) {
        let attachment = Attachment {
            id: self.mint.id("eni-attach"),
            instance: Some(instance.to_owned()),
            owner: self.account.clone(),
            device_index: index,
            status: "attached".to_owned(),
            delete_on_termination: delete,
        };
        self.enis.edit(eni, |eni| eni.attachment = Some(attachment));
    }

    /// Detaches an interface from its instance; its sessions stay.
    pub fn detach_eni(&mut self, id: &str) -> bool {
        let attachment = self.enis.get(id).and_then(|eni| eni.attachment.clone());
        let Some(instance) = attachment.and_then(|a| a.instance) else { return false };
        self.instances.edit(&instance, |instance| instance.enis.retain(|eni| eni != id));
        self.enis.edit(id, |eni| eni.attachment = None)
    }

    /// Deletes an interface with its sessions.
    pub fn delete_eni(&mut self, id: &str) -> bool {
        self.detach_eni(id);
        self.remove_eni(id)
    }

    /// Sets a tag on anything that has an id.
    pub fn set_tag(&mut self, id: &str, key: &str, value: &str) -> bool {
        let Some(kind) = Kind::of(id) else { return false };
        self.edit_tags(kind, id, |tags| {
            tags.insert(key.to_owned(), value.to_owned());
        })
    }

    /// Removes a tag from anything that has an id.
    pub fn delete_tag(&mut self, id: &str, key: &str) -> bool {
        let Some(kind) = Kind::of(id) else { return false };
        self.edit_tags(kind, id, |tags| {
            tags.remove(key);
        })
    }

    /// The sessions that clients deleted through the API, in order. Those that went with their interface, or behind the
    /// API's back, are not among them.
    pub fn deleted_sessions(&self) -> &[DeletedSession] {
        &self.deleted
    }

    /// Makes a session without asking AWS's rules, and gives its id.
    pub fn create_session(&mut self, new: NewSession) -> String {
        let NewSession { eni, target, filter, number, owner, tags } = new;
        let session = Session {
            id: self.mint.id("tms"),
            owner: owner.unwrap_or_else(|| self.account.clone()),
            eni,
            target,
            filter,
            number,
            packet_length: None,
            vni: self.next_vni(),
            description: None,
            tags,
        };
        let id = session.id.clone();
        self.put_session(session);
        id
    }

    /// Points a session at another target, as a person with a console would.
    pub fn retarget_session(&mut self, id: &str, target: &str) -> bool {
        let Some(mut session) = self.sessions.get(id).cloned() else { return false };
        session.target = target.to_owned();
        self.put_session(session);
        true
    }

    /// Deletes a session, whoever owns it.
    pub fn delete_session(&mut self, id: &str) -> bool {
        self.remove_session(id)
    }

    /// Deletes a target, whoever uses it: its sessions stay and carry nothing.
    pub fn delete_target(&mut self, id: &str) -> bool {
        self.remove_target(id)
    }

    /// Deletes a rule of a filter.
    pub fn delete_filter_rule(&mut self, id: &str) -> bool {
        self.remove_rule(id)
    }

    /// Deletes a filter with its rules, whoever uses it.
    pub fn delete_filter(&mut self, id: &str) -> bool {
        self.remove_filter(id)
    }
}

fn sorted(ids: impl Iterator<Item = String>) -> Vec<String> {
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    ids
}
