//! What people choose from, and the tags by which they say it: VPCs and instances read, tags written.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;

use crate::aws::AwsCloud;
use crate::aws::convert;
use crate::call::Call;
use crate::cloud::{Browse, Tag, Which};
use crate::error::{CloudError, ErrorKind};
use crate::ids::{InstanceId, VpcId};
use crate::inventory::{Instance, Vpc};

impl Browse for AwsCloud {
    async fn vpcs(&self) -> Result<BTreeMap<VpcId, Vpc>, CloudError> {
        self.describe_vpcs(&[]).await?.iter().map(convert::vpc).collect()
    }

    async fn instances(
        &self,
        which: Which<'_>,
    ) -> Result<BTreeMap<InstanceId, Instance>, CloudError> {
        let filters = match which {
            Which::All => Vec::new(),
            Which::Ids(ids) if ids.is_empty() => return Ok(BTreeMap::new()),
            Which::Ids(ids) => {
                vec![("instance-id", ids.iter().map(InstanceId::as_str).collect())]
            }
            Which::WithTag(key) => vec![("tag-key", vec![key])],
        };
        let mut found: BTreeMap<InstanceId, Instance> =
            self.read_instances(&filters).await?.into_iter().collect();
        // Filters on the server save pages; not every endpoint knows them.
        found.retain(|id, instance| match which {
            Which::All => true,
            Which::Ids(ids) => ids.contains(id),
            Which::WithTag(key) => instance.tags.get(key).is_some(),
        });
        Ok(found)
    }
}

impl Tag for AwsCloud {
    async fn set_tags(
        &self,
        resources: &[&str],
        tags: &BTreeMap<String, String>,
    ) -> Result<(), CloudError> {
        let call = Call::CreateTags;
        let list = tags.iter().map(|(key, value)| sdk::Tag::builder().key(key).value(value));
        let list: Vec<sdk::Tag> = list.map(|tag| tag.build()).collect();
        needs_tags(call, list.is_empty())?;
        let request =
            self.ec2.create_tags().set_resources(Some(owned(resources))).set_tags(Some(list));
        self.send(call, || request.clone().send())
            .await
            .map_err(|e| e.about(named(resources)))
            .map(drop)
    }

    async fn remove_tags(
        &self,
        resources: &[&str],
        keys: &BTreeSet<String>,
    ) -> Result<(), CloudError> {
        let call = Call::DeleteTags;
        // A key without a value goes whatever its value is (docs/aws.md 1.5).
        let list: Vec<sdk::Tag> =
            keys.iter().map(|key| sdk::Tag::builder().key(key).build()).collect();
        needs_tags(call, list.is_empty())?;
        let request =
            self.ec2.delete_tags().set_resources(Some(owned(resources))).set_tags(Some(list));
        self.send(call, || request.clone().send())
            .await
            .map_err(|e| e.about(named(resources)))
            .map(drop)
    }
}

/// Refuses a list of tags that is empty. DeleteTags without one removes every tag of the resource (docs/aws.md 1.5).
fn needs_tags(call: Call, is_empty: bool) -> Result<(), CloudError> {
    if !is_empty {
        return Ok(());
    }
    Err(CloudError {
        kind: ErrorKind::Invalid,
        call,
        resource: None,
        code: None,
        message: "a request without tags is never sent".to_owned(),
    })
}

fn owned(resources: &[&str]) -> Vec<String> {
    resources.iter().map(|id| (*id).to_owned()).collect()
}

/// The resources of a call in a few words.
fn named(resources: &[&str]) -> String {
    match resources {
        [one] => (*one).to_owned(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        [] => String::new(),
    }
}
