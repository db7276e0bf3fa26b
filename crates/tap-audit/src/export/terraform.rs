//! Terraform: everything that is to be there, with `import` blocks for what is there already, so that the first `plan` shows
//! only what differs.

use hcl::expr::{Expression, Traversal, Variable};
use hcl::structure::{Block, Body, Structure};
use tap_core::inventory::TargetKind;

use super::drawing::{
    Drawing, FilterItem, Name, Pairs, RuleItem, SessionItem, TargetItem, VpcItem, one_line,
};

/// Writes the configuration.
pub(crate) fn write(drawing: &Drawing) -> Result<String, hcl::Error> {
    let Drawing { account, region, .. } = drawing;
    let mut body = Body::builder();
    body = body.add_block(
        Block::builder("terraform")
            // `import` blocks came with 1.5.
            .add_attribute(("required_version", ">= 1.5"))
            .add_block(
                Block::builder("required_providers")
                    .add_attribute((
                        "aws",
                        Expression::from_iter([
                            ("source", Expression::from("hashicorp/aws")),
                            ("version", Expression::from(">= 5.0")),
                        ]),
                    ))
                    .build(),
            )
            .build(),
    );
    body = body.add_block(
        Block::builder("provider")
            .add_label("aws")
            .add_attribute(("region", region.as_str()))
            .add_attribute(("allowed_account_ids", vec![account.as_str()]))
            .build(),
    );
    let mut structures: Vec<Structure> = Vec::new();
    for target in drawing.targets.iter().filter(|target| target.own) {
        structures.extend(of_target(target));
    }
    for filter in drawing.filters.iter().filter(|filter| filter.own) {
        structures.extend(of_filter(filter));
    }
    for session in &drawing.sessions {
        structures.extend(of_session(session, drawing));
    }
    structures.extend(drawing.vpcs.iter().map(|vpc| of_vpc_tag(vpc, drawing)));
    let body = body.add_structures(structures).build();
    let code = aligned(&hcl::to_string(&body)?);
    Ok(head(drawing) + &code)
}

/// Aligns the equals signs of neighbouring lines, as `terraform fmt` does.
fn aligned(code: &str) -> String {
    let lines: Vec<&str> = code.lines().collect();
    let mut text = String::new();
    let mut place = 0;
    while place < lines.len() {
        let Some((indent, _, _)) = attribute(lines[place]) else {
            text.push_str(lines[place]);
            text.push('\n');
            place += 1;
            continue;
        };
        let group = lines[place..].iter().map_while(|line| attribute(line));
        let group: Vec<_> = group.take_while(|(other, ..)| *other == indent).collect();
        let widest = group.iter().map(|(_, name, _)| name.chars().count()).max().unwrap_or(0);
        for (indent, name, value) in &group {
            let pad = " ".repeat(widest - name.chars().count());
            text.push_str(&format!("{indent}{name}{pad} = {value}\n"));
        }
        place += group.len();
    }
    text
}

/// An attribute that has its line for itself: its indent, its name and its value. The code is ours: a name has no ` = ` in it
/// unless it is a quoted key.
fn attribute(line: &str) -> Option<(&str, &str, &str)> {
    let start = line.len() - line.trim_start().len();
    let (indent, rest) = line.split_at(start);
    let name_ends = match rest.strip_prefix('"') {
        // The key of a tag: it ends at the first quote that nothing escapes.
        Some(quoted) => {
            let mut escaped = false;
            let end = quoted.char_indices().find(|(_, c)| {
                let ends = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            })?;
            end.0 + 2
        }
        None => rest.find(' ')?,
    };
    let (name, value) = rest.split_at(name_ends);
    let value = value.strip_prefix(" = ")?;
    let goes_on = value.ends_with('[') || value.ends_with('{');
    (!goes_on).then_some((indent, name, value))
}

