//! A profile of the user's own: a YAML file with a name and the rules of its filter, checked against AWS's limits.
//!
//! ```text
//!   name: web
//!   rules:
//!   - {direction: ingress, action: accept, protocol: tcp, destinationPorts: 443, source: 0.0.0.0/0}
//! ```

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use ipnet::IpNet;

use super::file::keys::Known;
use super::file::remark::{Mistakes, Remark, Remarks, shown};
use super::file::tree::{Kind, Node, parse};
use super::file::values::{Field, below, is_null};
use super::filter_spec::{
    Direction, FilterRuleSpec, LAST_RULE_NUMBER, PROTOCOLS, Ports, RULES_PER_FILTER, TCP, UDP,
    all_like,
};
use super::profile::{LONGEST_NAME, is_name};

/// The keys of a file.
pub const KEYS: [&str; 3] = ["name", "dns", "rules"];

/// The keys of a rule.
pub const RULE_KEYS: [&str; 8] = [
    "direction",
    "action",
    "number",
    "protocol",
    "source",
    "sourcePorts",
    "destination",
    "destinationPorts",
];

/// The numbers that a rule may have.
const NUMBERS: RangeInclusive<i32> = 1..=LAST_RULE_NUMBER;

/// So far behind the one before it stands a rule without a number.
const STEP: i32 = 100;

/// The protocols that there are numbers for.
const PROTOCOL_NUMBERS: RangeInclusive<i32> = 0..=255;

const PORTS: &str = "a port or a range of them, from 0 to 65535, as in 443 or 8000-8999";
const BLOCK: &str = "a block of addresses, as in 10.0.0.0/8 or ::/0";

/// What a file defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomFilter {
    /// The name by which VPCs and runs call it.
    pub name: Arc<str>,
    /// The file, as the user named it.
    pub file: Arc<str>,
    /// Its rules.
    pub rules: Vec<FilterRuleSpec>,
    /// Whether DNS traffic to Amazon's resolver is mirrored beside them.
    pub dns: bool,
}

/// A file that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomReading {
    /// What it defines.
    pub filter: CustomFilter,
    /// What is odd about it, in the order of the lines.
    pub warnings: Vec<Remark>,
}

impl CustomFilter {
    /// Reads a file. Its name is only repeated.
    ///
    /// # Errors
    /// [`Mistakes`]: everything that is wrong with it, at once.
    pub fn read(file: &str, bytes: &[u8]) -> Result<CustomReading, Mistakes> {
        let file: Arc<str> = file.into();
        let mut reader = Reader { remarks: Remarks::of(Arc::clone(&file)) };
        let read = parse(bytes, &mut reader.remarks).and_then(|root| reader.file(&root));
        if read.is_none() && reader.remarks.is_fine() {
            reader.remarks.mistake(1, "", "the file is empty", KEYS.join(", "));
        }
        let warnings = reader.remarks.end()?;
        // What could not be read has been said.
        let (name, rules, dns) = read.unwrap_or_else(|| ("".into(), Vec::new(), false));
        Ok(CustomReading { filter: Self { name, file, rules, dns }, warnings })
    }
}

struct Reader {
    remarks: Remarks,
}

/// The rules of one direction so far.
#[derive(Default)]
struct SoFar {
    /// The lines of the numbers.
    numbers: BTreeMap<i32, usize>,
    last: i32,
}

impl Reader {
    fn file(&mut self, root: &Node) -> Option<(Arc<str>, Vec<FilterRuleSpec>, bool)> {
        let whole = Field { path: String::new(), line: root.line, node: root };
        let entries = match &root.kind {
            Kind::Map(entries) => entries,
            Kind::Text { text, plain: true } if is_null(text) => return None,
            Kind::Text { .. } | Kind::List(_) | Kind::Wrong => {
                self.remarks.no_map(&whole, &KEYS);
                return None;
            }
        };
        let known = self.remarks.known(entries, "", &KEYS, |_| None);
        let name = match known.fields.get("name") {
            Some(field) => self.name(field),
            None => self.missing(&known, &whole, "name", "the name that VPCs call it by"),
        };
        let dns = known.fields.get("dns").map(|field| self.remarks.flag(field, "true or false"));
        let rules = match known.fields.get("rules") {
            Some(field) => self.rules(field),
            None if dns == Some(Some(true)) => Some(Vec::new()),
            None => self.missing(&known, &whole, "rules", "a list of rules"),
        };
        let (rules, dns) = (rules?, dns.unwrap_or(Some(false))?);
        if !dns && !rules.iter().any(|rule| rule.accept) {
            let message = "nothing is mirrored: no rule accepts";
            let line = known.fields.get("rules").map_or(root.line, |field| field.line);
            self.remarks.mistake(
                line,
                "rules",
                message,
                "a rule with action: accept, or dns: true",
            );
            return None;
        }
        Some((name?, rules, dns))
    }

