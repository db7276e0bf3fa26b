//! CloudFormation: a template that creates what is missing. What is there already is named by its id, for a stack cannot take
//! it over by itself; what would have to be changed or deleted is listed in the template's metadata, for a stack does neither
//! with what is not its own.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use tap_core::inventory::TargetKind;

use super::drawing::{Drawing, FilterItem, Pairs, RuleItem, SessionItem, TargetItem};

/// As many resources as a template may have.
pub(crate) const MOST_RESOURCES: usize = 500;

/// How many resources the template has.
pub(crate) fn resources(drawing: &Drawing) -> usize {
    let new_rules = |filter: &FilterItem| filter.rules.iter().filter(|rule| !rule.exists).count();
    let targets = drawing.targets.iter().filter(|item| item.own && item.id.is_none()).count();
    let own = || drawing.filters.iter().filter(|filter| filter.own);
    let filters = own().filter(|filter| filter.id.is_none()).count();
    let rules: usize = own().map(new_rules).sum();
    targets + filters + rules + drawing.sessions.iter().filter(|item| is_created(item)).count()
}

/// Whether the template creates a session: one that is there is not its own, and one without a place would fail the stack.
fn is_created(item: &SessionItem) -> bool {
    item.id.is_none() && item.after.is_empty()
}

/// What is missing, and not in the template because something else has to be done first.
pub(crate) fn waiting(drawing: &Drawing) -> impl Iterator<Item = String> {
    let waits = drawing.sessions.iter().filter(|item| item.id.is_none() && !item.after.is_empty());
    waits.map(|item| {
        let first: Vec<&str> = item.after.iter().map(|session| session.as_str()).collect();
        format!(
            "{} has no place on its target until {} is gone from it",
            item.eni,
            first.join(", ")
        )
    })
}

/// Writes the template.
pub(crate) fn write(drawing: &Drawing) -> String {
    let Drawing { account, region, .. } = drawing;
    let mut resources = Map::new();
    for item in drawing.targets.iter().filter(|item| item.own && item.id.is_none()) {
        resources.insert(item.name.camel(), of_target(item));
    }
    for item in drawing.filters.iter().filter(|item| item.own) {
        if item.id.is_none() {
            resources.insert(item.name.camel(), of_filter(item));
        }
        for rule in item.rules.iter().filter(|rule| !rule.exists) {
            resources.insert(rule.name.camel(), of_rule(rule, item));
        }
    }
    for item in drawing.sessions.iter().filter(|item| is_created(item)) {
        resources.insert(item.name.camel(), of_session(item, drawing));
    }
    let nothing = resources.is_empty();
    if nothing {
        // A template must have a resource; this one is nothing at all.
        let kind = json!({ "Type": "AWS::CloudFormation::WaitConditionHandle" });
        resources.insert("NothingIsMissing".to_owned(), kind);
    }
    let description = if nothing {
        format!("Traffic mirroring of account {account}, {region}: nothing is missing")
    } else {
        format!(
            "Traffic mirroring of account {account}, {region}: what is missing. Written by session_mirror_audit"
        )
    };
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Metadata": { "SessionMirror": metadata(drawing) },
        "Resources": resources,
    });
    ascii(&format!("{template:#}\n"))
}

/// The same JSON with nothing in it but ASCII: names may hold what readers of templates refuse to see, as control characters.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || c.is_ascii_graphic() || c == ' ' {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

/// What the template does not do, and what it builds on.
fn metadata(drawing: &Drawing) -> Value {
    let exists = |ids: &mut dyn Iterator<Item = String>| ids.collect::<Vec<String>>();
    let mut targets = drawing.targets.iter().filter_map(|t| t.id.as_ref()).map(ToString::to_string);
    let mut filters = drawing.filters.iter().filter_map(|f| f.id.as_ref()).map(ToString::to_string);
    let mut sessions =
        drawing.sessions.iter().filter_map(|s| s.id.as_ref()).map(ToString::to_string);
    let changed = drawing.sessions.iter().filter(|session| session.change.is_some());
    let changed: Vec<String> = changed
        .filter_map(|session| session.id.as_ref().map(|id| format!("{id} on {}", session.eni)))
        .collect();
    let removals = drawing.removals.iter();
    let removals: Vec<String> = removals
        .map(|removal| format!("{} on {}: {}", removal.session, removal.eni, removal.because))
        .collect();
    let mut not_done = drawing.left_out.clone();
    not_done.extend(waiting(drawing));
    let lacking = drawing.filters.iter().filter(|filter| filter.lacks_dns);
    not_done.extend(lacking.filter_map(|filter| {
        filter
            .id
            .as_ref()
            .map(|id| format!("amazon-dns is to be switched on in {id}, which is there already"))
    }));
    not_done.extend(drawing.vpcs.iter().map(|vpc| {
        format!(
            "{} is not tagged with {}: without that, the next run of session_mirror_tap removes these sessions",
            vpc.id, vpc.key
        )
    }));
    json!({
        "Account": drawing.account,
        "Region": drawing.region,
        "BuildsOn": {
            "Targets": exists(&mut targets),
            "Filters": exists(&mut filters),
        },
        "SessionsThatAreThere": exists(&mut sessions),
        "SessionsToBeChanged": changed,
        "SessionsToBeDeleted": removals,
        "NotInHere": not_done,
    })
}