/// What a reader has to know first.
fn head(drawing: &Drawing) -> String {
    let Drawing { account, region, removals, left_out, .. } = drawing;
    let mut lines = vec![
        format!("The traffic mirroring of account {account}, {region}, as it should be."),
        "Written by session_mirror_audit. What is there already is imported by the blocks below."
            .to_owned(),
        "Let either Terraform or session_mirror_tap keep these sessions, not both.".to_owned(),
    ];
    for removal in removals {
        lines.push(format!(
            "To be deleted, which Terraform does not do for what it does not have: {} on {}: {}",
            removal.session, removal.eni, removal.because
        ));
    }
    lines.extend(left_out.iter().map(|sentence| format!("Not in here: {sentence}")));
    let comment = |line: &String| format!("# {}\n", one_line(line));
    lines.iter().map(comment).collect::<String>() + "\n"
}

fn of_target(target: &TargetItem) -> Vec<Structure> {
    let kind = "aws_ec2_traffic_mirror_target";
    let mut block = Block::builder("resource").add_labels([kind, &target.name.snake()]);
    block = match &target.kind {
        TargetKind::Eni(eni) => block.add_attribute(("network_interface_id", eni.as_str())),
        TargetKind::Nlb(arn) => block.add_attribute(("network_load_balancer_arn", arn.as_str())),
        TargetKind::GwlbEndpoint(id) => {
            block.add_attribute(("gateway_load_balancer_endpoint_id", id.as_str()))
        }
        TargetKind::Unknown(_) => block,
    };
    if let Some(description) = &target.description {
        block = block.add_attribute(("description", text(description)));
    }
    block = block.add_attributes(tags(&target.tags));
    let import = target.id.as_ref().map(|id| import(kind, &target.name, id.as_str()));
    import.into_iter().chain([Structure::from(block.build())]).collect()
}

fn of_filter(filter: &FilterItem) -> Vec<Structure> {
    let kind = "aws_ec2_traffic_mirror_filter";
    let mut block = Block::builder("resource")
        .add_labels([kind, &filter.name.snake()])
        .add_attribute(("description", text(&filter.description)));
    if filter.dns {
        block = block.add_attribute(("network_services", vec!["amazon-dns"]));
    }
    block = block.add_attributes(tags(&filter.tags));
    let import = filter.id.as_ref().map(|id| import(kind, &filter.name, id.as_str()));
    let own = import.into_iter().chain([Structure::from(block.build())]);
    own.chain(filter.rules.iter().flat_map(|rule| of_rule(rule, filter))).collect()
}

fn of_rule(rule: &RuleItem, filter: &FilterItem) -> Vec<Structure> {
    let kind = "aws_ec2_traffic_mirror_filter_rule";
    let mut block = Block::builder("resource")
        .add_labels([kind, &rule.name.snake()])
        .add_attribute((
            "traffic_mirror_filter_id",
            reference("aws_ec2_traffic_mirror_filter", &filter.name),
        ))
        .add_attribute(("description", text(&rule.description)))
        .add_attribute(("traffic_direction", rule.direction))
        .add_attribute(("rule_number", rule.number))
        .add_attribute(("rule_action", rule.action))
        .add_attribute(("source_cidr_block", rule.source.as_str()))
        .add_attribute(("destination_cidr_block", rule.destination.as_str()));
    if let Some(protocol) = rule.protocol {
        block = block.add_attribute(("protocol", protocol));
    }
    let ports = [
        ("source_port_range", rule.source_ports),
        ("destination_port_range", rule.destination_ports),
    ];
    for (name, ports) in ports {
        if let Some((from, to)) = ports {
            block = block.add_block(
                Block::builder(name)
                    .add_attribute(("from_port", from))
                    .add_attribute(("to_port", to))
                    .build(),
            );
        }
    }
    let import = match (&filter.id, &rule.id) {
        (Some(filter), Some(id)) => Some(import(kind, &rule.name, &format!("{filter}:{id}"))),
        _ => None,
    };
    import.into_iter().chain([Structure::from(block.build())]).collect()
}

