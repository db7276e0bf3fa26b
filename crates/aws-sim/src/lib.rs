//! A simulated AWS account for VPC Traffic Mirroring: EC2, Elastic Load Balancing v2, STS and Organizations over real
//! HTTP on loopback.
//!
//! A [`Scenario`] describes an account, [`Switches`] what shall go wrong in it, and a [`Simulator`] serves it to any AWS
//! client through AWS_ENDPOINT_URL. It is written from AWS's documents and knows nothing of the clients that it is
//! used to test.
//!
//! The way of a request: `server` (HTTP) → `wire` (Query protocol and JSON) → `faults` (does it fail?) → `dispatch` → `ec2`,
//! `elbv2`, `sts`, `organizations` (one file per resource) → `world` (the state and its indices).

mod buckets;
mod cidr;
mod clock;
mod dispatch;
mod ec2;
mod edits;
mod elbv2;
mod error;
mod faults;
mod filters;
mod generate;
mod ids;
mod journal;
mod kinds;
mod limits;
mod model;
mod organizations;
mod page;
mod request;
mod scenario;
mod server;
mod simulator;
mod snapshot;
mod store;
mod sts;
mod switches;
mod tags;
mod wire;
mod world;
mod xml;
mod zones;

pub use edits::{DeletedSession, NewInstance, NewSession};
pub use generate::Generate;
pub use journal::CallRecord;
pub use limits::Quotas;
pub use model::{InstanceState, Tags};
pub use scenario::{Scenario, ScenarioError};
pub use simulator::{FaultHandle, Simulator};
pub use snapshot::diff;
pub use switches::{
    After, BucketSize, Consistency, Credentials, Deed, Delay, Intruder, Latency, Launch,
    NotFoundCodes, Pages, RandomFaults, RandomKind, ScriptedFault, Switches, TagGone, TagSet,
    TakenNumber, Throttle,
};
pub use world::RegionWorld;
