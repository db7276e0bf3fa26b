//! The settings of the function, from its environment. All that is wrong is said at once: who deploys a function waits a
//! minute for each try.
//!
//! An empty variable is one that is not set: a template passes its empty parameters on as they are.

mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tap_core::ids::{FilterId, Region, TargetId};
use tap_core::policy::custom_filter::CustomFilter;
use tap_core::policy::profile::Profile;
use tap_core::settings::{
    FilterChoice, MAX_APPLIANCES, PACKET_LENGTHS, PRICE_PER_HOUR, Policy, RulesFor,
    SESSION_NUMBERS, Settings, VNIS,
};
use tap_core::tags::{DEFAULT_VENDOR, TagKeys};

use variables as names;
pub use variables::{PREFIX, VARIABLES, Variable};

/// Where AWS says which region the function is in.
const AWS_REGION: &str = "AWS_REGION";

/// AWS's limit for a tag key, less the longest of what follows the prefix.
const LONGEST_VENDOR: usize = 128 - ":session_mirroring_filter_profile".len();

/// The most hours that a session for a finding may be given: a year.
const LONGEST_HOURS: u32 = 8760;

/// Where the rules come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulesFrom {
    /// There are none: tags alone decide.
    Nowhere,
    /// The text itself.
    Text(String),
    /// An object in S3.
    Object {
        /// Its bucket.
        bucket: String,
        /// Its key.
        key: String,
    },
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Errors only.
    Error,
    /// And what somebody should look at.
    Warn,
    /// And what a run does.
    Info,
    /// And each call and change.
    Debug,
}

/// Which kinds of events are acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enabled {
    /// The schedule, and tags of VPCs, begin to mirror.
    pub existing: bool,
    /// Instances that start.
    pub launch: bool,
    /// GuardDuty findings.
    pub findings: bool,
}

/// The settings of the function.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The region that it is in, and works in.
    pub region: Region,
    /// Which events it acts on.
    pub enabled: Enabled,
    /// Where its rules come from.
    pub rules: RulesFrom,
    /// After how many hours sessions for findings end.
    pub finding_hours: Option<u32>,
    /// The queue that it goes on from.
    pub queue_url: Option<String>,
    /// How many changes are under way at once.
    pub concurrency: usize,
    /// Percent of EC2's request limits to use.
    pub api_share: u8,
    /// How much time one invocation has at most, where that is less than Lambda's own limit.
    pub timeout: Option<Duration>,
    /// How the log is written.
    pub log_format: LogFormat,
    /// How much is logged.
    pub log_level: LogLevel,
    /// What the planner has to know, as far as it is the same in every run.
    pub settings: Settings,
}

/// One thing that is wrong with the environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The variable.
    pub name: String,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, problem } = self;
        write!(f, "{name}: {problem}")
    }
}

impl Config {
    /// Reads the settings from the variables of an environment.
    ///
    /// # Errors
    /// All mistakes.
    pub fn read(
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader {
            given: environment.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect(),
            mistakes: Vec::new(),
        };
        reader.refuse_unknown();
        let config = reader.config();
        reader.mistakes.sort();
        if reader.mistakes.is_empty() { Ok(config) } else { Err(reader.mistakes) }
    }

    /// The policy of a run that would begin to mirror what has been there all along.
    pub fn policy_for_existing(&self) -> Policy {
        if self.enabled.existing { self.settings.policy } else { Policy::RepairOnly }
    }
}

