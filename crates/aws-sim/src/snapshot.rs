//! The whole account as JSON, and what differs between two of them.

use serde_json::{Map, Value, json};

use crate::ec2::sessions::packet_length;
use crate::model::TargetKind;
use crate::store::Store;
use crate::world::{Account, RegionWorld};

/// Every region that holds something. Objects are sorted by key, so equal accounts give equal text.
pub(crate) fn of(account: &Account) -> Value {
    let regions = account.regions.iter().map(|(name, world)| (name.clone(), region(world)));
    json!({ "account": account.id, "regions": regions.collect::<Map<_, _>>() })
}

fn all<T: Clone>(store: &Store<T>, each: impl Fn(&T) -> Value) -> Value {
    let mut things: Vec<(String, Value)> =
        store.iter().map(|(id, thing)| (id.to_owned(), each(thing))).collect();
    things.sort_by(|a, b| a.0.cmp(&b.0));
    Value::Object(things.into_iter().collect())
}

fn region(world: &RegionWorld) -> Value {
    let now = world.clock.now();
    json!({
        "vpcs": all(&world.vpcs, |v| json!({ "cidr": v.cidr, "owner": v.owner, "tags": v.tags })),
        "subnets": all(&world.subnets, |s| json!({
            "vpc": s.vpc, "zone": s.zone, "cidr": s.cidr, "ipv6_native": s.ipv6_native, "tags": s.tags,
        })),
        "instances": all(&world.instances, |i| json!({
            "type": i.kind, "state": i.state_at(now).name(), "vpc": i.vpc, "subnet": i.subnet,
            "enis": i.enis, "metadata_tokens": i.metadata.as_ref().map(|m| &m.tokens), "tags": i.tags,
        })),
        "network_interfaces": all(&world.enis, |e| json!({
            "type": e.kind, "vpc": e.vpc, "subnet": e.subnet, "status": e.status(),
            "instance": e.attachment.as_ref().and_then(|a| a.instance.clone()),
            "requester_managed": e.requester_managed, "tags": e.tags,
        })),
        "vpc_endpoints": all(&world.endpoints, |e| json!({
            "type": e.kind, "vpc": e.vpc, "service": e.service, "state": e.state, "subnets": e.subnets,
            "owner": e.owner, "tags": e.tags,
        })),
        "vpc_peerings": all(&world.peerings, |p| json!({
            "requester": p.requester.vpc, "accepter": p.accepter.vpc, "status": p.status, "tags": p.tags,
        })),
        "transit_gateway_attachments": all(&world.attachments, |a| json!({
            "gateway": a.gateway, "vpc": a.vpc, "subnets": a.subnets, "state": a.state, "tags": a.tags,
        })),
        "route_tables": all(&world.route_tables, |t| json!({
            "vpc": t.vpc, "main": t.main, "subnets": t.subnets, "tags": t.tags,
            "routes": t.routes.iter().map(|route| route.to_string()).collect::<Vec<_>>(),
        })),
        "network_acls": all(&world.acls, |a| json!({
            "vpc": a.vpc, "default": a.is_default, "subnets": a.subnets, "tags": a.tags,
            "entries": a.entries.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })),
        "security_groups": all(&world.security_groups, |g| json!({
            "name": g.name, "vpc": g.vpc, "owner": g.owner, "tags": g.tags,
            "ingress": g.ingress.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "egress": g.egress.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })),
        "load_balancers": all(&world.balancers, |b| json!({
            "name": b.name, "type": b.kind, "scheme": b.scheme, "vpc": b.vpc, "zones": b.zones,
            "state": b.state_at(now), "attributes": b.attributes, "tags": b.tags,
        })),
        "listeners": all(&world.listeners, |l| json!({
            "load_balancer": l.balancer, "protocol": l.protocol, "port": l.port, "target_groups": l.groups,
        })),
        "target_groups": all(&world.groups, |g| json!({
            "name": g.name, "protocol": g.protocol, "port": g.port, "vpc": g.vpc, "type": g.target_type,
            "health_check": format!("{}:{}", g.check.protocol, g.check.port),
            "targets": g.targets.iter().map(|t| format!("{}:{}", t.id, t.port)).collect::<Vec<_>>(),
            "attributes": g.attributes, "tags": g.tags,
        })),
        "targets": all(&world.targets, |t| json!({
            "owner": t.owner, "type": t.kind.name(), "description": t.description, "tags": t.tags,
            "of": match &t.kind { TargetKind::Eni(id) | TargetKind::Nlb(id) | TargetKind::Gwlbe(id) => id },
        })),
        "filters": all(&world.filters, |f| json!({
            "description": f.description, "network_services": f.services, "tags": f.tags,
        })),
        "filter_rules": all(&world.rules, |r| json!({
            "filter": r.filter, "direction": r.direction.name(), "number": r.number, "action": r.action,
            "protocol": r.protocol, "source": r.source, "destination": r.destination,
            "source_ports": r.source_ports.map(|p| [p.from, p.to]),
            "destination_ports": r.destination_ports.map(|p| [p.from, p.to]),
            "description": r.description, "tags": r.tags,
        })),
        "sessions": all(&world.sessions, |s| json!({
            "owner": s.owner, "eni": s.eni, "target": s.target, "filter": s.filter, "number": s.number,
            "packet_length": packet_length(world, s), "vni": s.vni, "description": s.description,
            "tags": s.tags,
        })),
    })
}

