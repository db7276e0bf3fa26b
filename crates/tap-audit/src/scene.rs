//! What every part of an audit looks at: the account as it was read, what the planner makes of it, and how things belong
//! together.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use tap_core::call::Call;
use tap_core::cloud::Overview;
use tap_core::error::{CloudError, ErrorKind};
use tap_core::ids::{EniId, InstanceId, SubnetId, TargetId, VpcId};
use tap_core::inventory::{Endpoint, Eni, Instance, Inventory, LoneEni, MirrorSession};
use tap_core::network::Network;
use tap_core::plan::{Decision, Plan, PlanError, Reason, plan, unmirrorable};
use tap_core::policy::profile::Profile;
use tap_core::settings::{FilterChoice, Settings};
use tap_core::survey::{TargetSurvey, as_if_all_enabled, targets};

/// The calls that a plan stands on: without one of them, nobody can tell what should be.
pub const PLAN_CALLS: &[Call] = &[
    Call::DescribeVpcs,
    Call::DescribeSubnets,
    Call::DescribeInstances,
    Call::DescribeNetworkInterfaces,
    Call::DescribeTrafficMirrorTargets,
    Call::DescribeTrafficMirrorFilters,
    Call::DescribeTrafficMirrorSessions,
    Call::DescribeLoadBalancers,
    Call::DescribeListeners,
    Call::DescribeTargetHealth,
];

/// An interface with its instance.
pub(crate) type Source<'a> = (&'a InstanceId, &'a Instance, &'a Eni);

/// Plans of the account as it is, and as if every VPC were enabled.
#[derive(Debug)]
pub(crate) struct Plans {
    pub(crate) now: Plan,
    pub(crate) as_if: Plan,
}

/// The account, indexed.
pub(crate) struct Scene<'a> {
    pub(crate) inv: &'a Inventory,
    pub(crate) net: &'a Network,
    pub(crate) settings: &'a Settings,
    overview: &'a Overview,
    /// None where something that deciding needs could not be read.
    pub(crate) plans: Option<&'a Plans>,
    now: BTreeMap<&'a EniId, &'a Decision>,
    as_if: BTreeMap<&'a EniId, &'a Decision>,
    /// The sessions of each interface, the lowest number first.
    by_eni: BTreeMap<&'a EniId, Vec<&'a MirrorSession>>,
    by_id: BTreeMap<&'a EniId, Source<'a>>,
    pub(crate) targets: BTreeMap<TargetId, TargetSurvey>,
}

/// Plans twice, where all that planning needs was read.
pub(crate) fn plans(overview: &Overview, settings: &Settings) -> Result<Option<Plans>, PlanError> {
    if PLAN_CALLS.iter().any(|call| overview.unread.contains_key(call)) {
        return Ok(None);
    }
    both(&overview.inventory, settings).map(Some)
}

fn both(inv: &Inventory, settings: &Settings) -> Result<Plans, PlanError> {
    let now = plan(inv, settings)?;
    let enabled = as_if_all_enabled(inv, &now, settings);
    let as_if = plan(&enabled, settings)?;
    Ok(Plans { now, as_if })
}

