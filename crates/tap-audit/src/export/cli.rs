//! A shell script of aws CLI calls that does what the next run of `session_mirror_tap` would do, in the same order: filters
//! before sessions, sessions that have to go before those that take their place.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tap_core::ids::SessionId;
use tap_core::inventory::TargetKind;
use uuid::Uuid;

use super::drawing::{
    Change, Drawing, FilterItem, Pairs, RuleItem, SessionItem, TargetItem, VpcItem, one_line,
};

/// Stands for an id that only the script will know, until the variable takes its place.
const NO_ID: &str = "tmt-not-made-yet";

/// Writes the script. Client tokens come from `run`: the same script run twice creates nothing twice, and another one is no
/// repetition of it (docs/aws.md 1.6).
pub(crate) fn write(drawing: &Drawing, run: Uuid) -> String {
    let mut script = Script { drawing, run, text: String::new() };
    script.head();
    for item in drawing.targets.iter().filter(|item| item.own && item.id.is_none()) {
        script.target(item);
    }
    for vpc in &drawing.vpcs {
        script.vpc(vpc);
    }
    for filter in drawing.filters.iter().filter(|filter| filter.own) {
        script.filter(filter);
    }
    let removals = &drawing.removals;
    for removal in removals {
        script
            .section(&format!("{} on {} goes: {}", removal.session, removal.eni, removal.because));
        script.call(
            "delete-traffic-mirror-session",
            &[("traffic-mirror-session-id", quoted(removal.session.as_str()))],
        );
    }
    for session in in_order(drawing) {
        match (&session.id, &session.change) {
            (Some(id), Some(change)) => script.change(id.as_str(), session, change),
            (Some(_), None) => {}
            (None, _) => script.session(session),
        }
    }
    script.text.push_str("\nexit \"$failed\"\n");
    script.text
}

/// The sessions in an order in which each finds its place: who holds it has moved before. Who is deleted is gone already.
fn in_order(drawing: &Drawing) -> Vec<&SessionItem> {
    let moves = |item: &&SessionItem| item.id.is_some() && item.change.is_some();
    let mut order: Vec<&SessionItem> = Vec::new();
    let mut moved: BTreeSet<&SessionId> = drawing.removals.iter().map(|r| &r.session).collect();
    let mut waiting: Vec<&SessionItem> = drawing.sessions.iter().collect();
    // What is there comes before what is made: it frees places, and is watched already.
    waiting.sort_by_key(|item| !moves(item));
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|item| {
            let ready = item.after.iter().all(|session| moved.contains(session));
            if ready {
                order.push(item);
                moved.extend(&item.id);
            }
            !ready
        });
        if waiting.len() == before {
            // They wait for each other, or for what nobody moves: AWS says which has no place.
            order.append(&mut waiting);
        }
    }
    order
}

struct Script<'a> {
    drawing: &'a Drawing,
    run: Uuid,
    text: String,
}

