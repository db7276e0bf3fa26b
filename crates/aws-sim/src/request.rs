//! One request with its parameters, and typed ways to read them.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::error::{Answer, ApiError};
use crate::ids::stable_hash;
use crate::model::Tags;
use crate::wire::Service;

/// A decoded request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) service: Service,
    pub(crate) region: String,
    pub(crate) access_key: Option<String>,
    pub(crate) action: String,
    pub(crate) params: BTreeMap<String, String>,
    /// Whether the body could not be read.
    pub(crate) broken: bool,
}

/// The parameters below one prefix, as those of `Filter.2.`.
#[derive(Debug, Clone)]
pub(crate) struct Sub<'a> {
    request: &'a Request,
    prefix: String,
}

impl Request {
    pub(crate) fn new(
        service: Service,
        region: String,
        access_key: Option<String>,
        mut form: BTreeMap<String, String>,
    ) -> Self {
        let action = form.remove("Action").unwrap_or_default();
        form.remove("Version");
        Self { service, region, access_key, action, params: form, broken: false }
    }

    pub(crate) fn str(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }

    pub(crate) fn need(&self, name: &str) -> Answer<&str> {
        self.str(name).filter(|v| !v.is_empty()).ok_or_else(|| self.missing(name))
    }

    /// The query services have another code for what is missing.
    fn missing(&self, name: &str) -> ApiError {
        match self.service {
            Service::Ec2 => ApiError::missing(name),
            Service::Organizations => {
                let text = format!("The member {name} is missing.");
                ApiError::bad("InvalidInputException", text).because("INPUT_REQUIRED")
            }
            Service::Elb | Service::Sts => ApiError::bad(
                "ValidationError",
                format!(
                    "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
                ),
            ),
        }
    }

    /// The error for a value that makes no sense, in the service's words.
    pub(crate) fn invalid(&self, text: impl Into<String>) -> ApiError {
        match self.service {
            Service::Ec2 => ApiError::value(text),
            Service::Elb | Service::Sts => ApiError::bad("ValidationError", text),
            Service::Organizations => ApiError::bad("InvalidInputException", text),
        }
    }

    pub(crate) fn number<N: FromStr>(&self, name: &str) -> Answer<Option<N>> {
        let Some(text) = self.str(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            self.invalid(format!(
                "Value ({text}) for parameter {name} is invalid. Expecting an integer"
            ))
        })
    }

    pub(crate) fn flag(&self, name: &str) -> Answer<bool> {
        match self.str(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(ApiError::value(format!(
                "Value ({other}) for parameter {name} is invalid. Must be true or false"
            ))),
        }
    }

    /// `Name.1`, `Name.2`, .. in the order of their numbers.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.numbers(name)
            .into_iter()
            .filter_map(|n| self.str(&format!("{name}.{n}")).map(str::to_owned))
            .collect()
    }

    /// The structures `Name.1.*`, `Name.2.*`, ..
    pub(crate) fn structs(&self, name: &str) -> Vec<Sub<'_>> {
        self.numbers(name)
            .into_iter()
            .map(|n| Sub { request: self, prefix: format!("{name}.{n}") })
            .collect()
    }

    fn numbers(&self, name: &str) -> Vec<u32> {
        let prefix = format!("{name}.");
        let mut found: Vec<u32> = self
            .params
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.starts_with(&prefix))
            .filter_map(|(key, _)| key[prefix.len()..].split('.').next()?.parse().ok())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// A hash of what is asked for, without the parameters that may differ between pages or tries.
    pub(crate) fn fingerprint(&self, without: &[&str]) -> u64 {
        let mut text = format!("{:?}\n{}\n", self.service, self.action);
        for (key, value) in &self.params {
            if !without.contains(&key.as_str()) {
                text.push_str(key);
                text.push('\u{1}');
                text.push_str(value);
                text.push('\n');
            }
        }
        stable_hash(text.as_bytes())
    }
}

impl Sub<'_> {
    pub(crate) fn str(&self, name: &str) -> Option<&str> {
        self.request.str(&format!("{}.{name}", self.prefix))
    }

    pub(crate) fn number<N: FromStr>(&self, name: &str) -> Answer<Option<N>> {
        self.request.number(&format!("{}.{name}", self.prefix))
    }

    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.request.list(&format!("{}.{name}", self.prefix))
    }

    pub(crate) fn structs(&self, name: &str) -> Vec<Self> {
        self.request
            .structs(&format!("{}.{name}", self.prefix))
            .into_iter()
            .map(|s| Self { request: self.request, prefix: s.prefix })
            .collect()
    }

    pub(crate) fn need(&self, name: &str) -> Answer<&str> {
        let full = format!("{}.{name}", self.prefix);
        self.str(name).ok_or_else(|| self.request.missing(&full))
    }
}

/// Key and value pairs of a list of tags; a missing value is empty.
pub(crate) fn read_tags(entries: &[Sub<'_>]) -> Answer<Tags> {
    let mut tags = Tags::new();
    for entry in entries {
        let key = entry.need("Key")?.to_owned();
        let value = entry.str("Value").unwrap_or_default().to_owned();
        if tags.insert(key.clone(), value).is_some() {
            return Err(ApiError::value(format!("Duplicate tag key '{key}' specified.")));
        }
    }
    Ok(tags)
}
