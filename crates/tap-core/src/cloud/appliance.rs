//! What appliances on demand need of the cloud: instances that are launched to receive mirrored traffic, and their targets.

use std::collections::BTreeMap;
use std::future::Future;

use super::build::MakeTarget;
use crate::error::CloudError;
use crate::ids::{EniId, ImageId, InstanceId, SecurityGroupId, SubnetId, TargetId};

/// An instance to be launched, with nothing left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAppliance {
    /// Its type.
    pub instance_type: String,
    /// Its image.
    pub image: ImageId,
    /// Its security groups, at least one.
    pub security_groups: Vec<SecurityGroupId>,
    /// Its subnet.
    pub subnet: SubnetId,
    /// All its tags; its disks and its interface get them too.
    pub tags: BTreeMap<String, String>,
    /// The client token: the same for every try of this very launch (ruling 15).
    pub token: String,
}

/// An instance that was launched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launched {
    /// The instance.
    pub instance: InstanceId,
    /// Its primary interface.
    pub eni: EniId,
}

/// Makes appliances and removes them. Each method is one attempt to reach one state; a repeated call does no harm.
pub trait MakeAppliances: MakeTarget {
    /// Launches an instance. With the token of an instance that is terminated by now, or of one that was launched otherwise,
    /// it fails with [`TokenSpent`](crate::error::ErrorKind::TokenSpent).
    fn launch(
        &self,
        new: &NewAppliance,
    ) -> impl Future<Output = Result<Launched, CloudError>> + Send;

    /// This account's target that delivers to an interface: there is one at most.
    fn target_of(
        &self,
        eni: &EniId,
    ) -> impl Future<Output = Result<Option<TargetId>, CloudError>> + Send;

    /// Removes a target; one that is gone is no error. One that sessions of this account use fails with
    /// [`InUse`](crate::error::ErrorKind::InUse). Those of other accounts do not protect it (docs/aws.md 2).
    fn delete_target(
        &self,
        target: &TargetId,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Terminates an instance; one that is gone is no error.
    fn terminate(
        &self,
        instance: &InstanceId,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;
}
