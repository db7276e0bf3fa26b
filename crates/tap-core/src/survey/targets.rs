//! Every traffic mirror target with where it lives and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{AccountId, EniId, InstanceId, TargetId, VpcId};
use crate::inventory::{
    Endpoint, InstanceState, Inventory, Links, LoneEni, MirrorTarget, NlbFacts, TargetKind,
};
use crate::settings::Settings;

/// Whether packets that are sent to a target find somebody there, as far as the API tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Nothing speaks against it.
    Ok,
    /// What it delivers to does not exist any more.
    Gone,
    /// Its interface is attached to nothing.
    Detached,
    /// Its interface belongs to an instance that does not run.
    NotRunning {
        /// The instance.
        instance: InstanceId,
        /// What it does instead.
        state: InstanceState,
    },
    /// Its load balancer or endpoint is not ready.
    NotActive {
        /// AWS's word for its state.
        state: String,
    },
    /// Its load balancer has no UDP listener on port 4789.
    NoListener,
    /// Nobody healthy is registered behind that listener.
    NoHealthyTarget {
        /// How many are registered.
        registered: usize,
    },
    /// It belongs to another account, which alone sees what stands behind it.
    NotVisible,
    /// What it delivers to could not be looked at.
    NotKnown,
}

impl Health {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Gone => "gone",
            Self::Detached => "detached",
            Self::NotRunning { .. } => "not-running",
            Self::NotActive { .. } => "not-active",
            Self::NoListener => "no-listener",
            Self::NoHealthyTarget { .. } => "no-healthy-target",
            Self::NotVisible => "not-visible",
            Self::NotKnown => "not-known",
        }
    }
}

/// A target as a person sees it who is about to choose one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSurvey {
    /// Its id.
    pub id: TargetId,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The account that it belongs to, where that is another one, which shares it.
    pub shared_by: Option<AccountId>,
    /// What it delivers to.
    pub kind: TargetKind,
    /// The name of what it delivers to: the load balancer's, the endpoint's, or that of the interface's instance.
    pub behind: Option<String>,
    /// The VPC that it lives in, where that can be seen.
    pub vpc: Option<VpcId>,
    /// How many interfaces mirror to it, other accounts' too where they can be seen.
    pub sources: usize,
    /// How many may, where there is a limit that is known.
    pub limit: Option<usize>,
    /// Whether somebody is there to receive.
    pub health: Health,
}

impl TargetSurvey {
    /// AWS's word for the kind of target.
    pub fn kind_word(&self) -> &str {
        match &self.kind {
            TargetKind::Eni(_) => "network-interface",
            TargetKind::Nlb(_) => "network-load-balancer",
            TargetKind::GwlbEndpoint(_) => "gateway-load-balancer-endpoint",
            TargetKind::Unknown(word) => word,
        }
    }

    /// The interface, load balancer or endpoint that it delivers to.
    pub fn resource(&self) -> &str {
        match &self.kind {
            TargetKind::Eni(eni) => eni.as_str(),
            TargetKind::Nlb(id) | TargetKind::GwlbEndpoint(id) => id,
            TargetKind::Unknown(_) => self.id.as_str(),
        }
    }

    /// Whether it takes few more sources: four fifths of its places are taken.
    pub fn is_nearly_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.sources * 5 >= limit * 4)
    }

    /// What a person should know before choosing it, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        let resource = self.resource();
        let of_health = match &self.health {
            Health::Ok => None,
            Health::Gone => Some(format!(
                "{resource}, which it delivers to, does not exist any more: delete {} by hand",
                self.id
            )),
            Health::Detached => Some(format!("{resource} is attached to nothing: nobody receives")),
            Health::NotRunning { instance, state } => {
                let state = state.as_str();
                Some(format!("{instance}, which has {resource}, is {state}: nobody receives"))
            }
            Health::NotActive { state } => Some(format!("{resource} is {state}")),
            Health::NoListener => Some(
                "its load balancer has no UDP listener on port 4789: no mirrored packet arrives"
                    .to_owned(),
            ),
            Health::NoHealthyTarget { registered: 0 } => {
                Some("nothing is registered behind its UDP listener: nobody receives".to_owned())
            }
            Health::NoHealthyTarget { registered } => {
                Some(format!("none of the {registered} targets behind its UDP listener is healthy"))
            }
            Health::NotVisible => None,
            Health::NotKnown => Some("what stands behind it could not be looked at".to_owned()),
        };
        let of_limit = self.limit.filter(|_| self.is_nearly_full()).map(|limit| {
            format!("{} of the {limit} sources that {resource} takes are there", self.sources)
        });
        of_health.into_iter().chain(of_limit).collect()
    }
}

/// How packets get from a VPC to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// It lives in the VPC itself.
    SameVpc,
    /// It lives in another VPC, and there is a link.
    Linked {
        /// The target's VPC.
        vpc: VpcId,
        /// The peering or transit gateway.
        by: String,
    },
    /// It lives in another VPC, and no link is to be seen.
    NotLinked {
        /// The target's VPC.
        vpc: VpcId,
    },
    /// It lives in another VPC, and whether there is a link could not be read.
    CannotTell {
        /// The target's VPC.
        vpc: VpcId,
    },
    /// Where it lives cannot be seen.
    NotKnown,
}

impl Reach {
    /// What a person should know, in a sentence; nothing where it lives in the VPC itself.
    pub fn warning(&self) -> Option<String> {
        let needs = |vpc: &VpcId, rest: &str| {
            Some(format!("it lives in {vpc}, which needs peering or a transit gateway: {rest}"))
        };
        match self {
            Self::SameVpc => None,
            Self::Linked { vpc, by } => {
                needs(vpc, &format!("{by} links the two; see that the source subnets route to it"))
            }
            Self::NotLinked { vpc } => needs(vpc, "none is there"),
            Self::CannotTell { vpc } => needs(vpc, "whether one is there could not be read"),
            Self::NotKnown => {
                Some("where it lives cannot be seen: see that it can be reached".to_owned())
            }
        }
    }
}