/// The kinds in a snapshot, with what one of them is called in a line.
const KINDS: [(&str, &str); 17] = [
    ("vpcs", "vpc"),
    ("subnets", "subnet"),
    ("instances", "instance"),
    ("network_interfaces", "network interface"),
    ("vpc_endpoints", "vpc endpoint"),
    ("vpc_peerings", "vpc peering"),
    ("transit_gateway_attachments", "transit gateway attachment"),
    ("route_tables", "route table"),
    ("network_acls", "network acl"),
    ("security_groups", "security group"),
    ("load_balancers", "load balancer"),
    ("listeners", "listener"),
    ("target_groups", "target group"),
    ("targets", "mirror target"),
    ("filters", "mirror filter"),
    ("filter_rules", "mirror filter rule"),
    ("sessions", "mirror session"),
];

/// What changed between two snapshots, a line each: `+` made, `-` gone, `~` changed.
pub fn diff(before: &Value, after: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let none = Map::new();
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (old, new) = (object(&before["regions"]), object(&after["regions"]));
    let mut regions: Vec<&String> = old.keys().chain(new.keys()).collect();
    regions.sort();
    regions.dedup();
    for region in regions {
        for (kind, noun) in KINDS {
            let things = |snapshot: &Map<String, Value>| {
                snapshot.get(region).map_or(none.clone(), |r| object(&r[kind]))
            };
            let (old, new) = (things(&old), things(&new));
            for (id, thing) in &new {
                match old.get(id) {
                    None => lines.push(format!("{region} + {noun} {id} {}", brief(thing))),
                    Some(was) if was != thing => {
                        lines.push(format!("{region} ~ {noun} {id} {}", changes(was, thing)));
                    }
                    Some(_) => {}
                }
            }
            for (id, thing) in &old {
                if !new.contains_key(id) {
                    lines.push(format!("{region} - {noun} {id} {}", brief(thing)));
                }
            }
        }
    }
    lines
}

/// A thing in a line: its fields without those that say nothing.
fn brief(thing: &Value) -> String {
    let fields = thing.as_object().into_iter().flatten();
    let said = fields.filter(|(_, value)| match value {
        Value::Null => false,
        Value::Object(inner) => !inner.is_empty(),
        Value::Array(inner) => !inner.is_empty(),
        _ => true,
    });
    said.map(|(name, value)| format!("{name}={}", plain(value))).collect::<Vec<_>>().join(" ")
}

/// The fields that differ; tags one by one.
fn changes(was: &Value, is: &Value) -> String {
    let none = Map::new();
    let (was, is) = (was.as_object().unwrap_or(&none), is.as_object().unwrap_or(&none));
    let mut parts = Vec::new();
    for (name, new) in is {
        let old = was.get(name).unwrap_or(&Value::Null);
        match (old.as_object(), new.as_object()) {
            (Some(old), Some(new)) => {
                let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
                keys.sort();
                keys.dedup();
                for key in keys.into_iter().filter(|key| old.get(*key) != new.get(*key)) {
                    let text = |v: Option<&Value>| v.map_or("(none)".to_owned(), plain);
                    parts.push(format!(
                        "{name}.{key}: {} -> {}",
                        text(old.get(key)),
                        text(new.get(key))
                    ));
                }
            }
            _ if old != new => parts.push(format!("{name}: {} -> {}", plain(old), plain(new))),
            _ => {}
        }
    }
    parts.join(", ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_names_what_came_went_and_changed() {
        let snapshot = |sessions: Value| json!({"regions": {"us-east-1": {"sessions": sessions}}});
        let before =
            snapshot(json!({"tms-1": {"number": 1, "tags": {"a": "1"}}, "tms-2": {"number": 2}}));
        let after =
            snapshot(json!({"tms-1": {"number": 3, "tags": {"b": "2"}}, "tms-3": {"number": 1}}));
        assert_eq!(
            diff(&before, &after),
            [
                "us-east-1 ~ mirror session tms-1 number: 1 -> 3, tags.a: 1 -> (none), tags.b: (none) -> 2",
                "us-east-1 + mirror session tms-3 number=1",
                "us-east-1 - mirror session tms-2 number=2",
            ]
        );
        assert!(diff(&after, &after).is_empty());
    }
}
