//! Rules of mirror filters: describe, create, delete.

use std::net::IpAddr;

use crate::dispatch::Ctx;
use crate::ec2::listing::{Listing, maybe, one, tag_set};
use crate::ec2::{filters, session_rules, tokens};
use crate::error::{Answer, ApiError};
use crate::kinds::Kind;
use crate::model::{Direction, Ports, Rule};
use crate::tags;
use crate::xml::Xml;

const LISTING: Listing = Listing {
    kind: Kind::Rule,
    ids: "TrafficMirrorFilterRuleId",
    id_filter: "traffic-mirror-filter-rule-id",
    ids_or_pages: false,
    names: &[
        "traffic-mirror-filter-rule-id",
        "traffic-mirror-filter-id",
        "rule-number",
        "rule-action",
        "traffic-direction",
        "protocol",
        "source-cidr-block",
        "destination-cidr-block",
        "description",
    ],
};

fn values(rule: &Rule, name: &str) -> Vec<String> {
    match name {
        "traffic-mirror-filter-rule-id" => one(&rule.id),
        "traffic-mirror-filter-id" => one(&rule.filter),
        "rule-number" => one(rule.number),
        "rule-action" => one(&rule.action),
        "traffic-direction" => one(rule.direction.name()),
        "protocol" => maybe(rule.protocol),
        "source-cidr-block" => one(&rule.source),
        "destination-cidr-block" => one(&rule.destination),
        _ => maybe(rule.description.as_ref()),
    }
}

/// A rule, inside its filter or by itself.
pub(crate) fn write(x: &mut Xml, rule: &Rule) {
    x.leaf("trafficMirrorFilterRuleId", &rule.id);
    x.leaf("trafficMirrorFilterId", &rule.filter);
    x.leaf("trafficDirection", rule.direction.name());
    x.leaf("ruleNumber", rule.number);
    x.leaf("ruleAction", &rule.action);
    x.opt("protocol", rule.protocol);
    for (name, ports) in
        [("destinationPortRange", rule.destination_ports), ("sourcePortRange", rule.source_ports)]
    {
        if let Some(ports) = ports {
            x.el(name, |x| {
                x.leaf("fromPort", ports.from);
                x.leaf("toPort", ports.to);
            });
        }
    }
    x.leaf("destinationCidrBlock", &rule.destination);
    x.leaf("sourceCidrBlock", &rule.source);
    x.opt("description", rule.description.as_ref());
    tag_set(x, &rule.tags);
}

/// DescribeTrafficMirrorFilterRules.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let of_filter = match ctx.request.str("TrafficMirrorFilterId") {
        Some(_) => Some(filters::named(ctx)?.id.clone()),
        None => None,
    };
    let visible = |rule: &Rule| of_filter.as_ref().is_none_or(|filter| rule.filter == *filter);
    let (rules, token) = LISTING.page(ctx, &ctx.world.rules, visible, values)?;
    let mut xml = Xml::new();
    xml.items("trafficMirrorFilterRuleSet", &rules, |x, rule| write(x, rule));
    xml.opt("nextToken", token);
    Ok(xml)
}

/// CreateTrafficMirrorFilterRule.
pub(crate) fn create(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let mut rule = read(ctx)?;
    rule.tags = tags::specified_for(ctx.request, Kind::Rule, ctx.world.quotas.tags)?;
    if let Some(made) = tokens::made_before(ctx)? {
        ctx.dry_run()?;
        return Ok(tokens::again(&made));
    }
    rule.filter = filters::named(ctx)?.id.clone();
    let ids = ctx.world.index.rules_by_filter.get(&rule.filter).into_iter().flatten();
    let existing: Vec<&Rule> = ids.filter_map(|id| ctx.world.rules.get(id)).collect();
    let same = |old: &&Rule| old.direction == rule.direction && old.number == rule.number;
    if existing.iter().any(same) {
        return Err(ApiError::bad(
            "TrafficMirrorFilterRuleAlreadyExists",
            format!(
                "Rule number {} already exists for {} traffic",
                rule.number,
                rule.direction.name()
            ),
        ));
    }
    let limit = ctx.world.quotas.rules_per_filter;
    if existing.len() >= limit {
        return Err(ApiError::bad(
            "TrafficMirrorFilterRuleLimitExceeded",
            format!("Rules per filter limit reached ({limit})"),
        ));
    }
    ctx.dry_run()?;
    rule.id = ctx.world.mint.id("tmfr");
    ctx.world.put_rule(rule.clone());
    let mut xml = Xml::new();
    xml.el("trafficMirrorFilterRule", |x| write(x, &rule));
    xml.opt("clientToken", ctx.request.str("ClientToken"));
    Ok(tokens::remember(ctx, vec![rule.id], xml))
}

