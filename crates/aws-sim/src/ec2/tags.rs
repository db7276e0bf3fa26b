//! Tags as a resource of their own: CreateTags, DeleteTags, DescribeTags.

use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::filters::{Filters, tag_values};
use crate::kinds::Kind;
use crate::model::Tags;
use crate::page::{EC2, Pager};
use crate::request::read_tags;
use crate::store::{Key, Store, View};
use crate::tags;
use crate::world::RegionWorld;
use crate::xml::Xml;

/// Resources of one call.
const MAX_RESOURCES: usize = 1000;

/// The resources that a call names, each there.
fn resources(ctx: &Ctx<'_>) -> Answer<Vec<(Kind, String)>> {
    let ids = ctx.request.list("ResourceId");
    if ids.is_empty() {
        return Err(ApiError::missing("resourceIdSet"));
    }
    if ids.len() > MAX_RESOURCES {
        return Err(ApiError::value(format!("At most {MAX_RESOURCES} resources in one call")));
    }
    let mut found = Vec::new();
    for id in ids {
        let Some(kind) = Kind::of(&id) else {
            return Err(ApiError::bad("InvalidID", format!("The ID '{id}' is not valid")));
        };
        if ctx.world.tags_of(kind, &id).is_none() {
            return Err(ctx.missing(kind, &[&id]));
        }
        found.push((kind, id));
    }
    Ok(found)
}

fn done() -> Xml {
    let mut xml = Xml::new();
    xml.leaf("return", true);
    xml
}

/// CreateTags: overwrites the keys it names, leaves the others.
pub(crate) fn create(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let resources = resources(ctx)?;
    let new = read_tags(&ctx.request.structs("Tag"))?;
    if new.is_empty() {
        return Err(ApiError::missing("tagSet"));
    }
    for (kind, id) in &resources {
        let existing = ctx.world.tags_of(*kind, id).cloned().unwrap_or_default();
        tags::check(&new, &existing, ctx.world.quotas.tags)?;
    }
    ctx.dry_run()?;
    for (kind, id) in resources {
        ctx.world.edit_tags(kind, &id, |tags| tags.extend(new.clone()));
    }
    Ok(done())
}

/// DeleteTags: a key without a value goes whatever its value, a key with one only if it is equal (an empty value is
/// a value), and no tags at all means every tag of the user's. AWS's own stay.
pub(crate) fn delete(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let resources = resources(ctx)?;
    let mut named = Vec::new();
    for entry in ctx.request.structs("Tag") {
        named.push((entry.need("Key")?.to_owned(), entry.str("Value").map(str::to_owned)));
    }
    if let Some((key, _)) = named.iter().find(|(key, _)| key.starts_with("aws:")) {
        return Err(ApiError::value(format!(
            "Tag keys starting with 'aws:' are reserved for internal use: {key}"
        )));
    }
    ctx.dry_run()?;
    let goes = |key: &str, value: &str| {
        if key.starts_with("aws:") {
            return false;
        }
        named.is_empty()
            || named.iter().any(|(k, v)| k == key && v.as_deref().is_none_or(|v| v == value))
    };
    for (kind, id) in resources {
        ctx.world.edit_tags(kind, &id, |tags| tags.retain(|key, value| !goes(key, value)));
    }
    Ok(done())
}

/// One row of DescribeTags.
struct Row {
    kind: Kind,
    id: String,
    key: String,
    value: String,
}

