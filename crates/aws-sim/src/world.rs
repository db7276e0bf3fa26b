//! One region of the account: its stores, and the indices that the rules ask. Every change of a mirror object goes
//! through here, so that the indices agree with the stores.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::clock::Clock;
use crate::edits::DeletedSession;
use crate::ids::{Mint, stable_hash};
use crate::limits::{self, Quotas};
use crate::model::{
    Acl, Endpoint, Eni, GatewayAttachment, Instance, Listener, LoadBalancer, MirrorFilter,
    MirrorTarget, Organization, Peering, RouteTable, Rule, SecurityGroup, Session, Subnet,
    TargetGroup, TargetKind, Vpc,
};
use crate::store::Store;

/// Everything that the simulated account has in one region, and what other people and AWS itself can do to it behind
/// the API's back, through `Simulator::edit`. No rule of AWS's is asked, and a change that finds nothing says so with
/// `false` or `None`.
///
/// | thing | edits |
/// | --- | --- |
/// | instance | `launch_instance`, `stop_instance`, `start_instance`, `terminate_instance`, `set_instance_state`, `set_instance_type` |
/// | interface, also one behind a target | `detach_eni`, `delete_eni` |
/// | any tag | `set_tag`, `delete_tag` |
/// | session | `create_session`, `retarget_session`, `delete_session`; `deleted_sessions` tells what clients deleted |
/// | target, filter | `delete_target`, `delete_filter`, `delete_filter_rule` |
/// | load balancer | `delete_load_balancer`, `set_load_balancer_state`, `delete_listener` |
/// | target group | `set_target_health`, `deregister_target` |
/// | VPC endpoint | `delete_vpc_endpoint`, `set_vpc_endpoint_state` |
/// | peering | `create_peering`, `set_peering_status`, `delete_peering` |
/// | transit gateway attachment | `set_transit_gateway_attachment_state`, `delete_transit_gateway_attachment` |
/// | route | `delete_route` |
#[derive(Debug)]
pub struct RegionWorld {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) clock: Clock,
    pub(crate) mint: Mint,
    pub(crate) quotas: Quotas,
    pub(crate) vpcs: Store<Vpc>,
    pub(crate) subnets: Store<Subnet>,
    /// The images that there are; empty means any.
    pub(crate) images: BTreeSet<String>,
    pub(crate) acls: Store<Acl>,
    pub(crate) security_groups: Store<SecurityGroup>,
    /// Whether a launch may name groups that are not there: where a scenario names none but those that VPCs have.
    pub(crate) any_group: bool,
    pub(crate) instances: Store<Instance>,
    pub(crate) enis: Store<Eni>,
    pub(crate) endpoints: Store<Endpoint>,
    pub(crate) peerings: Store<Peering>,
    pub(crate) attachments: Store<GatewayAttachment>,
    pub(crate) route_tables: Store<RouteTable>,
    pub(crate) balancers: Store<LoadBalancer>,
    pub(crate) listeners: Store<Listener>,
    pub(crate) groups: Store<TargetGroup>,
    pub(crate) targets: Store<MirrorTarget>,
    pub(crate) filters: Store<MirrorFilter>,
    pub(crate) rules: Store<Rule>,
    pub(crate) sessions: Store<Session>,
    pub(crate) index: Index,
    /// What was made with a client token: by action and token.
    pub(crate) tokens: HashMap<(String, String), Made>,
    /// What DeleteTrafficMirrorSession removed.
    pub(crate) deleted: Vec<DeletedSession>,
    /// How far the addresses of a subnet are given out, and those that somebody chose.
    addresses: HashMap<String, (u32, HashSet<String>)>,
    rng: StdRng,
}

/// What a client token made.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) fingerprint: u64,
    /// The answer as it was, for when the resource is gone.
    pub(crate) ids: Vec<String>,
    pub(crate) answer: String,
}

/// What the rules need to know at once.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) sessions_by_eni: HashMap<String, BTreeSet<String>>,
    /// Target to its sources, each with its number of sessions.
    pub(crate) sources_by_target: HashMap<String, HashMap<String, usize>>,
    pub(crate) sessions_by_filter: HashMap<String, usize>,
    pub(crate) own_sessions: usize,
    pub(crate) vnis: HashMap<u32, usize>,
    pub(crate) rules_by_filter: HashMap<String, BTreeSet<String>>,
    pub(crate) target_by_eni: HashMap<String, String>,
    pub(crate) target_by_nlb: HashMap<String, String>,
    pub(crate) listeners_by_balancer: HashMap<String, BTreeSet<String>>,
}

