//! Appliances: instances launched to receive mirrored traffic, and removed again.

use aws_sdk_ec2::types as sdk;

use crate::aws::convert::{self, need};
use crate::aws::look_up::present;
use crate::aws::{AwsCloud, act};
use crate::call::Call;
use crate::cloud::{Launched, LookUp, MakeAppliances, NewAppliance};
use crate::error::CloudError;
use crate::ids::{EniId, InstanceId, TargetId};
use crate::inventory::TargetKind;

/// What a launch makes that takes tags.
const TAGGED: [sdk::ResourceType; 3] =
    [sdk::ResourceType::Instance, sdk::ResourceType::NetworkInterface, sdk::ResourceType::Volume];

impl MakeAppliances for AwsCloud {
    async fn launch(&self, new: &NewAppliance) -> Result<Launched, CloudError> {
        let call = Call::RunInstances;
        let NewAppliance { instance_type, image, security_groups, subnet, tags, token } = new;
        // IMDSv2 only: who makes the appliance fetch a page does not get its role's keys.
        let metadata = sdk::InstanceMetadataOptionsRequest::builder()
            .http_endpoint(sdk::InstanceMetadataEndpointState::Enabled)
            .http_tokens(sdk::HttpTokensState::Required)
            .build();
        let groups = security_groups.iter().map(ToString::to_string).collect();
        let tagged = TAGGED.map(|kind| act::tags(kind, convert::pairs(tags)));
        let request = self
            .ec2
            .run_instances()
            .min_count(1)
            .max_count(1)
            .instance_type(sdk::InstanceType::from(instance_type.as_str()))
            .image_id(image.as_str())
            .set_security_group_ids(Some(groups))
            .subnet_id(subnet.as_str())
            .metadata_options(metadata)
            .set_tag_specifications(Some(tagged.into()))
            .client_token(token);
        let answer =
            self.send(call, || request.clone().send()).await.map_err(|e| e.about(subnet))?;
        let instance = need(call, answer.instances().first(), "instancesSet")?;
        let id = need(call, instance.instance_id(), "instanceId")?;
        let eni = instance.network_interfaces().iter().find(|eni| convert::is_primary(eni));
        let eni = eni.and_then(|eni| eni.network_interface_id());
        let eni = need(call, eni, "networkInterfaceId").map_err(|e| e.about(id))?;
        Ok(Launched { instance: id.into(), eni: eni.into() })
    }

    async fn target_of(&self, eni: &EniId) -> Result<Option<TargetId>, CloudError> {
        let targets = self.targets_to(&TargetKind::Eni(eni.clone())).await;
        let targets = targets.map_err(|e| e.about(eni))?;
        let mut ours = targets.into_iter().filter(|(_, found)| found.owner == self.scope.account);
        Ok(ours.next().map(|(id, _)| id))
    }

    async fn delete_target(&self, target: &TargetId) -> Result<(), CloudError> {
        let request =
            self.ec2.delete_traffic_mirror_target().traffic_mirror_target_id(target.as_str());
        let call = Call::DeleteTrafficMirrorTarget;
        let sent = self.send(call, || request.clone().send()).await.map_err(|e| e.about(target));
        present(sent).map(drop)
    }

    async fn terminate(&self, instance: &InstanceId) -> Result<(), CloudError> {
        let request = self.ec2.terminate_instances().instance_ids(instance.as_str());
        let call = Call::TerminateInstances;
        let sent = self.send(call, || request.clone().send()).await.map_err(|e| e.about(instance));
        present(sent).map(drop)
    }
}
