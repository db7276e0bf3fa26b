//! The plan as plain data: the steps to a mirror target, in words for people, and what they should know before they agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::build::refusal::list;
use crate::cloud::VXLAN_PORT;
use crate::ids::{EniId, InstanceId, SubnetId, TargetId, VpcId};
use crate::inventory::{Scope, TargetKind};

/// The steps to a mirror target, in their order. The last one is the target itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct BuildPlan {
    /// Where it is made.
    pub scope: Scope,
    /// The steps.
    pub steps: Vec<Step>,
    /// What a person should know before they agree.
    pub notes: Vec<BuildNote>,
    /// The value of the Creator tag on all that is made.
    pub creator: String,
}

impl BuildPlan {
    /// Whether there is anything to make.
    pub fn is_change(&self) -> bool {
        self.steps.iter().any(|step| step.state == StepState::ToMake)
    }

    /// The target, where it is there already. Other steps may be open even so: an earlier try may have ended anywhere.
    pub fn target(&self) -> Option<TargetId> {
        self.steps.iter().find_map(|step| match (&step.part, &step.state) {
            (Part::Target { .. }, StepState::Found { id }) => Some(id.as_str().into()),
            _ => None,
        })
    }
}

/// One step. Its `Display` is a line for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is about.
    pub part: Part,
    /// Whether it is there.
    pub state: StepState,
}

/// Whether a part is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// It is, and is used as it is.
    Found {
        /// Its id or ARN.
        id: String,
    },
    /// It is not.
    ToMake,
}

/// A part on the way to a mirror target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The load balancer.
    Balancer {
        /// Its name.
        name: String,
        /// Its VPC.
        vpc: VpcId,
        /// Its subnets, each with its zone.
        subnets: BTreeMap<SubnetId, String>,
    },
    /// That it sends to all zones: else a zone without an appliance loses its traffic (docs/aws.md 11).
    CrossZone,
    /// The target group.
    Group {
        /// Its name.
        name: String,
        /// Its VPC.
        vpc: VpcId,
        /// The TCP port of its health check, as wanted.
        health_port: u16,
    },
    /// The listener on UDP 4789.
    Listener {
        /// The value of its Name tag.
        name: String,
    },
    /// The registration of instances in the target group.
    Instances {
        /// Those that are to be registered, or are.
        instances: BTreeSet<InstanceId>,
    },
    /// That the load balancer takes traffic.
    Active,
    /// The mirror target.
    Target {
        /// What it delivers to; nothing while that is still to be made.
        kind: Option<TargetKind>,
        /// The value of its Name tag.
        name: String,
        /// Its description.
        description: String,
    },
}

impl Part {
    /// The stable code, for JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Balancer { .. } => "load-balancer",
            Self::CrossZone => "cross-zone",
            Self::Group { .. } => "target-group",
            Self::Listener { .. } => "listener",
            Self::Instances { .. } => "instances",
            Self::Active => "active",
            Self::Target { .. } => "target",
        }
    }

    /// What it is called.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Balancer { .. } => "load balancer",
            Self::CrossZone => "cross-zone load balancing",
            Self::Group { .. } => "target group",
            Self::Listener { .. } => "listener on UDP 4789",
            Self::Instances { .. } => "registration of instances",
            Self::Active => "active load balancer",
            Self::Target { .. } => "mirror target",
        }
    }
}

impl fmt::Display for Part {
    /// What will be made.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Balancer { name, vpc, subnets } => {
                write!(f, "create the internal Network Load Balancer {name} in {vpc}: ")?;
                list(f, subnets.iter().map(|(id, zone)| format!("{id} ({zone})")))
            }
            Self::CrossZone => write!(f, "switch cross-zone load balancing on"),
            Self::Group { name, vpc: _, health_port } => {
                write!(f, "create the target group {name}, health check on TCP {health_port}")
            }
            Self::Listener { name: _ } => write!(f, "create the listener on UDP {VXLAN_PORT}"),
            Self::Instances { instances } => {
                write!(f, "register ")?;
                list(f, instances)
            }
            Self::Active => write!(f, "wait until the load balancer is active"),
            Self::Target { kind: _, name, description: _ } => {
                write!(f, "create the mirror target {name}")
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, state } = self;
        match state {
            StepState::ToMake => write!(f, "{part}"),
            StepState::Found { id } => write!(f, "use the {} that is there: {id}", part.noun()),
        }
    }
}

/// Something that stays as it is though it may surprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildNote {
    /// The interface is attached to nothing.
    Detached(EniId),
    /// The load balancer has no UDP 4789 listener; AWS gives no error for that (docs/aws.md 11).
    NoListener {
        /// Its ARN.
        arn: String,
    },
    /// The endpoint is not available yet.
    EndpointPending {
        /// Its id.
        id: String,
        /// AWS's word for its state.
        state: String,
    },
    /// The load balancer that is there has other subnets than those wanted. They are not changed.
    OtherSubnets {
        /// Its ARN.
        arn: String,
        /// Its subnets.
        has: BTreeSet<SubnetId>,
    },
    /// The target group that is there checks the health on another port. It is not changed: others may rely on it.
    OtherHealthPort {
        /// Its ARN.
        arn: String,
        /// Its port.
        has: String,
        /// The port that was wanted.
        wanted: u16,
    },
    /// The listener forwards to several target groups; instances are registered in the first.
    SeveralGroups {
        /// The ARN of the first.
        first: String,
    },
    /// Nothing is registered behind the load balancer, and nothing is to be.
    NobodyBehind,
}

impl fmt::Display for BuildNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Detached(eni) => {
                write!(f, "{eni} is attached to nothing: what is mirrored there is lost")
            }
            Self::NoListener { arn } => write!(
                f,
                "{arn} has no listener on UDP {VXLAN_PORT}: nothing arrives until it has one"
            ),
            Self::EndpointPending { id, state } => {
                write!(f, "{id} is in state `{state}`: nothing arrives until it is available")
            }
            Self::OtherSubnets { arn, has } => {
                write!(f, "{arn} stays in its subnets: ")?;
                list(f, has)
            }
            Self::OtherHealthPort { arn, has, wanted } => {
                write!(f, "{arn} keeps its health check on port {has}; {wanted} was asked for")
            }
            Self::SeveralGroups { first } => {
                write!(
                    f,
                    "the listener forwards to several target groups; instances go into {first}"
                )
            }
            Self::NobodyBehind => write!(
                f,
                "no instance is registered behind the load balancer: nobody receives what is mirrored until one is"
            ),
        }
    }
}