    /// Says that a key is missing, unless somebody meant it and wrote otherwise.
    fn missing<T>(
        &mut self,
        known: &Known<'_>,
        of: &Field<'_>,
        key: &'static str,
        allowed: &str,
    ) -> Option<T> {
        if !known.meant.contains(&key) {
            self.remarks.mistake(of.line, below(&of.path, key), "is missing", allowed);
        }
        None
    }

    fn wrong<T>(&mut self, field: &Field<'_>, message: String, allowed: &str) -> Option<T> {
        self.remarks.mistake(field.line, field.path.clone(), message, allowed);
        None
    }

    fn name(&mut self, field: &Field<'_>) -> Option<Arc<str>> {
        let allowed = format!("1 to {LONGEST_NAME} letters, digits, `-`, `_` and `.`");
        let text = self.remarks.text(field, &allowed)?;
        if is_name(text) {
            return Some(text.into());
        }
        self.wrong(field, format!("`{}` cannot be a name", shown(text)), &allowed)
    }

    fn rules(&mut self, field: &Field<'_>) -> Option<Vec<FilterRuleSpec>> {
        let items = self.remarks.list(field, "rules")?;
        if let Some(eleventh) = items.get(RULES_PER_FILTER) {
            let message = format!("there are {} rules", items.len());
            let allowed = format!("{RULES_PER_FILTER}, which is AWS's limit of a filter");
            self.remarks.mistake(eleventh.line, eleventh.path.clone(), message, allowed);
        }
        let mut rules: Vec<(usize, FilterRuleSpec)> = Vec::new();
        let mut so_far: BTreeMap<Direction, SoFar> = BTreeMap::new();
        for item in &items {
            let Some(rule) = self.rule(item, &mut so_far) else { continue };
            let same = |(_, other): &&(usize, FilterRuleSpec)| {
                FilterRuleSpec { number: rule.number, ..other.clone() } == rule
            };
            if let Some((line, _)) = rules.iter().find(same) {
                let message = format!("is the same as the rule of line {line}");
                self.remarks.mistake(item.line, item.path.clone(), message, "each rule once");
            }
            rules.push((item.line, rule));
        }
        let whole = rules.len() == items.len();
        whole.then(|| rules.into_iter().map(|(_, rule)| rule).collect())
    }

    fn rule(
        &mut self,
        item: &Field<'_>,
        so_far: &mut BTreeMap<Direction, SoFar>,
    ) -> Option<FilterRuleSpec> {
        let Kind::Map(entries) = &item.node.kind else {
            self.remarks.no_map(item, &RULE_KEYS);
            return None;
        };
        let known = self.remarks.known(entries, &item.path, &RULE_KEYS, |_| None);
        let directions = Direction::ALL.map(|direction| (direction.as_str(), direction));
        let direction = match known.fields.get("direction") {
            Some(field) => self.remarks.word(field, &directions),
            None => self.missing(&known, item, "direction", "ingress, egress"),
        };
        let accept = match known.fields.get("action") {
            Some(field) => self.remarks.word(field, &[("accept", true), ("reject", false)]),
            None => self.missing(&known, item, "action", "accept, reject"),
        };
        let number = known.fields.get("number").map(|field| self.remarks.number(field, &NUMBERS));
        let protocol = known.fields.get("protocol").map(|field| self.protocol(field));
        let source_ports = self.ports(&known, "sourcePorts", protocol);
        let destination_ports = self.ports(&known, "destinationPorts", protocol);
        let blocks = self.blocks(&known, item);
        let direction = direction?;
        let so_far = so_far.entry(direction).or_default();
        let number = self.numbered(item, number, so_far);
        let (source, destination) = blocks?;
        Some(FilterRuleSpec {
            direction,
            number: number?,
            accept: accept?,
            protocol: protocol.unwrap_or(Some(None))?,
            source_ports: source_ports?,
            destination_ports: destination_ports?,
            source,
            destination,
        })
    }