/// How packets get from `vpc` to a target that lives in `home`, which is none where that cannot be seen. `links` are none
/// where they could not be read.
pub fn reach(home: Option<&VpcId>, vpc: &VpcId, links: Option<&Links>) -> Reach {
    match (home, links) {
        (None, _) => Reach::NotKnown,
        (Some(home), _) if home == vpc => Reach::SameVpc,
        (Some(home), None) => Reach::CannotTell { vpc: home.clone() },
        (Some(home), Some(links)) => match links.between(home, vpc) {
            Some(by) => Reach::Linked { vpc: home.clone(), by: by.to_owned() },
            None => Reach::NotLinked { vpc: home.clone() },
        },
    }
}

/// Looks at every target. The inventory must have been completed with what stands behind all of them
/// ([`LookAround::look_behind`](crate::cloud::LookAround::look_behind)); `endpoints` are none where they could not be read.
pub fn targets(
    inv: &Inventory,
    endpoints: Option<&BTreeMap<String, Endpoint>>,
    settings: &Settings,
) -> Vec<TargetSurvey> {
    let mut sources: BTreeMap<&TargetId, BTreeSet<&EniId>> = BTreeMap::new();
    for session in inv.sessions.values() {
        sources.entry(&session.target).or_default().insert(&session.eni);
    }
    for (target, enis) in &inv.sources_of_others {
        sources.entry(target).or_default().extend(enis);
    }
    let owners: BTreeMap<&EniId, &InstanceId> =
        inv.enis().map(|(instance, _, eni)| (&eni.id, instance)).collect();
    let look = |(id, target): (&TargetId, &MirrorTarget)| {
        let mut survey = TargetSurvey {
            id: id.clone(),
            name: target.tags.name().map(str::to_owned),
            shared_by: (target.owner != inv.scope.account).then(|| target.owner.clone()),
            kind: target.kind.clone(),
            behind: None,
            vpc: None,
            sources: sources.get(id).map(BTreeSet::len).unwrap_or_default(),
            limit: None,
            health: Health::NotVisible,
        };
        if survey.shared_by.is_none() {
            match &target.kind {
                TargetKind::Eni(eni) => {
                    behind_eni(&mut survey, inv, eni, owners.get(eni).copied(), settings);
                }
                TargetKind::Nlb(_) => behind_nlb(&mut survey, inv.nlbs.get(id)),
                TargetKind::GwlbEndpoint(endpoint) => {
                    behind_endpoint(&mut survey, endpoints, endpoint);
                }
                TargetKind::Unknown(_) => survey.health = Health::NotKnown,
            }
        }
        survey
    };
    inv.targets.iter().map(look).collect()
}

fn behind_eni(
    survey: &mut TargetSurvey,
    inv: &Inventory,
    eni: &EniId,
    owner: Option<&InstanceId>,
    settings: &Settings,
) {
    survey.health = Health::NotKnown;
    if let Some((id, instance)) = owner.and_then(|id| inv.instances.get_key_value(id)) {
        survey.vpc = instance.enis.iter().find(|e| e.id == *eni).map(|e| e.vpc.clone());
        survey.behind = Some(instance.tags.name().unwrap_or(id.as_str()).to_owned());
        survey.limit = Some(settings.instance_types.sources_as_target(&instance.instance_type));
        survey.health = match instance.state {
            InstanceState::Running | InstanceState::Pending | InstanceState::Unknown => Health::Ok,
            state => Health::NotRunning { instance: id.clone(), state },
        };
        return;
    }
    match inv.lone_enis.get(eni) {
        Some(LoneEni::Gone) => survey.health = Health::Gone,
        Some(LoneEni::Detached { vpc }) => {
            survey.vpc = Some(vpc.clone());
            survey.health = Health::Detached;
        }
        // Attached to an instance of another account, or to something that is no instance.
        Some(LoneEni::Attached { vpc, instance }) => {
            survey.vpc = Some(vpc.clone());
            survey.behind = instance.as_ref().map(ToString::to_string);
            survey.health = Health::Ok;
        }
        None => {}
    }
}

fn behind_nlb(survey: &mut TargetSurvey, facts: Option<&NlbFacts>) {
    let Some(nlb) = facts else {
        survey.health = Health::NotKnown;
        return;
    };
    survey.vpc = nlb.vpc.clone();
    survey.behind = nlb.name.clone();
    let registered = nlb.instances.len() + nlb.addresses.len();
    let state = nlb.state.as_deref().unwrap_or("active");
    survey.health = if !nlb.exists {
        Health::Gone
    } else if !state.starts_with("active") {
        Health::NotActive { state: state.to_owned() }
    } else if !nlb.listens {
        Health::NoListener
    } else if nlb.healthy == 0 {
        Health::NoHealthyTarget { registered }
    } else {
        Health::Ok
    };
}

fn behind_endpoint(
    survey: &mut TargetSurvey,
    endpoints: Option<&BTreeMap<String, Endpoint>>,
    id: &str,
) {
    survey.health = match endpoints.map(|endpoints| endpoints.get(id)) {
        None => Health::NotKnown,
        Some(None) => Health::Gone,
        Some(Some(endpoint)) => {
            survey.vpc = Some(endpoint.vpc.clone());
            survey.behind = endpoint.name.clone();
            if endpoint.state == "available" {
                Health::Ok
            } else {
                Health::NotActive { state: endpoint.state.clone() }
            }
        }
    };
}
