//! From a file's tree to its rules, saying everything that is wrong on the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::deliver::OF_SESSIONS;
use super::reach::Reach;
use super::{Interfaces, Matcher, Rule, RulePlace, RuleSet, Section};
use crate::ids::{SubnetId, VpcId};
use crate::policy::file::keys::Known;
use crate::policy::file::remark::{Mistakes, Remark, Remarks, shown};
use crate::policy::file::tree::{Kind, Node, parse};
use crate::policy::file::values::{Field, below, is_null};

/// What a tag in a list of tags says.
pub const TAG_KEYS: [&str; 2] = ["Key", "Value"];

/// AWS's limits for the key and the value of a tag, in characters (docs/aws.md 8).
const LONGEST_TAG: [usize; 2] = [128, 256];

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The rules.
    pub rules: RuleSet,
    /// What is odd about them, in the order of the lines.
    pub warnings: Vec<Remark>,
}

impl Section {
    /// The keys that a rule in this list may have.
    pub fn keys(self) -> impl Iterator<Item = &'static str> {
        self.own_keys().iter().copied().chain(OF_SESSIONS).chain(["ignore"])
    }

    /// Those that say what a rule is about.
    pub(super) fn own_keys(self) -> &'static [&'static str] {
        match self {
            Self::Tags => &["tagList", "tagMatch"],
            Self::Subnets => &["subnetId"],
            Self::Vpcs => &["vpcId"],
        }
    }
}

impl RuleSet {
    /// Reads a file. Its name is only repeated.
    ///
    /// # Errors
    /// [`Mistakes`]: everything that is wrong with it, at once.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Reading, Mistakes> {
        let file: Arc<str> = file.into();
        let mut reader = Reader { remarks: Remarks::of(Arc::clone(&file)), file };
        let rules = match parse(bytes, &mut reader.remarks) {
            Some(root) => reader.file(&root),
            None => Vec::new(),
        };
        if rules.is_empty() && reader.remarks.is_fine() {
            let message = "the file is empty";
            reader.remarks.mistake(1, "", message, "one or more of tags, subnets, vpcs");
        }
        let warnings = reader.remarks.end()?;
        Ok(Reading { rules: RuleSet { rules }, warnings })
    }
}

struct Reader {
    file: Arc<str>,
    remarks: Remarks,
}

/// A rule's keys and values.
pub(super) struct Keys<'a> {
    /// Its path, `vpcs[0]`.
    pub(super) path: String,
    /// The line on which it begins.
    pub(super) line: usize,
    known: Known<'a>,
}

impl<'a> Keys<'a> {
    /// What stands behind a key, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<&Field<'a>> {
        self.known.fields.get(key)
    }

    /// Whether it was most likely meant by another one, of which that was said.
    pub(super) fn is_meant(&self, key: &str) -> bool {
        self.known.meant.contains(&key)
    }

    /// Those of some keys that are there.
    pub(super) fn of<'s>(
        &'s self,
        keys: &'s [&'static str],
    ) -> impl Iterator<Item = &'s Field<'a>> {
        keys.iter().filter_map(|key| self.get(key))
    }
}

impl Reader {
    fn file(&mut self, root: &Node) -> Vec<Rule> {
        let all = Section::ALL.map(Section::as_str);
        let allowed = all.join(", ");
        let entries = match &root.kind {
            Kind::Map(entries) => entries,
            Kind::Text { text, plain: true } if is_null(text) => return Vec::new(),
            Kind::Text { .. } | Kind::List(_) => {
                let message = "lists of rules with a key each are expected";
                self.remarks.mistake(root.line, "", message, allowed);
                return Vec::new();
            }
            Kind::Wrong => return Vec::new(),
        };
        let sections = self.remarks.known(entries, "", &all, |_| None);
        let mut rules = Vec::new();
        for section in Section::ALL {
            let Some(field) = sections.fields.get(section.as_str()) else { continue };
            let wanted = "rules; leave the key out where there are none";
            let items = self.remarks.list(field, wanted).unwrap_or_default();
            let mut reach = Reach::default();
            for (index, item) in items.into_iter().enumerate() {
                let Some(rule) = self.rule(section, index, &item) else {
                    // A rule that is left out in silence would be one that nobody misses until it is too late.
                    if self.remarks.is_fine() {
                        self.remarks.mistake(item.line, item.path, "is not understood", "");
                    }
                    continue;
                };
                if let Some(line) = reach.add(&rule.matcher, rule.place.line) {
                    let message = format!(
                        "is never reached: the rule of line {line} is about the same and comes first"
                    );
                    self.remarks.warning(rule.place.line, item.path, message);
                }
                rules.push(rule);
            }
        }
        rules
    }

    fn rule(&mut self, section: Section, index: usize, item: &Field<'_>) -> Option<Rule> {
        let known: Vec<&'static str> = section.keys().collect();
        let Kind::Map(entries) = &item.node.kind else {
            self.remarks.no_map(item, &known);
            return None;
        };
        let elsewhere = |name: &str| {
            let of = |other: &Section| other.own_keys().contains(&name);
            let other = Section::ALL.into_iter().find(of)?;
            Some(format!("this key is for rules in {}", other.as_str()))
        };
        let known = self.remarks.known(entries, &item.path, &known, elsewhere);
        let keys = Keys { path: item.path.clone(), line: item.line, known };
        let matcher = self.matcher(section, &keys);
        let interfaces = keys.get("interfaces").map(|field| {
            self.remarks.word(field, &[("all", Interfaces::All), ("primary", Interfaces::Primary)])
        });
        let instance_tags =
            keys.get("allowInstanceTags").map(|field| self.remarks.flag(field, "true or false"));
        let delivery = self.remarks.delivery(&keys);
        let file = Arc::clone(&self.file);
        Some(Rule {
            place: Arc::new(RulePlace { file, section, index, line: item.line }),
            matcher: matcher?,
            interfaces: interfaces.unwrap_or(Some(Interfaces::default()))?,
            instance_tags: instance_tags.unwrap_or(Some(false))?,
            delivery: delivery?,
        })
    }