impl RegionWorld {
    pub(crate) fn new(account: &str, region: &str, clock: &Clock) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            clock: clock.clone(),
            mint: Mint::default(),
            quotas: Quotas::default(),
            vpcs: Store::new(clock),
            subnets: Store::new(clock),
            images: BTreeSet::new(),
            acls: Store::new(clock),
            security_groups: Store::new(clock),
            any_group: true,
            instances: Store::new(clock),
            enis: Store::new(clock),
            endpoints: Store::new(clock),
            peerings: Store::new(clock),
            attachments: Store::new(clock),
            route_tables: Store::new(clock),
            balancers: Store::new(clock),
            listeners: Store::new(clock),
            groups: Store::new(clock),
            targets: Store::new(clock),
            filters: Store::new(clock),
            rules: Store::new(clock),
            sessions: Store::new(clock),
            index: Index::default(),
            tokens: HashMap::new(),
            deleted: Vec::new(),
            addresses: HashMap::new(),
            rng: StdRng::seed_from_u64(stable_hash(format!("{account}/{region}").as_bytes())),
        }
    }

    /// Forgets what late reads could see.
    pub(crate) fn forget_past(&mut self) {
        self.vpcs.forget();
        self.subnets.forget();
        self.instances.forget();
        self.enis.forget();
        self.endpoints.forget();
        self.peerings.forget();
        self.attachments.forget();
        self.route_tables.forget();
        self.security_groups.forget();
        self.acls.forget();
        self.balancers.forget();
        self.listeners.forget();
        self.groups.forget();
        self.targets.forget();
        self.filters.forget();
        self.rules.forget();
        self.sessions.forget();
    }

    /// The next free address of a subnet; none in an IPv6-only one.
    pub(crate) fn next_address(&mut self, subnet: &Subnet) -> Option<String> {
        let (base, _) = subnet.cidr.as_deref()?.split_once('/')?;
        let base: std::net::Ipv4Addr = base.parse().ok()?;
        // AWS keeps the first four addresses of a subnet.
        let used = self.addresses.entry(subnet.id.clone()).or_insert_with(|| (4, HashSet::new()));
        loop {
            let address = std::net::Ipv4Addr::from(u32::from(base).wrapping_add(used.0));
            used.0 += 1;
            let address = address.to_string();
            if !used.1.contains(&address) {
                return Some(address);
            }
        }
    }

    /// Notes an address that somebody chose.
    pub(crate) fn take_address(&mut self, subnet: &str, address: &str) {
        let used = self.addresses.entry(subnet.to_owned()).or_insert_with(|| (4, HashSet::new()));
        used.1.insert(address.to_owned());
    }

    /// The zone of the subnet of a VPC that an address lies in.
    pub(crate) fn zone_of_address(&self, vpc: &str, address: &str) -> Option<String> {
        let here = |subnet: &Subnet| subnet.vpc == vpc && subnet.holds(address);
        let found = self.subnets.iter().map(|(_, subnet)| subnet).find(|subnet| here(subnet));
        found.map(|subnet| subnet.zone.clone())
    }

    /// A MAC address that no other interface has.
    pub(crate) fn next_mac(&mut self) -> String {
        let [a, b, c, d] = self.mint.number().to_be_bytes();
        format!("0a:5e:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
    }

    /// A random VNI that no session of the account has.
    pub(crate) fn next_vni(&mut self) -> u32 {
        loop {
            let vni = self.rng.random_range(1..=0x00ff_ffff);
            if !self.index.vnis.contains_key(&vni) {
                return vni;
            }
        }
    }

    pub(crate) fn put_session(&mut self, session: Session) {
        self.unlink_session(&session.id.clone());
        let index = &mut self.index;
        index.sessions_by_eni.entry(session.eni.clone()).or_default().insert(session.id.clone());
        let sources = index.sources_by_target.entry(session.target.clone()).or_default();
        *sources.entry(session.eni.clone()).or_default() += 1;
        *index.sessions_by_filter.entry(session.filter.clone()).or_default() += 1;
        *index.vnis.entry(session.vni).or_default() += 1;
        index.own_sessions += usize::from(session.owner == self.account);
        self.sessions.put(&session.id.clone(), session);
    }

    pub(crate) fn remove_session(&mut self, id: &str) -> bool {
        self.unlink_session(id);
        self.sessions.remove(id).is_some()
    }

    fn unlink_session(&mut self, id: &str) {
        let Some(old) = self.sessions.get(id) else { return };
        let index = &mut self.index;
        if let Some(of_eni) = index.sessions_by_eni.get_mut(&old.eni) {
            of_eni.remove(id);
            if of_eni.is_empty() {
                index.sessions_by_eni.remove(&old.eni);
            }
        }
        if let Some(sources) = index.sources_by_target.get_mut(&old.target) {
            decrease(sources, &old.eni);
        }
        decrease(&mut index.sessions_by_filter, &old.filter);
        decrease(&mut index.vnis, &old.vni);
        index.own_sessions -= usize::from(old.owner == self.account);
    }

    /// The sessions of one interface, those of other accounts included.
    pub(crate) fn sessions_of(&self, eni: &str) -> impl Iterator<Item = &Session> {
        let ids = self.index.sessions_by_eni.get(eni).into_iter().flatten();
        ids.filter_map(|id| self.sessions.get(id))
    }

    pub(crate) fn put_target(&mut self, target: MirrorTarget) {
        match &target.kind {
            TargetKind::Eni(eni) => {
                self.index.target_by_eni.insert(eni.clone(), target.id.clone());
            }
            TargetKind::Nlb(arn) => {
                self.index.target_by_nlb.insert(arn.clone(), target.id.clone());
            }
            TargetKind::Gwlbe(_) => {}
        }
        self.targets.put(&target.id.clone(), target);
    }

    /// Removes a target; its sessions stay and simply carry nothing.
    pub(crate) fn remove_target(&mut self, id: &str) -> bool {
        let Some(target) = self.targets.remove(id) else { return false };
        match &target.kind {
            TargetKind::Eni(eni) => self.index.target_by_eni.remove(eni),
            TargetKind::Nlb(arn) => self.index.target_by_nlb.remove(arn),
            TargetKind::Gwlbe(_) => None,
        };
        true
    }

    /// How many sources a target takes; none means any number.
    pub(crate) fn sources_limit(&self, target: &MirrorTarget) -> Option<usize> {
        let TargetKind::Eni(eni) = &target.kind else { return None };
        if target.sources_limit.is_some() {
            return target.sources_limit;
        }
        let attachment = self.enis.get(eni).and_then(|eni| eni.attachment.as_ref());
        let instance = attachment.and_then(|a| self.instances.get(a.instance.as_deref()?));
        let large = instance.is_some_and(|instance| limits::is_large_target(&instance.kind));
        Some(if large { self.quotas.sources_large } else { self.quotas.sources_small })
    }

    pub(crate) fn put_rule(&mut self, rule: Rule) {
        let rules = self.index.rules_by_filter.entry(rule.filter.clone()).or_default();
        rules.insert(rule.id.clone());
        self.rules.put(&rule.id.clone(), rule);
    }

    pub(crate) fn remove_rule(&mut self, id: &str) -> bool {
        let Some(rule) = self.rules.remove(id) else { return false };
        if let Some(rules) = self.index.rules_by_filter.get_mut(&rule.filter) {
            rules.remove(id);
        }
        true
    }

    /// Removes a filter with its rules.
    pub(crate) fn remove_filter(&mut self, id: &str) -> bool {
        for rule in self.index.rules_by_filter.remove(id).unwrap_or_default() {
            self.rules.remove(&rule);
        }
        self.filters.remove(id).is_some()
    }

    /// Removes an interface; its sessions go with it, a target that it is stays behind.
    pub(crate) fn remove_eni(&mut self, id: &str) -> bool {
        let sessions = self.index.sessions_by_eni.get(id).cloned().unwrap_or_default();
        for session in sessions {
            self.remove_session(&session);
        }
        self.enis.remove(id).is_some()
    }

    pub(crate) fn put_listener(&mut self, listener: Listener) {
        let of_balancer = &mut self.index.listeners_by_balancer;
        of_balancer.entry(listener.balancer.clone()).or_default().insert(listener.arn.clone());
        self.listeners.put(&listener.arn.clone(), listener);
    }

    /// Removes those listeners of a load balancer; false when there are none.
    pub(crate) fn remove_listeners(
        &mut self,
        balancer: &str,
        goes: impl Fn(&Listener) -> bool,
    ) -> bool {
        let gone: Vec<String> =
            self.listeners_of(balancer).filter(|l| goes(l)).map(|l| l.arn.clone()).collect();
        for arn in &gone {
            self.listeners.remove(arn);
            if let Some(arns) = self.index.listeners_by_balancer.get_mut(balancer) {
                arns.remove(arn);
            }
        }
        !gone.is_empty()
    }

    /// The listeners of a load balancer.
    pub(crate) fn listeners_of(&self, balancer: &str) -> impl Iterator<Item = &Listener> {
        let arns = self.index.listeners_by_balancer.get(balancer).into_iter().flatten();
        arns.filter_map(|arn| self.listeners.get(arn))
    }
}

