//! The cloud, in our own words: two traits, one to read and one to act, so that what only reads cannot act. Two more, [`LookUp`]
//! and [`Build`], are for making a mirror target.
//!
//! The AWS adapter implements all; so does `MemoryCloud`, for tests of what stands above.

mod build;
#[cfg(any(test, feature = "test-support"))]
mod memory;

use std::future::Future;
use std::sync::Arc;

pub use build::{
    BalancerState, Build, Endpoint, Interface, Listener, LoadBalancer, LookUp, NewListener,
    NewLoadBalancer, NewTarget, NewTargetGroup, TargetGroup, VXLAN_PORT,
};
#[cfg(any(test, feature = "test-support"))]
pub use memory::MemoryCloud;

use crate::error::CloudError;
use crate::ids::{EniId, FilterId, SessionId, TargetId};
use crate::inventory::{Inventory, MirrorSession, Narrow, RuleSpec};
use crate::tags::TagKeys;

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
    /// Reads everything that deciding needs, to the last page, or fails (ruling 10).
    fn inventory(
        &self,
        narrow: &Narrow,
        keys: &TagKeys,
    ) -> impl Future<Output = Result<Inventory, CloudError>> + Send;

    /// Reads the sessions of this account on one interface, as they are now.
    fn sessions_on(
        &self,
        eni: &EniId,
    ) -> impl Future<Output = Result<Vec<MirrorSession>, CloudError>> + Send;
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

    /// Adds an accepting rule to a filter. One that is there already is no error.
    fn add_rule(
        &self,
        filter: &FilterId,
        rule: &RuleSpec,
        token: &str,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Switches the mirroring of DNS traffic on.
    fn mirror_dns(&self, filter: &FilterId) -> impl Future<Output = Result<(), CloudError>> + Send;
}