fn read(ctx: &Ctx<'_>) -> Answer<Rule> {
    let request = ctx.request;
    request.need("TrafficMirrorFilterId")?;
    let direction = match request.need("TrafficDirection")? {
        "ingress" => Direction::Ingress,
        "egress" => Direction::Egress,
        other => return Err(invalid("trafficDirection", other)),
    };
    request.need("RuleNumber")?;
    let number = request.number("RuleNumber")?.unwrap_or_default();
    let number = session_rules::in_range("ruleNumber", number, 1, 32_766)?;
    let action = match request.need("RuleAction")? {
        action @ ("accept" | "reject") => action.to_owned(),
        other => return Err(invalid("ruleAction", other)),
    };
    let protocol: Option<u8> = request.number("Protocol")?;
    let (destination, source) =
        (request.need("DestinationCidrBlock")?, request.need("SourceCidrBlock")?);
    let families =
        (is_ipv4("destinationCidrBlock", destination)?, is_ipv4("sourceCidrBlock", source)?);
    if families.0 != families.1 {
        return Err(ApiError::combination(
            "SourceCidrBlock and DestinationCidrBlock must be of the same IP address family",
        ));
    }
    let (destination_ports, source_ports) =
        (ports(ctx, "DestinationPortRange")?, ports(ctx, "SourcePortRange")?);
    let has_ports = destination_ports.is_some() || source_ports.is_some();
    if has_ports && !matches!(protocol, Some(6 | 17)) {
        return Err(ApiError::combination("Port ranges can be given for TCP and UDP only"));
    }
    Ok(Rule {
        id: String::new(),
        filter: String::new(),
        direction,
        number,
        action,
        protocol,
        source_ports,
        destination_ports,
        source: source.to_owned(),
        destination: destination.to_owned(),
        description: request.str("Description").map(str::to_owned),
        tags: Default::default(),
    })
}

fn ports(ctx: &Ctx<'_>, name: &str) -> Answer<Option<Ports>> {
    let from: Option<u16> = ctx.request.number(&format!("{name}.FromPort"))?;
    let to: Option<u16> = ctx.request.number(&format!("{name}.ToPort"))?;
    match (from, to) {
        (None, None) => Ok(None),
        (Some(from), Some(to)) if from <= to => Ok(Some(Ports { from, to })),
        _ => Err(ApiError::value(format!("{name} is invalid"))),
    }
}

fn is_ipv4(name: &str, cidr: &str) -> Answer<bool> {
    let parsed = cidr.split_once('/').and_then(|(address, length)| {
        Some((address.parse::<IpAddr>().ok()?, length.parse::<u8>().ok()?))
    });
    match parsed {
        Some((IpAddr::V4(_), 0..=32)) => Ok(true),
        Some((IpAddr::V6(_), 0..=128)) => Ok(false),
        _ => Err(invalid(name, cidr)),
    }
}

fn invalid(name: &str, value: &str) -> ApiError {
    ApiError::value(format!("Value ({value}) for parameter {name} is invalid"))
}

/// DeleteTrafficMirrorFilterRule.
pub(crate) fn delete(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let id = ctx.request.need("TrafficMirrorFilterRuleId")?;
    if ctx.world.rules.seen(id, ctx.view).is_none() || !ctx.world.rules.has(id) {
        return Err(ctx.missing(Kind::Rule, &[id]));
    }
    ctx.dry_run()?;
    ctx.world.remove_rule(id);
    let mut xml = Xml::new();
    xml.leaf("trafficMirrorFilterRuleId", id);
    Ok(xml)
}