/// Reads variables and collects what is wrong with them.
struct Reader {
    given: BTreeMap<String, String>,
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn config(&mut self) -> Config {
        let region = match self.given.get(AWS_REGION) {
            Some(region) => Region::new(region.trim()),
            None => {
                self.wrong(AWS_REGION, "is not set: Lambda sets it itself");
                Region::new("")
            }
        };
        let enabled = Enabled {
            existing: self.flag(names::ENABLE_EXISTING, true),
            launch: self.flag(names::ENABLE_LAUNCH, true),
            findings: self.flag(names::ENABLE_FINDINGS, false),
        };
        let policy = self.word(names::POLICY, &Policy::ALL.map(|p| (p.as_str(), p)));
        let policy = policy.unwrap_or_default();
        if !enabled.existing && !matches!(policy, Policy::Sync | Policy::RepairOnly) {
            let problem = format!(
                "{policy} and {}=false exclude each other: without existing instances the schedule only repairs and removes",
                names::ENABLE_EXISTING
            );
            self.wrong(names::POLICY, problem);
        }
        let rules_for = [("everyone", RulesFor::Everyone), ("findings", RulesFor::Findings)];
        let rules_for = self.word(names::RULES_FOR, &rules_for);
        let findings_alone = !enabled.existing && !enabled.launch;
        let settings = Settings {
            keys: TagKeys::of_vendor(
                &self.read(names::VENDOR, vendor).unwrap_or(DEFAULT_VENDOR.to_owned()),
            ),
            filter: match self.read(names::FILTER_ID, typed(FilterId::typed)) {
                Some(id) => FilterChoice::Pinned(id),
                None => FilterChoice::Managed,
            },
            profile: self.read(names::FILTER_PROFILE, profile).unwrap_or_default(),
            custom_filters: self
                .read(names::CUSTOM_FILTER_YAML, custom_filter)
                .map(|filter| (filter.name.clone(), filter))
                .into_iter()
                .collect(),
            policy,
            allow_mass_delete: self.flag(names::ALLOW_MASS_DELETE, false),
            packet_length: self.number(names::PACKET_LENGTH, PACKET_LENGTHS),
            vni: self.number(names::VIRTUAL_NETWORK_ID, VNIS),
            session_number: self.number(names::SESSION_NUMBER, SESSION_NUMBERS),
            price_per_hour: self.read(names::PRICE_PER_HOUR, price).unwrap_or(PRICE_PER_HOUR),
            rules_for: rules_for.unwrap_or(if findings_alone {
                RulesFor::Findings
            } else {
                RulesFor::Everyone
            }),
            finding_target: self.read(names::FINDING_TARGET_ID, typed(TargetId::typed)),
            max_appliances: self.number(names::MAX_APPLIANCES, 0..=1000).unwrap_or(MAX_APPLIANCES),
            ..Settings::default()
        };
        Config {
            rules: self.rules(&region),
            region,
            enabled,
            finding_hours: self.number(names::FINDING_HOURS, 1..=LONGEST_HOURS),
            queue_url: self.read(names::QUEUE_URL, url),
            concurrency: self.number(names::CONCURRENCY, 1..=256).unwrap_or(8),
            timeout: self.read(names::TIMEOUT, time),
            log_format: self
                .word(names::LOG_FORMAT, &[("json", LogFormat::Json), ("text", LogFormat::Text)])
                .unwrap_or(LogFormat::Json),
            log_level: self
                .word(
                    names::LOG_LEVEL,
                    &[
                        ("error", LogLevel::Error),
                        ("warn", LogLevel::Warn),
                        ("info", LogLevel::Info),
                        ("debug", LogLevel::Debug),
                    ],
                )
                .unwrap_or(LogLevel::Info),
            api_share: self.number(names::API_SHARE, 1..=100).unwrap_or(100),
            settings,
        }
    }

    fn rules(&mut self, region: &Region) -> RulesFrom {
        let text = self.read(names::RULES_YAML, |text| Ok(text.to_owned()));
        let object = self.read(names::RULES_S3, |text| object(text, region));
        match (text, object) {
            (Some(_), Some(_)) => {
                let problem =
                    format!("and {} are both set: rules come from one place", names::RULES_YAML);
                self.wrong(names::RULES_S3, problem);
                RulesFrom::Nowhere
            }
            (Some(text), None) => RulesFrom::Text(text),
            (None, Some((bucket, key))) => RulesFrom::Object { bucket, key },
            (None, None) => RulesFrom::Nowhere,
        }
    }

    fn refuse_unknown(&mut self) {
        let is_known = |name: &str| VARIABLES.iter().any(|variable| variable.name == name);
        let unknown: Vec<String> = self
            .given
            .keys()
            .filter(|name| name.starts_with(PREFIX) && !is_known(name))
            .cloned()
            .collect();
        for name in unknown {
            self.wrong(&name, "there is no such setting");
        }
    }