impl Script<'_> {
    fn head(&mut self) {
        let Drawing { account, region, left_out, .. } = self.drawing;
        let _ = write!(
            self.text,
            "#!/usr/bin/env bash\n\
             # Brings the traffic mirroring of account {account}, {region}, to what it should be.\n\
             # Written by session_mirror_audit; it needs the aws CLI. Read it before you run it.\n\
             # A second run of the same script within a short time creates nothing twice.\n"
        );
        for sentence in left_out {
            let _ = writeln!(self.text, "# Not in here: {}", one_line(sentence));
        }
        let _ = write!(
            self.text,
            "set -euo pipefail\n\
             \n\
             export AWS_DEFAULT_REGION={region} AWS_REGION={region} AWS_PAGER=\n\
             account=$(aws sts get-caller-identity --query Account --output text)\n\
             if [ \"$account\" != {account} ]; then\n    \
                 echo \"this is account $account, not {account}: nothing was changed\" >&2\n    \
                 exit 1\n\
             fi\n\
             \n\
             # What fails is said, and does not stop the rest.\n\
             failed=0\n\
             try() {{\n    \
                 local word\n    \
                 for word in \"$@\"; do\n        \
                     if [ -z \"$word\" ]; then\n            \
                         echo \"left out, for what it needs could not be made: $*\" >&2\n            \
                         failed=1\n            \
                         return 0\n        \
                     fi\n    \
                 done\n    \
                 \"$@\" > /dev/null || failed=1\n\
             }}\n",
            region = quoted(region.as_str()),
            account = quoted(account.as_str()),
        );
    }

    fn section(&mut self, what: &str) {
        let _ = write!(self.text, "\n# {}\n", one_line(what));
    }

    fn call(&mut self, action: &str, options: &[(&str, String)]) {
        self.send("try ", action, options, "\n");
    }

    fn send(&mut self, before: &str, action: &str, options: &[(&str, String)], after: &str) {
        let _ = write!(self.text, "{before}aws ec2 {action}");
        for (name, value) in options {
            let _ = write!(self.text, " \\\n        --{name} {value}");
        }
        self.text.push_str(after);
    }

    /// A thing of several calls, whose id goes into a variable. Where one of them fails, the variable is empty, and whatever
    /// needs it is left out.
    fn whole(&mut self, variable: &str, parts: &[Part]) {
        let _ = write!(self.text, "if ! {{ :");
        for Part { action, query, options } in parts {
            match query {
                Some(query) => {
                    self.send(&format!(" &&\n    {variable}=$("), action, options, "");
                    let _ = write!(self.text, " \\\n        --query {query} --output text)");
                }
                None => self.send(" &&\n    ", action, options, " > /dev/null"),
            }
        }
        let _ = write!(self.text, "; }}; then\n    failed=1\n    {variable}=\nfi\n");
    }

    fn token(&self, what: &str) -> String {
        quoted(&Uuid::new_v5(&self.run, what.as_bytes()).to_string())
    }

    fn target(&mut self, item: &TargetItem) {
        self.section("The target");
        let mut options = vec![match &item.kind {
            TargetKind::Nlb(arn) => ("network-load-balancer-arn", quoted(arn)),
            TargetKind::GwlbEndpoint(id) => ("gateway-load-balancer-endpoint-id", quoted(id)),
            TargetKind::Eni(id) => ("network-interface-id", quoted(id.as_str())),
            TargetKind::Unknown(id) => ("network-interface-id", quoted(id)),
        }];
        if let Some(description) = &item.description {
            options.push(("description", quoted(description)));
        }
        options.extend(tags("traffic-mirror-target", &item.tags));
        options.push(("client-token", self.token(&item.name.snake())));
        let query = Some("TrafficMirrorTarget.TrafficMirrorTargetId");
        let part = Part { action: "create-traffic-mirror-target", query, options };
        self.whole(&item.name.snake(), &[part]);
    }

    fn vpc(&mut self, item: &VpcItem) {
        let vpc = &item.id;
        self.section(&format!(
            "{vpc} says that it is to be mirrored, so that session_mirror_tap keeps it so"
        ));
        let to = &self.drawing.targets[item.target];
        let id = to.id.as_ref().map_or(NO_ID, |id| id.as_str());
        let mut word = pairs(&Pairs::from([(item.key.clone(), id.to_owned())]));
        if to.id.is_none() {
            // Out of the quotes, the variable, and back into them.
            word = word.replace(NO_ID, &format!("'\"${}\"'", to.name.snake()));
        }
        self.call("create-tags", &[("resources", quoted(vpc.as_str())), ("tags", word)]);
    }

    /// A filter. Without all its parts, none of its sessions is made: they would watch less than people think.
    fn filter(&mut self, item: &FilterItem) {
        if !item.is_unfinished() {
            return;
        }
        self.section(&format!("The filter `{}`", item.description));
        let variable = item.name.snake();
        let mut parts = Vec::new();
        if let Some(id) = &item.id {
            let _ = writeln!(self.text, "{variable}={}", quoted(id.as_str()));
        } else {
            let mut options = vec![("description", quoted(&item.description))];
            options.extend(tags("traffic-mirror-filter", &item.tags));
            options.push(("client-token", self.token(&variable)));
            let query = Some("TrafficMirrorFilter.TrafficMirrorFilterId");
            parts.push(Part { action: "create-traffic-mirror-filter", query, options });
        }
        let filter = filter(item);
        let missing = item.rules.iter().filter(|rule| !rule.exists);
        parts.extend(missing.map(|rule| self.rule(rule, &filter)));
        if item.lacks_dns || item.id.is_none() && item.dns {
            let options = vec![
                ("traffic-mirror-filter-id", filter),
                ("add-network-services", "amazon-dns".to_owned()),
            ];
            let action = "modify-traffic-mirror-filter-network-services";
            parts.push(Part { action, query: None, options });
        }
        self.whole(&variable, &parts);
    }

    fn rule(&self, rule: &RuleItem, filter: &str) -> Part {
        let mut options = vec![
            ("traffic-mirror-filter-id", filter.to_owned()),
            ("traffic-direction", rule.direction.to_owned()),
            ("rule-number", rule.number.to_string()),
            ("rule-action", rule.action.to_owned()),
            ("source-cidr-block", quoted(&rule.source)),
            ("destination-cidr-block", quoted(&rule.destination)),
        ];
        if let Some(protocol) = rule.protocol {
            options.push(("protocol", protocol.to_string()));
        }
        let ports = [
            ("source-port-range", rule.source_ports),
            ("destination-port-range", rule.destination_ports),
        ];
        for (name, ports) in ports {
            if let Some((from, to)) = ports {
                options.push((name, format!("FromPort={from},ToPort={to}")));
            }
        }
        options.push(("description", quoted(&rule.description)));
        options.push(("client-token", self.token(&rule.name.snake())));
        Part { action: "create-traffic-mirror-filter-rule", query: None, options }
    }

    fn session(&mut self, item: &SessionItem) {
        let (to, with) = (&self.drawing.targets[item.target], &self.drawing.filters[item.filter]);
        self.section(&format!("{} is mirrored", item.eni));
        let mut options = vec![
            ("network-interface-id", quoted(item.eni.as_str())),
            ("traffic-mirror-target-id", target(to)),
            ("traffic-mirror-filter-id", filter(with)),
            ("session-number", item.number.to_string()),
        ];
        if let Some(bytes) = item.packet_length {
            options.push(("packet-length", bytes.to_string()));
        }
        if let Some(vni) = item.vni {
            options.push(("virtual-network-id", vni.to_string()));
        }
        if let Some(description) = &item.description {
            options.push(("description", quoted(description)));
        }
        options.extend(tags("traffic-mirror-session", &item.tags));
        options.push(("client-token", self.token(&item.name.snake())));
        self.call("create-traffic-mirror-session", &options);
    }

    fn change(&mut self, id: &str, item: &SessionItem, change: &Change) {
        let (to, with) = (&self.drawing.targets[item.target], &self.drawing.filters[item.filter]);
        self.section(&format!("{id} on {} is repaired in place", item.eni));
        let mut options = vec![("traffic-mirror-session-id", quoted(id))];
        if change.target {
            options.push(("traffic-mirror-target-id", target(to)));
        }
        if change.filter {
            options.push(("traffic-mirror-filter-id", filter(with)));
        }
        if change.number {
            options.push(("session-number", item.number.to_string()));
        }
        if let Some(bytes) = item.packet_length.filter(|_| change.packet_length) {
            options.push(("packet-length", bytes.to_string()));
        }
        if let Some(vni) = item.vni.filter(|_| change.vni) {
            options.push(("virtual-network-id", vni.to_string()));
        }
        if options.len() > 1 {
            self.call("modify-traffic-mirror-session", &options);
        }
        if !change.set.is_empty() {
            self.call("create-tags", &[("resources", quoted(id)), ("tags", pairs(&change.set))]);
        }
        if !change.remove.is_empty() {
            // A key without a value: the tag goes, whatever its value (docs/aws.md 1.5).
            let keys: Vec<serde_json::Value> =
                change.remove.iter().map(|key| serde_json::json!({ "Key": key })).collect();
            let keys = quoted(&serde_json::Value::from(keys).to_string());
            self.call("delete-tags", &[("resources", quoted(id)), ("tags", keys)]);
        }
    }
}