    fn matcher(&mut self, section: Section, keys: &Keys<'_>) -> Option<Matcher> {
        let (key, allowed) = match section {
            Section::Tags => ("tagList", "a list of tags with Key and Value"),
            Section::Subnets => {
                ("subnetId", "`subnet-` and letters or digits, as in subnet-0a1b2c3d")
            }
            Section::Vpcs => ("vpcId", "`vpc-` and letters or digits, as in vpc-0a1b2c3d"),
        };
        let Some(field) = keys.get(key) else {
            if keys.is_meant(key) {
                return None;
            }
            self.remarks.mistake(keys.line, below(&keys.path, key), "is missing", allowed);
            return None;
        };
        match section {
            Section::Tags => self.tags(field, keys.get("tagMatch")),
            Section::Subnets => {
                self.remarks.id(field, allowed, SubnetId::typed).map(Matcher::Subnet)
            }
            Section::Vpcs => self.remarks.id(field, allowed, VpcId::typed).map(Matcher::Vpc),
        }
    }

    fn tags(&mut self, list: &Field<'_>, how: Option<&Field<'_>>) -> Option<Matcher> {
        let all = match how {
            Some(field) => self.remarks.word(field, &[("any", false), ("all", true)]),
            None => Some(false),
        };
        let items = self.remarks.list(list, "tags with Key and Value")?;
        let mut tags: Vec<(String, String)> = Vec::new();
        // What every key stands for so far.
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for item in &items {
            let Some((key, value)) = self.tag(item) else { continue };
            let same_key = values.entry(key.clone()).or_default();
            let path = item.path.clone();
            if same_key.contains(&value) {
                self.remarks.mistake(item.line, path, "the tag is there already", "each tag once");
            } else if all == Some(true) && !same_key.is_empty() {
                let message = format!("no instance has two values of {}", shown(&key));
                self.remarks.mistake(item.line, path, message, "with tagMatch: all, each Key once");
            }
            same_key.push(value.clone());
            tags.push((key, value));
        }
        (tags.len() == items.len()).then_some(Matcher::Tags { tags, all: all? })
    }

    fn tag(&mut self, item: &Field<'_>) -> Option<(String, String)> {
        let Kind::Map(entries) = &item.node.kind else {
            self.remarks.no_map(item, &TAG_KEYS);
            return None;
        };
        let known = self.remarks.known(entries, &item.path, &TAG_KEYS, |_| None);
        let [key, value] = [0, 1].map(|which: usize| {
            let (name, longest) = (TAG_KEYS[which], LONGEST_TAG[which]);
            let allowed = format!("text of at most {longest} characters");
            let Some(field) = known.fields.get(name) else {
                if known.meant.contains(&name) {
                    return None;
                }
                self.remarks.mistake(item.line, below(&item.path, name), "is missing", allowed);
                return None;
            };
            let text = if which == 0 {
                self.remarks.tag_key(field, &allowed)?
            } else {
                self.remarks.tag_text(field, &allowed)?
            };
            if text.chars().count() > longest {
                let message = format!("`{}` is longer than the tags of AWS", shown(text));
                self.remarks.mistake(field.line, field.path.clone(), message, allowed);
                return None;
            }
            Some(text.to_owned())
        });
        Some((key?, value?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules::{Delivery, Destination, TargetChoice};

    #[test]
    fn a_rule_has_what_the_file_says() {
        let text = "
vpcs:
- vpcId: vpc-1
  targetIds: [tmt-1, traf-mir-tar-2]
  targetChoice: same-zone
  packetLength: 128
  virtualNetworkId: 7
  sessionNumber: 3
  interfaces: primary
  allowInstanceTags: true
tags:
- tagList: [{Key: team, Value: web}, {Key: tier, Value: \"1\"}]
  tagMatch: all
  ignore: true
";
        let reading = RuleSet::read("r.yaml", text.as_bytes()).unwrap();
        assert_eq!(reading.warnings, []);
        let [tags, vpc] = reading.rules.rules.as_slice() else { panic!("{reading:?}") };
        assert_eq!(tags.place.to_string(), "tags[0], r.yaml line 12");
        assert_eq!(tags.matcher.to_string(), "tags team=web and tier=1");
        assert_eq!((tags.interfaces, tags.instance_tags), (Interfaces::All, false));
        assert_eq!(tags.delivery, Delivery::Ignore);
        assert_eq!(vpc.place.to_string(), "vpcs[0], r.yaml line 3");
        assert_eq!((vpc.interfaces, vpc.instance_tags), (Interfaces::Primary, true));
        let Delivery::Mirror(mirroring) = &vpc.delivery else { panic!("{vpc:?}") };
        assert_eq!(mirroring.filter, None);
        assert_eq!(
            (mirroring.number, mirroring.packet_length, mirroring.vni),
            (Some(3), Some(128), Some(7))
        );
        let ids = vec!["tmt-1".into(), "traf-mir-tar-2".into()];
        let expected = Destination::Targets { ids, choice: TargetChoice::SameZone };
        assert_eq!(mirroring.to, expected);
    }
}