    /// The number of a rule: its own, or the next one after the rule before it.
    fn numbered(
        &mut self,
        item: &Field<'_>,
        own: Option<Option<i32>>,
        so_far: &mut SoFar,
    ) -> Option<i32> {
        let path = below(&item.path, "number");
        let number = match own {
            Some(own) => own?,
            None if so_far.last > LAST_RULE_NUMBER - STEP => {
                let message = format!("no number is left behind {}", so_far.last);
                self.remarks.mistake(item.line, path, message, "a number of its own");
                return None;
            }
            None => so_far.last + STEP,
        };
        so_far.last = number;
        if let Some(line) = so_far.numbers.insert(number, item.line) {
            let message = format!("{number} is the number of the rule of line {line}");
            self.remarks.mistake(item.line, path, message, "each number once in a direction");
            return None;
        }
        Some(number)
    }

    /// A protocol by its word or number; none within for all.
    fn protocol(&mut self, field: &Field<'_>) -> Option<Option<i32>> {
        let words = PROTOCOLS.map(|(word, _)| word).join(", ");
        let allowed = format!("all, {words}, or a number of IANA's from 0 to 255");
        let text = self.remarks.text(field, &allowed)?;
        if text.eq_ignore_ascii_case("all") {
            return Some(None);
        }
        if let Some((_, number)) = PROTOCOLS.iter().find(|(w, _)| text.eq_ignore_ascii_case(w)) {
            return Some(Some(*number));
        }
        match text.parse::<i32>() {
            Ok(number) if PROTOCOL_NUMBERS.contains(&number) => Some(Some(number)),
            Ok(_) => self.wrong(field, format!("`{}` is out of range", shown(text)), &allowed),
            Err(_) => self.wrong(field, format!("`{}` is unknown", shown(text)), &allowed),
        }
    }

    /// Ports, which only TCP and UDP have; none within where all are meant.
    fn ports(
        &mut self,
        known: &Known<'_>,
        key: &str,
        protocol: Option<Option<Option<i32>>>,
    ) -> Option<Option<Ports>> {
        let Some(field) = known.fields.get(key) else { return Some(None) };
        let text = self.remarks.text(field, PORTS)?;
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<u16>().ok().filter(|_| digits).map(i32::from)
        };
        let (Some(from), Some(to)) = (port(from.trim()), port(to.trim())) else {
            return self.wrong(field, format!("`{}` is no range of ports", shown(text)), PORTS);
        };
        if from > to {
            let message = format!("`{}` ends before it begins", shown(text));
            return self.wrong(field, message, &format!("{to}-{from}"));
        }
        // What is wrong with the protocol has been said.
        if let None | Some(Some(None)) = protocol {
            let message = "ports are of TCP and UDP only".to_owned();
            return self.wrong(field, message, "protocol: tcp or udp beside it");
        }
        if let Some(Some(Some(other))) = protocol
            && !matches!(other, TCP | UDP)
        {
            let message = "the protocol of this rule has no ports".to_owned();
            return self.wrong(field, message, "protocol: tcp or udp beside it");
        }
        Some(Some(Ports { from, to }))
    }

    /// The blocks of a rule. One that is left out is everything of the other's family.
    fn blocks(&mut self, known: &Known<'_>, item: &Field<'_>) -> Option<(IpNet, IpNet)> {
        let [source, destination] = ["source", "destination"]
            .map(|key| known.fields.get(key).map(|field| (field, self.block(field))));
        match (source, destination) {
            (None, None) => self.missing(
                known,
                item,
                "source",
                "source, destination or both: blocks of addresses",
            ),
            (Some((_, source)), None) => source.map(|source| (source, all_like(&source))),
            (None, Some((_, to))) => to.map(|to| (all_like(&to), to)),
            (Some((_, source)), Some((field, destination))) => {
                let (source, destination) = (source?, destination?);
                if all_like(&source) == all_like(&destination) {
                    return Some((source, destination));
                }
                let message = "source and destination are of different families".to_owned();
                self.wrong(field, message, "a rule for IPv4 and another for IPv6")
            }
        }
    }

    fn block(&mut self, field: &Field<'_>) -> Option<IpNet> {
        let text = self.remarks.text(field, BLOCK)?;
        match text.parse::<IpNet>() {
            Ok(block) if block == block.trunc() => Some(block),
            Ok(block) => {
                let message = format!("`{}` is an address within a block", shown(text));
                self.wrong(field, message, &block.trunc().to_string())
            }
            Err(_) => self.wrong(field, format!("`{}` is no block", shown(text)), BLOCK),
        }
    }
}