/// DescribeTags: rows in the order of kinds, resources and keys.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let names = ["key", "value", "resource-id", "resource-type", "tag:"];
    let filters = Filters::read(ctx.request, &names)?;
    let pager = Pager::open(ctx.request, EC2, &ctx.switches.pages)?;
    ctx.dry_run()?;
    let after = pager.after().and_then(Place::parse);
    let world = &*ctx.world;
    let (ids, types) = (filters.exact("resource-id"), filters.exact("resource-type"));
    let start = after.as_ref().map_or(0, |place| place.kind);
    let kinds = Kind::ALL.into_iter().enumerate().skip(start).filter(|(_, kind)| {
        types.is_none_or(|types| types.iter().any(|t| t == kind.resource_type()))
    });
    let rows = kinds.flat_map(|(n, kind)| {
        let after = after.clone().filter(|place| place.kind == n);
        resources_of(world, kind, ids, after.as_ref(), ctx.view).flat_map(move |(id, tags)| {
            let after_key = after.as_ref().filter(|p| p.id == id).map(|p| p.key.clone());
            let rest = tags.into_iter().filter(move |(key, _)| after_key.as_ref() < Some(key));
            rest.map(move |(key, value)| {
                let place = Place { kind: n, id: id.clone(), key: key.clone() };
                (place.text(), Row { kind, id: id.clone(), key, value })
            })
        })
    });
    let passed = rows.filter(|(_, row)| filters.accept(|name| values(row, name)));
    let (rows, token) = pager.cut(passed);
    let mut xml = Xml::new();
    xml.items("tagSet", rows, |x, row| {
        x.leaf("resourceId", row.id);
        x.leaf("resourceType", row.kind.resource_type());
        x.leaf("key", row.key);
        x.leaf("value", row.value);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}

fn values(row: &Row, name: &str) -> Vec<String> {
    match name {
        "key" => vec![row.key.clone()],
        "value" => vec![row.value.clone()],
        "resource-id" => vec![row.id.clone()],
        "resource-type" => vec![row.kind.resource_type().to_owned()],
        name => tag_values(&Tags::from([(row.key.clone(), row.value.clone())]), name),
    }
}

/// Where a page of rows ended.
#[derive(Debug, Clone)]
struct Place {
    kind: usize,
    id: String,
    key: String,
}

impl Place {
    fn text(&self) -> String {
        format!("{}\n{}\n{}", self.kind, self.id, self.key)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '\n');
        let kind = parts.next()?.parse().ok()?;
        Some(Self { kind, id: parts.next()?.to_owned(), key: parts.next()?.to_owned() })
    }
}

type Resources<'a> = Box<dyn Iterator<Item = (String, Tags)> + 'a>;

/// Resources of one kind with their tags, from the one a page ended in, that one included.
fn resources_of<'a>(
    world: &'a RegionWorld,
    kind: Kind,
    ids: Option<&'a [String]>,
    after: Option<&Place>,
    view: View,
) -> Resources<'a> {
    match kind {
        Kind::Vpc => tagged(&world.vpcs, |t| &t.tags, ids, after, view),
        Kind::Subnet => tagged(&world.subnets, |t| &t.tags, ids, after, view),
        Kind::Instance => tagged(&world.instances, |t| &t.tags, ids, after, view),
        Kind::Eni => tagged(&world.enis, |t| &t.tags, ids, after, view),
        Kind::Session => tagged(&world.sessions, |t| &t.tags, ids, after, view),
        Kind::Target => tagged(&world.targets, |t| &t.tags, ids, after, view),
        Kind::Filter => tagged(&world.filters, |t| &t.tags, ids, after, view),
        Kind::Rule => tagged(&world.rules, |t| &t.tags, ids, after, view),
        Kind::Endpoint => tagged(&world.endpoints, |t| &t.tags, ids, after, view),
        Kind::Peering => tagged(&world.peerings, |t| &t.tags, ids, after, view),
        Kind::Attachment => tagged(&world.attachments, |t| &t.tags, ids, after, view),
        Kind::RouteTable => tagged(&world.route_tables, |t| &t.tags, ids, after, view),
        Kind::SecurityGroup => tagged(&world.security_groups, |t| &t.tags, ids, after, view),
        Kind::Acl => tagged(&world.acls, |t| &t.tags, ids, after, view),
    }
}

fn tagged<'a, T: Clone>(
    store: &'a Store<T>,
    tags: fn(&T) -> &Tags,
    ids: Option<&'a [String]>,
    after: Option<&Place>,
    view: View,
) -> Resources<'a> {
    let after = after.map(|place| Key::new(&place.id));
    if let Some(ids) = ids {
        let mut keys: Vec<Key> = ids.iter().map(|id| Key::new(id)).collect();
        keys.sort();
        keys.dedup();
        let rest = keys.into_iter().filter(move |key| after.as_ref() <= Some(key));
        return Box::new(rest.filter_map(move |key| {
            let thing = store.seen(key.id(), view)?;
            Some((key.id().to_owned(), tags(&thing).clone()))
        }));
    }
    // The resource itself may have more rows to give, so it comes once more before those after it.
    let first = after.clone().and_then(|key| {
        let thing = store.seen(key.id(), view)?;
        Some((key.id().to_owned(), tags(&thing).clone()))
    });
    let rest = store.list(after.as_ref(), view);
    Box::new(first.into_iter().chain(rest.map(move |(k, t)| (k.id().to_owned(), tags(&t).clone()))))
}