fn decrease<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// The account: a world per region.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) regions: BTreeMap<String, RegionWorld>,
    pub(crate) roles: Roles,
    /// None where the account is in none.
    pub(crate) organization: Option<Organization>,
    pub(crate) clock: Clock,
}

/// Who the keys that AssumeRole gave out belong to, by access key.
pub(crate) type Roles = HashMap<String, Caller>;

/// An assumed role, as GetCallerIdentity tells of it.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) arn: String,
    pub(crate) user_id: String,
}

impl Account {
    pub(crate) fn new(id: &str, clock: &Clock) -> Self {
        Self {
            id: id.to_owned(),
            regions: BTreeMap::new(),
            roles: Roles::new(),
            organization: None,
            clock: clock.clone(),
        }
    }

    /// The world of a region, an empty one if nothing was put there yet.
    pub(crate) fn region(&mut self, name: &str) -> &mut RegionWorld {
        self.parts(name).0
    }

    /// The world of a region, and what is the same in all of them.
    pub(crate) fn parts(
        &mut self,
        name: &str,
    ) -> (&mut RegionWorld, &mut Roles, Option<&Organization>) {
        let Self { id, regions, roles, organization, clock } = self;
        let world =
            regions.entry(name.to_owned()).or_insert_with(|| RegionWorld::new(id, name, clock));
        (world, roles, organization.as_ref())
    }
}
