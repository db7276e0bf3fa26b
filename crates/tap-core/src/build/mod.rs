//! Makes a traffic mirror target: from an interface, from a Network Load Balancer, from a Gateway Load Balancer endpoint, or
//! from a Network Load Balancer that is made for it.
//!
//! ```text
//!  AWS ──look──▶ Facts ──plan_build──▶ BuildPlan ──carry_out──▶ Built
//!      (reads)           (pure)                    (writes)
//! ```
//!
//! Finding before creating: every part is looked up first, and what an interrupted earlier try made is completed, never
//! doubled. All that can be refused is refused before the first write. Nothing that was made is removed when something fails
//! later: the same command goes on from there.

mod carry_out;
mod look;
mod name;
mod plan;
mod refusal;
mod steps;
mod subnets;

use std::collections::BTreeSet;

pub use carry_out::{BuildError, BuildEvent, BuildOptions, Built, Cause, Made, carry_out};
pub use look::{Facts, NewNlbFacts, Receiver, look};
pub use name::nlb_name;
pub use plan::plan_build;
pub use refusal::Refusal;
pub use steps::{BuildNote, BuildPlan, Part, Step, StepState};
pub use subnets::default_subnets;

use crate::ids::{EniId, InstanceId, SubnetId, VpcId};

/// What the target is to deliver to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The interface of an appliance.
    Eni(EniId),
    /// A Network Load Balancer that is there, by its ARN.
    Nlb(String),
    /// A Gateway Load Balancer endpoint, by its id.
    GwlbEndpoint(String),
    /// An internal Network Load Balancer that is made for it, or was by an earlier try.
    NewNlb(NewNlb),
}

/// A load balancer to be made for a VPC. Its name follows from the VPC: [`nlb_name`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNlb {
    /// The VPC.
    pub vpc: VpcId,
    /// Its subnets, one per availability zone; [`default_subnets`] where this is empty.
    pub subnets: BTreeSet<SubnetId>,
    /// The TCP port by which the health of an appliance is checked.
    pub health_port: u16,
    /// The instances to register as appliances; none is fine.
    pub instances: BTreeSet<InstanceId>,
}