fn of_target(item: &TargetItem) -> Value {
    let mut properties = Map::new();
    match &item.kind {
        TargetKind::Eni(eni) => {
            drop(properties.insert("NetworkInterfaceId".to_owned(), json!(eni)))
        }
        TargetKind::Nlb(arn) => {
            drop(properties.insert("NetworkLoadBalancerArn".to_owned(), json!(arn)));
        }
        TargetKind::GwlbEndpoint(id) => {
            drop(properties.insert("GatewayLoadBalancerEndpointId".to_owned(), json!(id)));
        }
        TargetKind::Unknown(_) => {}
    }
    if let Some(description) = &item.description {
        properties.insert("Description".to_owned(), json!(description));
    }
    resource("AWS::EC2::TrafficMirrorTarget", properties, Some(&item.tags))
}

fn of_filter(item: &FilterItem) -> Value {
    let mut properties = Map::new();
    properties.insert("Description".to_owned(), json!(item.description));
    if item.dns {
        properties.insert("NetworkServices".to_owned(), json!(["amazon-dns"]));
    }
    resource("AWS::EC2::TrafficMirrorFilter", properties, Some(&item.tags))
}

fn of_rule(rule: &RuleItem, filter: &FilterItem) -> Value {
    let mut properties = Map::new();
    let mut put = |key: &str, value: Value| drop(properties.insert(key.to_owned(), value));
    put(
        "TrafficMirrorFilterId",
        id_or_ref(filter.id.as_ref().map(ToString::to_string), &filter.name.camel()),
    );
    put("Description", json!(rule.description));
    put("TrafficDirection", json!(rule.direction));
    put("RuleNumber", json!(rule.number));
    put("RuleAction", json!(rule.action));
    put("SourceCidrBlock", json!(rule.source));
    put("DestinationCidrBlock", json!(rule.destination));
    if let Some(protocol) = rule.protocol {
        put("Protocol", json!(protocol));
    }
    let range = |(from, to): (i32, i32)| json!({ "FromPort": from, "ToPort": to });
    if let Some(ports) = rule.source_ports {
        put("SourcePortRange", range(ports));
    }
    if let Some(ports) = rule.destination_ports {
        put("DestinationPortRange", range(ports));
    }
    let mut resource = resource("AWS::EC2::TrafficMirrorFilterRule", properties, None);
    if rule.source.contains(':') {
        // The linter takes IPv4 blocks only, EC2 takes those of both families (docs/aws.md 2).
        resource["Metadata"] = json!({ "cfn-lint": { "config": { "ignore_checks": ["E3002"] } } });
    }
    resource
}

fn of_session(item: &SessionItem, drawing: &Drawing) -> Value {
    let (target, filter) = (&drawing.targets[item.target], &drawing.filters[item.filter]);
    let mut properties = Map::new();
    let mut put = |key: &str, value: Value| drop(properties.insert(key.to_owned(), value));
    put("NetworkInterfaceId", json!(item.eni));
    put(
        "TrafficMirrorTargetId",
        id_or_ref(target.id.as_ref().map(ToString::to_string), &target.name.camel()),
    );
    put(
        "TrafficMirrorFilterId",
        id_or_ref(filter.id.as_ref().map(ToString::to_string), &filter.name.camel()),
    );
    put("SessionNumber", json!(item.number));
    if let Some(bytes) = item.packet_length {
        put("PacketLength", json!(bytes));
    }
    if let Some(vni) = item.vni {
        put("VirtualNetworkId", json!(vni));
    }
    if let Some(description) = &item.description {
        put("Description", json!(description));
    }
    let mut session = resource("AWS::EC2::TrafficMirrorSession", properties, Some(&item.tags));
    // A session whose filter has no rules yet mirrors nothing for that long.
    let rules: Vec<String> = filter
        .rules
        .iter()
        .filter(|rule| !rule.exists && filter.own)
        .map(|rule| rule.name.camel())
        .collect();
    if !rules.is_empty() {
        session["DependsOn"] = json!(rules);
    }
    session
}

fn id_or_ref(id: Option<String>, name: &str) -> Value {
    match id {
        Some(id) => json!(id),
        None => json!({ "Ref": name }),
    }
}

fn resource(kind: &str, mut properties: Map<String, Value>, tags: Option<&Pairs>) -> Value {
    let own = tags.into_iter().flatten().filter(|(key, _)| !key.starts_with("aws:"));
    let tags: Vec<Value> = own.map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    if !tags.is_empty() {
        properties.insert("Tags".to_owned(), Value::from(tags));
    }
    json!({ "Type": kind, "Properties": properties })
}
