//! Tags on any EC2 resource: where they are, and what AWS accepts as one.

use crate::error::{Answer, ApiError};
use crate::kinds::Kind;
use crate::model::Tags;
use crate::request::{Request, read_tags};
use crate::world::RegionWorld;

impl RegionWorld {
    /// The tags of a resource, if there is one of that id.
    pub(crate) fn tags_of(&self, kind: Kind, id: &str) -> Option<&Tags> {
        match kind {
            Kind::Vpc => self.vpcs.get(id).map(|thing| &thing.tags),
            Kind::Subnet => self.subnets.get(id).map(|thing| &thing.tags),
            Kind::Instance => self.instances.get(id).map(|thing| &thing.tags),
            Kind::Eni => self.enis.get(id).map(|thing| &thing.tags),
            Kind::Session => self.sessions.get(id).map(|thing| &thing.tags),
            Kind::Target => self.targets.get(id).map(|thing| &thing.tags),
            Kind::Filter => self.filters.get(id).map(|thing| &thing.tags),
            Kind::Rule => self.rules.get(id).map(|thing| &thing.tags),
            Kind::Endpoint => self.endpoints.get(id).map(|thing| &thing.tags),
            Kind::Peering => self.peerings.get(id).map(|thing| &thing.tags),
            Kind::Attachment => self.attachments.get(id).map(|thing| &thing.tags),
            Kind::RouteTable => self.route_tables.get(id).map(|thing| &thing.tags),
            Kind::SecurityGroup => self.security_groups.get(id).map(|thing| &thing.tags),
            Kind::Acl => self.acls.get(id).map(|thing| &thing.tags),
        }
    }

    /// Changes the tags of a resource; false when there is none of that id.
    pub(crate) fn edit_tags(
        &mut self,
        kind: Kind,
        id: &str,
        change: impl FnOnce(&mut Tags),
    ) -> bool {
        match kind {
            Kind::Vpc => self.vpcs.edit(id, |thing| change(&mut thing.tags)),
            Kind::Subnet => self.subnets.edit(id, |thing| change(&mut thing.tags)),
            Kind::Instance => self.instances.edit(id, |thing| change(&mut thing.tags)),
            Kind::Eni => self.enis.edit(id, |thing| change(&mut thing.tags)),
            Kind::Session => self.sessions.edit(id, |thing| change(&mut thing.tags)),
            Kind::Target => self.targets.edit(id, |thing| change(&mut thing.tags)),
            Kind::Filter => self.filters.edit(id, |thing| change(&mut thing.tags)),
            Kind::Rule => self.rules.edit(id, |thing| change(&mut thing.tags)),
            Kind::Endpoint => self.endpoints.edit(id, |thing| change(&mut thing.tags)),
            Kind::Peering => self.peerings.edit(id, |thing| change(&mut thing.tags)),
            Kind::Attachment => self.attachments.edit(id, |thing| change(&mut thing.tags)),
            Kind::RouteTable => self.route_tables.edit(id, |thing| change(&mut thing.tags)),
            Kind::SecurityGroup => self.security_groups.edit(id, |thing| change(&mut thing.tags)),
            Kind::Acl => self.acls.edit(id, |thing| change(&mut thing.tags)),
        }
    }
}

/// Refuses tags that AWS refuses. `limit` counts only keys of users; AWS's own do not count.
pub(crate) fn check(new: &Tags, existing: &Tags, limit: usize) -> Answer<()> {
    for (key, value) in new {
        if key.starts_with("aws:") {
            return Err(ApiError::value(format!(
                "Tag keys starting with 'aws:' are reserved for internal use: {key}"
            )));
        }
        if key.is_empty() || key.chars().count() > 128 {
            return Err(ApiError::bad(
                "InvalidTagKey.Malformed",
                format!("Tag key must be 1 to 128 characters long: '{key}'"),
            ));
        }
        if value.chars().count() > 256 {
            return Err(ApiError::value(format!(
                "Tag value exceeds the maximum length of 256 characters: key '{key}'"
            )));
        }
    }
    let own = existing.keys().filter(|key| !key.starts_with("aws:") && !new.contains_key(*key));
    if own.count() + new.len() > limit {
        return Err(ApiError::bad(
            "TagLimitExceeded",
            format!("The maximum number of tags for a resource ({limit}) would be exceeded"),
        ));
    }
    Ok(())
}

/// Reads `TagSpecification.N` of a create: the tags for each of the types that it may name.
pub(crate) fn specified(
    request: &Request,
    allowed: &[&str],
    limit: usize,
) -> Answer<Vec<(String, Tags)>> {
    let mut found: Vec<(String, Tags)> = Vec::new();
    for entry in request.structs("TagSpecification") {
        let Some(kind) = entry.str("ResourceType") else {
            return Err(ApiError::value("Tag specification resource type must have a value"));
        };
        if !allowed.contains(&kind) {
            return Err(ApiError::value(format!(
                "'{kind}' is not a valid taggable resource type for this operation."
            )));
        }
        if found.iter().any(|(seen, _)| seen == kind) {
            return Err(ApiError::value(format!(
                "Tag specification for resource type '{kind}' given twice"
            )));
        }
        let tags = read_tags(&entry.structs("Tag"))?;
        if tags.is_empty() {
            return Err(ApiError::value("Tag specification must have at least one tag"));
        }
        check(&tags, &Tags::new(), limit)?;
        found.push((kind.to_owned(), tags));
    }
    Ok(found)
}

/// The tags that a create of one kind was given.
pub(crate) fn specified_for(request: &Request, kind: Kind, limit: usize) -> Answer<Tags> {
    let mut found = specified(request, &[kind.resource_type()], limit)?;
    Ok(found.pop().map(|(_, tags)| tags).unwrap_or_default())
}
