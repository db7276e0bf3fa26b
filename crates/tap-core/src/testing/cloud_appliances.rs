//! `TestCloud` as somewhere to launch appliances: each step can be made to fail, and a target is refused as AWS would refuse
//! it.

use crate::call::Call;
use crate::cloud::{Launched, MakeAppliances, MakeTarget, NewAppliance, NewTarget};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{EniId, InstanceId, TargetId};
use crate::inventory::{Inventory, TargetKind};
use crate::testing::cloud::{TestCloud, refusal};

impl TestCloud {
    /// Everything that was launched.
    pub fn launches(&self) -> Vec<NewAppliance> {
        self.memory.launches()
    }

    /// What AWS would say to a target. What a load balancer or an endpoint would need is `BuildCloud`'s business.
    fn check_target_of(now: &Inventory, kind: &TargetKind) -> Result<(), ErrorKind> {
        let TargetKind::Eni(eni) = kind else { return Ok(()) };
        if now.enis().all(|(_, _, found)| found.id != *eni) && !now.lone_enis.contains_key(eni) {
            return Err(ErrorKind::InterfaceGone);
        }
        match now.sessions.values().any(|session| session.eni == *eni) {
            true => Err(ErrorKind::InterfaceIsSource),
            false => Ok(()),
        }
    }
}

impl MakeTarget for TestCloud {
    async fn create_target(&self, new: &NewTarget) -> Result<TargetId, CloudError> {
        let call = Call::CreateTrafficMirrorTarget;
        let receiver = match &new.kind {
            TargetKind::Eni(eni) => eni.as_str(),
            TargetKind::Nlb(id) | TargetKind::GwlbEndpoint(id) | TargetKind::Unknown(id) => id,
        };
        self.attempt("target", receiver, call).await?;
        Self::check_target_of(&self.memory.now(), &new.kind)
            .map_err(|kind| refusal(kind, call, receiver))?;
        self.memory.create_target(new).await
    }
}

impl MakeAppliances for TestCloud {
    async fn launch(&self, new: &NewAppliance) -> Result<Launched, CloudError> {
        self.attempt("launch", new.subnet.as_str(), Call::RunInstances).await?;
        self.memory.launch(new).await
    }

    async fn target_of(&self, eni: &EniId) -> Result<Option<TargetId>, CloudError> {
        let call = Call::DescribeTrafficMirrorTargets;
        self.check_read(&format!("target-of {eni}"), call, eni.as_str())?;
        self.memory.target_of(eni).await
    }

    async fn delete_target(&self, target: &TargetId) -> Result<(), CloudError> {
        self.attempt("untarget", target.as_str(), Call::DeleteTrafficMirrorTarget).await?;
        self.memory.delete_target(target).await
    }

    async fn terminate(&self, instance: &InstanceId) -> Result<(), CloudError> {
        self.attempt("terminate", instance.as_str(), Call::TerminateInstances).await?;
        self.memory.terminate(instance).await
    }
}
