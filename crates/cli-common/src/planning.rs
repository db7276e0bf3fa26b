//! The options of every program that asks the planner something, so that all of them see the same account.

use std::path::PathBuf;

use clap::Args;
use tap_core::instance_types::InstanceTypes;
use tap_core::settings::PRICE_PER_HOUR;

use crate::errors::Fault;

/// The list of instance types that can be mirrored.
#[derive(Debug, Clone, Args)]
pub struct InstanceTypesArgs {
    /// List of instance types that can be mirrored, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    #[arg(env = "SESSION_MIRROR_INSTANCE_TYPES", help_heading = "Planning options")]
    pub instance_types: Option<PathBuf>,
}

/// What the planner has to know that is not in the account.
#[derive(Debug, Clone, Args)]
pub struct PlanningArgs {
    /// Which instances can be mirrored.
    #[command(flatten)]
    pub instance_types: InstanceTypesArgs,

    /// USD per session and hour, for the cost that is shown
    #[arg(long, value_name = "USD", value_parser = price, default_value_t = PRICE_PER_HOUR)]
    #[arg(allow_negative_numbers = true)]
    #[arg(env = "SESSION_MIRROR_PRICE_PER_HOUR", help_heading = "Planning options")]
    pub price_per_hour: f64,
}

fn price(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(price) if (0.0..=1000.0).contains(&price) => Ok(price),
        _ => Err("expected USD per hour, such as 0.015".to_owned()),
    }
}

impl PlanningArgs {
    /// The list of instance types, as [`InstanceTypesArgs::types`].
    ///
    /// # Errors
    /// A [`Fault`] that names file and line.
    pub fn types(&self) -> Result<InstanceTypes, Fault> {
        self.instance_types.types()
    }
}

impl InstanceTypesArgs {
    /// The list of instance types: that of `--instance-types`, else the built-in one.
    ///
    /// # Errors
    /// A [`Fault`] that names file and line.
    pub fn types(&self) -> Result<InstanceTypes, Fault> {
        let Some(path) = &self.instance_types else {
            return Ok(InstanceTypes::default());
        };
        let name = path.display();
        let hint =
            "give a TOML file in the form of the built-in list, or leave --instance-types out";
        let fault = |what: String| Fault::new("instance-types", what, hint);
        let text =
            std::fs::read_to_string(path).map_err(|e| fault(format!("cannot read {name}: {e}")))?;
        InstanceTypes::from_toml(&text).map_err(|e| {
            let before = e.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let what = e.message();
            fault(format!("the list of instance types cannot be used: {name}:{line}: {what}"))
        })
    }
}