/// One call of several that belong together.
struct Part {
    action: &'static str,
    /// Where the id is in the answer, if it is what the call is for.
    query: Option<&'static str>,
    options: Vec<(&'static str, String)>,
}

fn target(item: &TargetItem) -> String {
    match &item.id {
        Some(id) => quoted(id.as_str()),
        None => format!("\"${}\"", item.name.snake()),
    }
}

fn filter(item: &FilterItem) -> String {
    match &item.id {
        Some(id) if !item.is_unfinished() => quoted(id.as_str()),
        _ => format!("\"${}\"", item.name.snake()),
    }
}

/// Tags on create, as JSON: the shorthand has no way to write every value.
fn tags(kind: &str, tags: &Pairs) -> Option<(&'static str, String)> {
    let own = tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
    let pairs: Vec<serde_json::Value> =
        own.map(|(key, value)| serde_json::json!({ "Key": key, "Value": value })).collect();
    let specification = serde_json::json!([{ "ResourceType": kind, "Tags": pairs }]);
    (!pairs.is_empty()).then(|| ("tag-specifications", quoted(&specification.to_string())))
}

/// A word of the shell, whatever it is made of.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,@%+=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Tags as JSON, as a word of the shell: the CLI's shorthand has no way to write every key.
fn pairs(tags: &Pairs) -> String {
    let pairs = tags.iter().map(|(key, value)| serde_json::json!({ "Key": key, "Value": value }));
    quoted(&serde_json::Value::from(pairs.collect::<Vec<_>>()).to_string())
}