impl<'a> Scene<'a> {
    pub(crate) fn of(
        overview: &'a Overview,
        settings: &'a Settings,
        plans: Option<&'a Plans>,
    ) -> Self {
        let (inv, net) = (&overview.inventory, &overview.network);
        let own = |plan: &'a Plan| {
            let own = plan.decisions.iter().filter(|decision| !decision.leftover);
            own.map(|decision| (&decision.eni, decision)).collect::<BTreeMap<_, _>>()
        };
        let mut by_eni: BTreeMap<&EniId, Vec<&MirrorSession>> = BTreeMap::new();
        for session in inv.sessions.values() {
            by_eni.entry(&session.eni).or_default().push(session);
        }
        for sessions in by_eni.values_mut() {
            sessions.sort_by_key(|session| (session.number, &session.id));
        }
        let endpoints: BTreeMap<String, Endpoint> = net
            .endpoints
            .iter()
            .map(|(id, facts)| {
                let (vpc, state) = (facts.vpc.clone(), facts.state.clone());
                let kind = "GatewayLoadBalancer".to_owned();
                (id.to_string(), Endpoint { name: None, vpc, kind, state })
            })
            .collect();
        let seen = !overview.unread.contains_key(&Call::DescribeVpcEndpoints);
        let surveys = targets(inv, seen.then_some(&endpoints), settings);
        Self {
            inv,
            net,
            settings,
            overview,
            plans,
            now: plans.map(|plans| own(&plans.now)).unwrap_or_default(),
            as_if: plans.map(|plans| own(&plans.as_if)).unwrap_or_default(),
            by_eni,
            by_id: inv.enis().map(|source| (&source.2.id, source)).collect(),
            targets: surveys.into_iter().map(|survey| (survey.id.clone(), survey)).collect(),
        }
    }

    /// Whether a call was answered.
    pub(crate) fn read(&self, call: Call) -> bool {
        !self.overview.unread.contains_key(&call)
    }

    /// The first of some calls that was not answered, as a reason why something cannot be told.
    pub(crate) fn refused(&self, calls: &[Call]) -> Option<String> {
        calls.iter().find_map(|call| self.overview.unread.get(call)).map(not_read)
    }

    /// What was not read, as reasons why something cannot be told, each with what would help.
    pub(crate) fn remedies(&self) -> impl Iterator<Item = (String, String)> {
        self.overview.unread.values().map(|error| {
            let remedy = match (error.kind, error.call.iam_action()) {
                (ErrorKind::Denied, Some(action)) => format!("allow {action}"),
                _ => error.remedy(),
            };
            (not_read(error), remedy)
        })
    }

    /// Whether a reason is that a call was not answered.
    pub(crate) fn is_refusal(&self, why: &str) -> bool {
        self.overview.unread.values().any(|error| not_read(error) == why)
    }

    /// The interfaces that the audit is about, each with its instance.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Source<'a>> {
        let narrow = &self.inv.narrow;
        self.inv.enis().filter(|(id, _, eni)| narrow.has_instance(id) && narrow.has_vpc(&eni.vpc))
    }

    /// The sessions that the audit is about.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = &'a MirrorSession> {
        let narrow = &self.inv.narrow;
        self.inv.sessions.values().filter(move |session| {
            narrow.is_whole()
                || self
                    .source(&session.eni)
                    .is_some_and(|(id, _, eni)| narrow.has_instance(id) && narrow.has_vpc(&eni.vpc))
                || narrow.instances.is_empty()
                    && self.vpc_of(&session.eni).is_some_and(|vpc| narrow.has_vpc(vpc))
        })
    }

    /// An interface that an instance has.
    pub(crate) fn source(&self, eni: &EniId) -> Option<Source<'a>> {
        self.by_id.get(eni).copied()
    }

    /// The sessions on an interface, the lowest number first.
    pub(crate) fn sessions_on(&self, eni: &EniId) -> &[&'a MirrorSession] {
        self.by_eni.get(eni).map(Vec::as_slice).unwrap_or_default()
    }

    /// What is decided for an interface; none where nobody can tell.
    pub(crate) fn decision(&self, eni: &EniId) -> Option<&'a Decision> {
        self.now.get(eni).copied()
    }

    /// What would be decided, were its VPC enabled.
    pub(crate) fn as_if(&self, eni: &EniId) -> Option<&'a Decision> {
        self.as_if.get(eni).copied()
    }

    /// How many interfaces of each VPC can be mirrored and are not left out, whatever filter they would get. Filters need not
    /// have been read for it. None where it cannot be decided.
    pub(crate) fn possible_sources(&self) -> Option<BTreeMap<&'a VpcId, usize>> {
        let any_filter = Settings {
            filter: FilterChoice::default(),
            profile: Profile::default(),
            ..self.settings.clone()
        };
        let without = match self.plans {
            Some(_) => None,
            None => both(self.inv, &any_filter).ok(),
        };
        let plan = &self.plans.or(without.as_ref())?.as_if;
        let own = plan.decisions.iter().filter(|decision| decision.eligible && !decision.leftover);
        let eligible: BTreeSet<&EniId> = own.map(|decision| &decision.eni).collect();
        let mut of_vpcs = BTreeMap::new();
        for (_, _, eni) in self.sources().filter(|(_, _, eni)| eligible.contains(&eni.id)) {
            *of_vpcs.entry(&eni.vpc).or_default() += 1;
        }
        Some(of_vpcs)
    }

    /// The VPC of an interface, where anybody saw it.
    pub(crate) fn vpc_of(&self, eni: &EniId) -> Option<&'a VpcId> {
        if let Some((_, _, eni)) = self.source(eni) {
            return Some(&eni.vpc);
        }
        match self.inv.lone_enis.get(eni) {
            Some(LoneEni::Detached { vpc } | LoneEni::Attached { vpc, .. }) => Some(vpc),
            Some(LoneEni::Gone) => None,
            None => self.net.interfaces.get(eni).map(|facts| &facts.vpc),
        }
    }

    /// The subnet of an interface, where anybody saw it.
    pub(crate) fn subnet_of(&self, eni: &EniId) -> Option<&'a SubnetId> {
        let source = self.source(eni).map(|(_, _, eni)| &eni.subnet);
        source.or_else(|| self.net.interfaces.get(eni).map(|facts| &facts.subnet))
    }

    /// The zone of a subnet, by the name that it has in this account, where the subnet was read.
    pub(crate) fn zone(&self, subnet: &SubnetId) -> Option<&'a str> {
        let subnet = self.inv.subnets.get(subnet)?;
        Some(subnet.zone.as_str()).filter(|zone| !zone.is_empty())
    }

    /// Who has an address that a load balancer in `home` sends to; none where nobody is seen to have it, or several.
    pub(crate) fn holder(&self, address: IpAddr, home: Option<&VpcId>) -> Option<&'a EniId> {
        let all = self.net.holders.get(&address)?;
        let of_home = home.and_then(|home| self.inv.vpcs.get(home));
        // VPCs may use the same addresses: one out of the load balancer's own means the interface there.
        let is_home = of_home.is_some_and(|vpc| vpc.blocks.iter().any(|b| b.contains(&address)));
        let meant = |eni: &&'a EniId| !is_home || self.vpc_of(eni) == home;
        let mut meant = all.iter().filter(meant);
        meant.next().filter(|_| meant.next().is_none())
    }

    /// Why AWS would not mirror an interface, whatever tags and rules say; none where nothing is known that it would not.
    pub(crate) fn unmirrorable(&self, (_, instance, eni): Source<'_>) -> Option<Reason> {
        let types = &self.settings.instance_types;
        unmirrorable(self.inv, instance, eni, || types.as_source(&instance.instance_type))
    }

    /// The targets that sessions or tags name.
    pub(crate) fn targets_in_use(&self) -> BTreeSet<&TargetId> {
        let of_sessions = self.sessions().map(|session| &session.target);
        let tag = &self.settings.keys.target;
        let in_run = self.inv.vpcs_in_run();
        let of_vpcs = in_run.into_iter().filter_map(|id| self.inv.vpcs.get(id)?.tags.get(tag));
        let named = of_vpcs.filter_map(|id| {
            let known = self.inv.targets.get_key_value(&TargetId::from(id));
            known.map(|(id, _)| id)
        });
        of_sessions.chain(named).chain(self.settings.named_targets()).collect()
    }
}

/// Why something cannot be told that a call would tell.
pub(crate) fn not_read(error: &CloudError) -> String {
    let call = error.call;
    match (error.kind, call.iam_action()) {
        (ErrorKind::Denied, Some(action)) => format!("{action} is not allowed"),
        (ErrorKind::Denied, None) => format!("{call} is not allowed"),
        (ErrorKind::NotOffered, _) => format!("the endpoint does not offer {call}"),
        _ => format!("{call} failed"),
    }
}