fn of_session(session: &SessionItem, drawing: &Drawing) -> Vec<Structure> {
    let kind = "aws_ec2_traffic_mirror_session";
    let mut block = Block::builder("resource").add_labels([kind, &session.name.snake()]);
    block = block
        .add_attribute(("network_interface_id", session.eni.as_str()))
        .add_attribute(("traffic_mirror_target_id", target(&drawing.targets[session.target])))
        .add_attribute(("traffic_mirror_filter_id", filter(&drawing.filters[session.filter])))
        .add_attribute(("session_number", session.number));
    if let Some(bytes) = session.packet_length {
        block = block.add_attribute(("packet_length", bytes));
    }
    if let Some(vni) = session.vni {
        block = block.add_attribute(("virtual_network_id", vni));
    }
    if let Some(description) = &session.description {
        block = block.add_attribute(("description", text(description)));
    }
    block = block.add_attributes(tags(&session.tags));
    // Until its filter has its rules, it would mirror nothing, or what the rules reject.
    let filter = &drawing.filters[session.filter];
    let rules = filter.rules.iter().filter(|rule| filter.own && !rule.exists);
    let rules: Vec<Expression> = rules
        .map(|rule| {
            Expression::from(traversal("aws_ec2_traffic_mirror_filter_rule", &rule.name).build())
        })
        .collect();
    if !rules.is_empty() {
        block = block.add_attribute(("depends_on", rules));
    }
    let import = session.id.as_ref().map(|id| import(kind, &session.name, id.as_str()));
    import.into_iter().chain([Structure::from(block.build())]).collect()
}

/// The tag of a VPC that is somebody else's to keep.
fn of_vpc_tag(item: &VpcItem, names: &Drawing) -> Structure {
    let block = Block::builder("resource")
        .add_labels(["aws_ec2_tag", &item.name.snake()])
        .add_attribute(("resource_id", item.id.as_str()))
        .add_attribute(("key", text(&item.key)))
        .add_attribute(("value", target(&names.targets[item.target])));
    Structure::from(block.build())
}

fn target(target: &TargetItem) -> Expression {
    match &target.id {
        Some(id) if !target.own => Expression::from(id.as_str()),
        _ => reference("aws_ec2_traffic_mirror_target", &target.name),
    }
}

fn filter(filter: &FilterItem) -> Expression {
    match &filter.id {
        Some(id) if !filter.own => Expression::from(id.as_str()),
        _ => reference("aws_ec2_traffic_mirror_filter", &filter.name),
    }
}

fn traversal(kind: &str, name: &Name) -> hcl::expr::TraversalBuilder {
    Traversal::builder(Variable::unchecked(kind)).attr(name.snake())
}

fn reference(kind: &str, name: &Name) -> Expression {
    Expression::from(traversal(kind, name).attr("id").build())
}

fn import(kind: &str, name: &Name, id: &str) -> Structure {
    let block = Block::builder("import")
        .add_attribute(("to", Expression::from(traversal(kind, name).build())))
        .add_attribute(("id", text(id)));
    Structure::from(block.build())
}

fn tags(tags: &Pairs) -> Option<hcl::structure::Attribute> {
    // AWS's own cannot be set by anybody else.
    let own = tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
    let pairs: Vec<(hcl::expr::ObjectKey, Expression)> = own
        .map(|(key, value)| (hcl::expr::ObjectKey::Expression(text(key)), text(value)))
        .collect();
    let object = hcl::expr::Object::from_iter(pairs);
    (!object.is_empty()).then(|| ("tags", Expression::from(object)).into())
}

/// A text that others may have written: `${…}` and `%{…}` in it are what they say, and no code.
fn text(text: &str) -> Expression {
    // The formatter takes care of the first; of the second, it does not know.
    Expression::from(text.replace("%{", "%%{"))
}
