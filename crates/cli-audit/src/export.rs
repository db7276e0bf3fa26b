//! `export`: what should be there, as code on stdout.

use anyhow::{Context as _, Result};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use cli_common::errors::Fault;
use cli_common::exit::Exit;
use cli_common::output;
use cli_common::program::Context;
use tap_audit::export::{ExportError, Format, To, export};
use tap_core::error::CloudError;
use tap_core::ids::{EniId, TargetId};
use tap_core::inventory::TargetKind;

use crate::args::{Place, Vpcs};
use crate::read::read;

const EXAMPLES: &str = "\
Examples:
  session_mirror_audit export --format terraform > mirror.tf                  What should be there in this region
  session_mirror_audit export --format cloudformation --vpc-id vpc-0a1b2c3d   One VPC as a template of what is missing
  session_mirror_audit export --format cli > mirror.sh                        What the next run would do, as a script
  session_mirror_audit export --format terraform --vpc-id vpc-0a1b2c3d --target eni-0a1b2c3d    As if it were enabled

The code goes to stdout, whatever --output says; what it leaves out is logged.

Exit codes: 0 written; 1 not everything could be read, or there is no code for it; 4 it would be refused, as a run would be;
64 wrong command line";

/// What `export` takes.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Export {
    /// How to write it: a CloudFormation template, a Terraform configuration, or a script of aws CLI calls
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    pub(crate) format: Format,

    /// Where VPCs that are not enabled are to be mirrored to: a target (tmt-…), or the interface (eni-…), load balancer (ARN)
    /// or endpoint (vpce-…) that becomes one
    #[arg(long, value_name = "ID", value_parser = to, requires = "vpc_id")]
    pub(crate) target: Option<To>,

    /// Write it even if more than half of the sessions, and at least ten, would be removed
    #[arg(long)]
    pub(crate) allow_mass_delete: bool,

    /// The VPCs that it is about.
    #[command(flatten)]
    pub(crate) vpcs: Vpcs,

    /// Where to look, and what should be there.
    #[command(flatten)]
    pub(crate) place: Place,
}

fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str)).map(|word| {
        let named = Format::ALL.into_iter().find(|format| format.as_str() == word);
        named.expect("the parser lets only these words through")
    })
}

fn to(text: &str) -> Result<To, String> {
    if text.starts_with("tmt-") {
        return TargetId::typed(text).map(To::Target).map_err(|error| error.to_string());
    }
    if text.starts_with("eni-") {
        let eni = EniId::typed(text).map_err(|error| error.to_string())?;
        return Ok(To::Kind(TargetKind::Eni(eni)));
    }
    if text.starts_with("arn:") && text.contains(":loadbalancer/net/") {
        return Ok(To::Kind(TargetKind::Nlb(text.to_owned())));
    }
    if text.starts_with("vpce-") {
        return Ok(To::Kind(TargetKind::GwlbEndpoint(text.to_owned())));
    }
    Err("expected tmt-…, eni-…, vpce-… or the ARN of a Network Load Balancer".to_owned())
}

/// Writes the code, and says on stderr what it leaves out.
pub(crate) async fn run(what: &Export, context: &Context) -> Result<Exit> {
    let account = read(&what.place, &what.vpcs.narrow(), context).await?;
    let Some(reading) = account.regions.into_iter().next() else {
        return Err(Fault::new("no-region", "no region is there to read", "pass --region").into());
    };
    let overview = reading.read?;
    // Half a picture would be code that removes, or doubles, what was not seen (ruling 10).
    if let Some(error) = refused(&overview.unread) {
        return Err(anyhow::Error::from(error).context("not everything could be read"));
    }
    let mut settings = reading.settings;
    settings.allow_mass_delete = what.allow_mass_delete;
    let (inv, run) = (&overview.inventory, context.run_id);
    let exported = match export(inv, &settings, what.target.as_ref(), what.format, run) {
        Ok(exported) => exported,
        Err(error) => return failed(error, what),
    };
    for sentence in &exported.left_out {
        tracing::warn!("not in the code: {sentence}");
    }
    output::stdout(&exported.text).context("cannot write to stdout")?;
    Ok(Exit::Done)
}

/// The first refusal of something that a plan stands on.
fn refused(
    unread: &std::collections::BTreeMap<tap_core::call::Call, CloudError>,
) -> Option<CloudError> {
    let needed = tap_audit::look::PLAN_CALLS.iter();
    needed.filter_map(|call| unread.get(call)).next().cloned()
}

fn failed(error: ExportError, what: &Export) -> Result<Exit> {
    let hint = match &error {
        // What the user named is said with what to do, as a run says it.
        ExportError::Plan(plan) => return Err(plan.clone().into()),
        ExportError::Refused(_) => {
            "look at `session_mirror_tap --dry-run` first; then pass --allow-mass-delete, if it is meant"
        }
        ExportError::Enabled(_) => {
            "leave --target out, or give them another with session_mirror_config_vpc"
        }
        ExportError::NoSuchTarget(_) => "check --target and --region",
        ExportError::TooMany(_) => "export fewer VPCs at a time, with --vpc-id",
        ExportError::Hcl(_) => "report this with the message",
    };
    let is_refused = matches!(error, ExportError::Refused(_));
    let fault = Fault::new("export", error.to_string(), hint);
    if is_refused {
        cli_common::errors::print(&fault, what.place.common.log_format);
        return Ok(Exit::Refused);
    }
    Err(fault.into())
}