    fn wrong(&mut self, name: &str, problem: impl Into<String>) {
        self.mistakes.push(Mistake { name: name.to_owned(), problem: problem.into() });
    }

    /// Reads a variable, if it is set and right.
    fn read<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        match self.given.get(name).map(|text| parse(text)) {
            Some(Ok(value)) => Some(value),
            Some(Err(problem)) => {
                self.wrong(name, problem);
                None
            }
            None => None,
        }
    }

    fn flag(&mut self, name: &str, default: bool) -> bool {
        let flag = |text: &str| match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(true),
            "false" | "no" | "off" | "0" => Ok(false),
            other => Err(format!("`{other}` is neither true nor false")),
        };
        self.read(name, flag).unwrap_or(default)
    }

    fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let word = |text: &str| {
            let found = words.iter().find(|(word, _)| *word == text.trim());
            found.map(|(_, value)| *value).ok_or_else(|| {
                let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                format!("`{}` is none of: {}", text.trim(), words.join(", "))
            })
        };
        self.read(name, word)
    }

    fn number<T>(&mut self, name: &str, range: std::ops::RangeInclusive<T>) -> Option<T>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let number = |text: &str| match text.trim().parse::<T>() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(format!(
                "`{}` is no whole number from {} to {}",
                text.trim(),
                range.start(),
                range.end()
            )),
        };
        self.read(name, number)
    }
}

/// A reader of ids that people typed.
fn typed<T, E: fmt::Display>(
    read: impl FnOnce(&str) -> Result<T, E>,
) -> impl FnOnce(&str) -> Result<T, String> {
    |text| read(text.trim()).map_err(|error| error.to_string())
}

fn vendor(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_alphanumeric() || " +-=._:/@".contains(c);
    if text.len() > LONGEST_VENDOR {
        Err(format!("expected 1 to {LONGEST_VENDOR} characters"))
    } else if !text.chars().all(allowed) || text.to_lowercase().starts_with("aws:") {
        Err("expected letters, digits and + - = . _ : / @, not beginning with aws:".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn profile(text: &str) -> Result<Profile, String> {
    text.trim().parse::<Profile>().map_err(|error| error.to_string())
}

/// Reads a profile of the user's own: what it defines, or all that is wrong with it.
fn custom_filter(text: &str) -> Result<CustomFilter, String> {
    let reading = CustomFilter::read(names::CUSTOM_FILTER_YAML, text.as_bytes());
    reading.map(|reading| reading.filter).map_err(|mistakes| mistakes.to_string())
}

fn price(text: &str) -> Result<f64, String> {
    match text.trim().parse() {
        Ok(price) if (0.0..=1000.0).contains(&price) => Ok(price),
        _ => Err(format!("`{}` is no price: expected USD per hour, such as 0.015", text.trim())),
    }
}

fn time(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let unit = |seconds: u64, unit| text.strip_suffix(unit).map(|number| (number, seconds));
    let seconds = unit(60, 'm')
        .or_else(|| unit(1, 's'))
        .and_then(|(number, seconds)| number.parse::<u64>().ok()?.checked_mul(seconds));
    match seconds {
        Some(seconds @ 1..=900) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("`{text}` is no time from 1s to 15m, as 90s or 10m")),
    }
}

fn url(text: &str) -> Result<String, String> {
    let text = text.trim();
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        _ => Err(format!("`{text}` is not the URL of a queue: expected https://HOST/ACCOUNT/NAME")),
    }
}

/// Reads `s3://bucket/key`, or `s3://bucket/folder/`, in which each region has a file of its own.
fn object(text: &str, region: &Region) -> Result<(String, String), String> {
    let text = text.trim();
    let parts = text.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
    match parts {
        Some((bucket, key)) if !bucket.is_empty() => {
            let is_folder = key.is_empty() || key.ends_with('/');
            let key = if is_folder { format!("{key}{region}.yaml") } else { key.to_owned() };
            Ok((bucket.to_owned(), key))
        }
        _ => Err(format!("`{text}` is no object: expected s3://BUCKET/KEY or s3://BUCKET/FOLDER/")),
    }
}

#[cfg(test)]
mod tests;
