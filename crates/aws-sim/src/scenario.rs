//! Scenarios: a described account, from YAML or made by the generator. The form of the file is in `spec`, how it
//! becomes a world in the other files here.

mod acls;
mod balancers;
mod build;
mod guards;
mod mirror;
mod network;
mod organization;
mod routes;
pub(crate) mod spec;

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::clock::Clock;
use crate::generate::{self, Generate};
use crate::switches::Switches;
use crate::world::Account;
use spec::AccountSpec;

/// A described account, checked and ready to be started any number of times.
#[derive(Debug, Clone)]
pub struct Scenario {
    name: String,
    pub(crate) spec: AccountSpec,
}

/// What is wrong with a scenario or switches file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// The file could not be read.
    #[error("{name}: {reason}")]
    Read {
        /// The file.
        name: String,
        /// Why not.
        reason: String,
    },
    /// Something stands in the file that cannot be understood.
    #[error("{name}:{line}: {reason}")]
    At {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong, naming the key.
        reason: String,
    },
}

/// Reads a file for parsing; gives its name as it shall stand in messages.
pub(crate) fn read(path: &Path) -> Result<(String, String), ScenarioError> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(ScenarioError::Read { name, reason: error.to_string() }),
    }
}

/// Parses YAML; an error names the file, the line and the key.
pub(crate) fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, ScenarioError> {
    // The default budget guards against hostile files; a generated account of 100,000 instances is just large.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 50_000_000,
            max_nodes: 50_000_000,
            max_total_scalar_bytes: 1 << 30,
        },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let error = error.without_snippet();
        let line = error.location().map_or(0, |location| location.line());
        ScenarioError::At { name: name.to_owned(), line, reason: reason(&error.to_string()) }
    })
}

/// The parser's text without its place, which stands in front already, and with its "field" called a key.
fn reason(text: &str) -> String {
    let text = text.split(" at line ").next().unwrap_or(text);
    let text = text.split(", line ").next().unwrap_or(text);
    text.replace("unknown field", "unknown key").replace("missing field", "missing key")
}

impl Scenario {
    /// Reads a scenario; `name` is the file's name, for messages.
    pub fn from_yaml(name: &str, text: &str) -> Result<Self, ScenarioError> {
        let scenario = Self { name: name.to_owned(), spec: parse(name, text)? };
        // Names that lead nowhere are found by building it once.
        scenario.build(&Clock::new())?;
        Ok(scenario)
    }

    /// Reads a scenario from a file.
    pub fn from_file(path: &Path) -> Result<Self, ScenarioError> {
        let (name, text) = read(path)?;
        Self::from_yaml(&name, &text)
    }

    /// The embedded account that shows every kind of decision of a mirroring tool.
    pub fn demo() -> Self {
        let text = include_str!("../scenarios/demo.yaml");
        Self::from_yaml("demo.yaml", text).expect("the embedded scenario is checked by a test")
    }

    /// The embedded account to begin with: instances, an appliance, and nothing that has to do with mirroring.
    pub fn starter() -> Self {
        let text = include_str!("../scenarios/starter.yaml");
        Self::from_yaml("starter.yaml", text).expect("the embedded scenario is checked by a test")
    }

    /// The embedded account of that name.
    pub fn embedded(name: &str) -> Option<Self> {
        match name {
            "demo" => Some(Self::demo()),
            "starter" => Some(Self::starter()),
            _ => None,
        }
    }

    /// An account of any size.
    pub fn generate(settings: &Generate) -> Self {
        Self { name: "generated".to_owned(), spec: generate::spec(settings) }
    }

    /// The scenario as YAML.
    pub fn to_yaml(&self) -> Result<String, ScenarioError> {
        serde_saphyr::to_string(&self.spec).map_err(|error| ScenarioError::Read {
            name: self.name.clone(),
            reason: error.to_string(),
        })
    }

    /// The switches that the scenario itself asks for, in its `switches` section.
    pub fn switches(&self) -> Option<&Switches> {
        self.spec.switches.as_ref()
    }

    /// The account's id.
    pub fn account(&self) -> &str {
        &self.spec.account
    }

    /// The regions that the scenario describes, in order.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.spec.regions.keys().map(String::as_str)
    }

    pub(crate) fn build(&self, clock: &Clock) -> Result<Account, ScenarioError> {
        let mut account = Account::new(&self.spec.account, clock);
        if let Some(spec) = &self.spec.organization {
            let organization = organization::organization(spec, &account.id);
            account.organization = Some(organization.map_err(|problem| ScenarioError::At {
                name: self.name.clone(),
                line: problem.line,
                reason: problem.reason,
            })?);
        }
        for (name, region) in &self.spec.regions {
            let world = account.region(name);
            world.quotas = self.spec.quotas.clone().unwrap_or_default();
            build::region(world, region).map_err(|problem| ScenarioError::At {
                name: self.name.clone(),
                line: problem.line,
                reason: format!("{name}: {}", problem.reason),
            })?;
        }
        Ok(account)
    }
}
