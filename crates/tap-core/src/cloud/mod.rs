//! The cloud, in our own words: small traits, reading and acting apart, so that what only reads cannot act, and what only
//! writes tags cannot touch a session.
//!
//! [`Observe`] and [`Act`] are for runs, [`LookOver`] for audits; [`Browse`], [`LookAround`] and [`Tag`] for the people's tools; [`LookUp`] and [`Build`]
//! for making a mirror target, [`MakeAppliances`] for one that is an instance launched for it; [`Fetch`] and [`Post`] for the
//! function. The AWS adapter implements all; `MemoryCloud` most of them, for tests of what stands above.

mod appliance;
mod build;
#[cfg(any(test, feature = "test-support"))]
mod memory;
#[cfg(any(test, feature = "test-support"))]
mod memory_appliance;
#[cfg(any(test, feature = "test-support"))]
mod memory_build;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;

pub use appliance::{Launched, MakeAppliances, NewAppliance};
pub use build::{
    BalancerState, Build, Interface, Listener, LoadBalancer, LookUp, MakeTarget, NewListener,
    NewLoadBalancer, NewTarget, NewTargetGroup, TargetGroup, VXLAN_PORT,
};
#[cfg(any(test, feature = "test-support"))]
pub use memory::MemoryCloud;
#[cfg(any(test, feature = "test-support"))]
pub use memory_build::Balancers;
pub use store::{Fetch, Post};

use crate::call::Call;
use crate::error::CloudError;
use crate::ids::{EniId, FilterId, InstanceId, SessionId, TargetId, VpcId};
use crate::inventory::{
    Endpoint, FilterRuleSpec, Instance, Inventory, Links, MirrorSession, Narrow, Vpc,
};
use crate::network::Network;
use crate::settings::Settings;

/// A session to be created, with nothing left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// The source.
    pub eni: EniId,
    /// The target.
    pub target: TargetId,
    /// The filter.
    pub filter: FilterId,
    /// The session number.
    pub number: i32,
    /// The packet length, where it is pinned.
    pub packet_length: Option<i32>,
    /// The VXLAN network identifier, where it is pinned.
    pub vni: Option<i32>,
    /// The value of the Name tag.
    pub name: Arc<str>,
    /// The value of the Creator tag, which makes it ours.
    pub creator: String,
    /// Its other tags, which say what it is for.
    pub marks: BTreeMap<String, String>,
    /// The description that people see.
    pub description: String,
    /// The client token: the same for every try of this very create (ruling 15).
    pub token: String,
}

/// What to change in a session, with nothing left open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionUpdate {
    /// The new target.
    pub target: Option<TargetId>,
    /// The new filter.
    pub filter: Option<FilterId>,
    /// The new number.
    pub number: Option<i32>,
    /// The new packet length.
    pub packet_length: Option<i32>,
    /// The new VXLAN network identifier.
    pub vni: Option<i32>,
}

/// A filter to be created, without its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFilter {
    /// The description by which it is found again.
    pub description: String,
    /// The value of the Name tag.
    pub name: String,
    /// The client token.
    pub token: String,
}

/// Reads an account.
pub trait Observe {
    /// Reads everything that deciding needs, to the last page, or fails (ruling 10). What the settings name beside the tags of
    /// the account, as the targets of rules, is looked at too.
    fn inventory(
        &self,
        narrow: &Narrow,
        settings: &Settings,
    ) -> impl Future<Output = Result<Inventory, CloudError>> + Send;

    /// Reads the sessions of this account on one interface, as they are now.
    fn sessions_on(
        &self,
        eni: &EniId,
    ) -> impl Future<Output = Result<Vec<MirrorSession>, CloudError>> + Send;
}

/// What an audit reads of a scope. Unlike a run it goes on without what it may not read, and says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// What a run would read, and a little more: all subnets of the scope, and what the interfaces of foreign sessions stand on.
    /// It is whole only where no call of [`Overview::unread`] belongs to it. An interface is gone, or a load balancer, only
    /// where AWS said so; of a load balancer it tells either everything or nothing.
    pub inventory: Inventory,
    /// What packets meet on their way. The organization is not among it: it is no matter of a region.
    pub network: Network,
    /// The calls that were refused, each with the error. Nothing that they would have told is in the rest.
    pub unread: BTreeMap<Call, CloudError>,
}

/// Reads what an audit looks at.
pub trait LookOver {
    /// Reads all that it may. Only a refusal by IAM, or an endpoint that does not know the call, is left out and named: any
    /// other failure fails the whole, for half a picture that nobody named is worse than none (ruling 10).
    fn look_over(
        &self,
        narrow: &Narrow,
        settings: &Settings,
    ) -> impl Future<Output = Result<Overview, CloudError>> + Send;
}

/// Changes an account. Each method is one attempt to reach one state; a repeated call does no harm.
pub trait Act {
    /// Creates a session with its tags.
    fn create_session(
        &self,
        session: &NewSession,
    ) -> impl Future<Output = Result<SessionId, CloudError>> + Send;

    /// Changes a session in place.
    fn modify_session(
        &self,
        session: &SessionId,
        update: &SessionUpdate,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Removes a session.
    fn delete_session(
        &self,
        session: &SessionId,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Creates a filter.
    fn create_filter(
        &self,
        filter: &NewFilter,
    ) -> impl Future<Output = Result<FilterId, CloudError>> + Send;

    /// Adds a rule to a filter. One that has its number already is no error: the next run sees what it does.
    fn add_rule(
        &self,
        filter: &FilterId,
        rule: &FilterRuleSpec,
        token: &str,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Switches the mirroring of DNS traffic on.
    fn mirror_dns(&self, filter: &FilterId) -> impl Future<Output = Result<(), CloudError>> + Send;
}

/// Which instances to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// All of the scope.
    All,
    /// Those with these ids; one that is not there is just not in the answer.
    Ids(&'a BTreeSet<InstanceId>),
    /// Those that have a tag with this key.
    WithTag(&'a str),
}

/// Reads what people choose from.
pub trait Browse {
    /// Reads all VPCs, to the last page.
    fn vpcs(&self) -> impl Future<Output = Result<BTreeMap<VpcId, Vpc>, CloudError>> + Send;

    /// Reads instances, in any state, to the last page.
    fn instances(
        &self,
        which: Which<'_>,
    ) -> impl Future<Output = Result<BTreeMap<InstanceId, Instance>, CloudError>> + Send;
}

/// Reads what people want to know when they choose a target, and a run does not.
pub trait LookAround {
    /// Adds to an inventory what stands behind the targets that no VPC and no session uses.
    fn look_behind(
        &self,
        inventory: &mut Inventory,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Reads all Gateway Load Balancer endpoints, by id.
    fn endpoints(
        &self,
    ) -> impl Future<Output = Result<BTreeMap<String, Endpoint>, CloudError>> + Send;

    /// Reads all Network Load Balancers.
    fn network_load_balancers(
        &self,
    ) -> impl Future<Output = Result<Vec<LoadBalancer>, CloudError>> + Send;

    /// Reads which VPCs are linked.
    fn links(&self) -> impl Future<Output = Result<Links, CloudError>> + Send;
}

/// Writes tags, and nothing else.
pub trait Tag {
    /// Sets tags on several resources of one kind at once, or on none of them. Other tags of theirs stay.
    fn set_tags(
        &self,
        resources: &[&str],
        tags: &BTreeMap<String, String>,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Removes tags from several resources at once, or from none of them. One that is not there is no error.
    fn remove_tags(
        &self,
        resources: &[&str],
        keys: &BTreeSet<String>,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;
}
