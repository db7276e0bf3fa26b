//! The command line.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use cli_common::options::CommonArgs;
use cli_common::program::Arguments;
use cli_common::span;
use cli_common::wanted::WantedArgs;
use tap_audit::finding::FindingCode;
use tap_audit::look::{Expectations, Mute, OWNER_TAGS};
use tap_audit::severity::Severity;
use tap_core::ids::{AccountId, VpcId};
use tap_core::inventory::Narrow;

use crate::explain::Explain;
use crate::export::Export;

const EXAMPLES: &str = "\
Examples:
  session_mirror_audit                                     What is mirrored here, what is not, and what is wrong
  session_mirror_audit --region all                        In every region of the account
  session_mirror_audit --region all --html report.html     The same as a page to hand on
  session_mirror_audit --region all --fail-on high -q      From a pipeline: exit 3 if something grave is found
  session_mirror_audit explain i-0a1b2c3d                  Why this instance is, or is not, mirrored
  session_mirror_audit export --format terraform > mirror.tf    What should be there, as code

Exit codes:
  0   done: printed
  1   a region, or anything at all, could not be read
  3   something is found at or above --fail-on
  4   only export: it would be refused, as a run would be
  64  wrong command line";

/// Says what is mirrored and what is not, why not, whether the traffic arrives, what it costs, and what would put it right
///
/// Reads an account and region, and never writes. What it is not allowed to read is named, and every answer that needs it is
/// "cannot tell".
#[derive(Debug, Clone, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Args {
    /// Something else than an audit.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// The VPCs that it is about.
    #[command(flatten)]
    pub(crate) vpcs: Vpcs,

    /// Where to look, and what should be there.
    #[command(flatten)]
    pub(crate) place: Place,

    /// Exit 3 if something is found at or above this severity
    #[arg(long, value_name = "SEVERITY", value_parser = severity())]
    #[arg(env = "SESSION_MIRROR_FAIL_ON", help_heading = "Judging options")]
    pub(crate) fail_on: Option<Severity>,

    /// What is held to be right.
    #[command(flatten)]
    pub(crate) judging: Judging,

    /// Write the report as one HTML page to this file, too
    #[arg(long, value_name = "FILE", value_parser = file, env = "SESSION_MIRROR_HTML", help_heading = "Output options")]
    pub(crate) html: Option<PathBuf>,

    /// Write every interface as CSV to this file, too
    #[arg(long, value_name = "FILE", value_parser = file, env = "SESSION_MIRROR_CSV", help_heading = "Output options")]
    pub(crate) csv: Option<PathBuf>,

    /// Write the findings in AWS Security Hub's format (ASFF, JSON) to this file, too
    #[arg(long, value_name = "FILE", value_parser = file, env = "SESSION_MIRROR_ASFF", help_heading = "Output options")]
    pub(crate) asff: Option<PathBuf>,
}

/// What the program does beside auditing.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Write what should be there as CloudFormation, Terraform or calls of the aws CLI
    Export(Box<Export>),
    /// Say in a few sentences why something is, or is not, mirrored
    Explain(Box<Explain>),
}

/// What is held to be right, beside what the account says.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Judging {
    /// Finding that does not count for --fail-on, as CODE or CODE:ID; repeat it, or give a comma list
    #[arg(long, value_name = "CODE[:ID]", value_delimiter = ',', value_parser = mute)]
    #[arg(env = "SESSION_MIRROR_MUTE", help_heading = "Judging options")]
    pub(crate) mute: Vec<Mute>,

    /// Account that may receive mirrored traffic: repeat it, or give a comma list
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',', value_parser = account)]
    #[arg(env = "SESSION_MIRROR_TRUSTED_ACCOUNT", help_heading = "Judging options")]
    pub(crate) trusted_account: Vec<AccountId>,

    /// Tag key that says whose a session is; one of them is enough
    #[arg(long, value_name = "KEY", value_delimiter = ',', default_values = OWNER_TAGS)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    #[arg(env = "SESSION_MIRROR_OWNER_TAG", help_heading = "Judging options")]
    pub(crate) owner_tag: Vec<String>,
}

impl Judging {
    /// The same for the core.
    pub(crate) fn expectations(&self) -> Expectations {
        Expectations {
            owner_tags: self.owner_tag.clone(),
            trusted: self.trusted_account.iter().cloned().collect(),
            mutes: self.mute.clone(),
        }
    }
}

/// The VPCs that it is about.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Vpcs {
    /// Only these VPCs: repeat it, or give a comma list
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = VpcId::typed)]
    #[arg(env = "SESSION_MIRROR_VPC_ID")]
    pub(crate) vpc_id: Vec<VpcId>,
}

impl Vpcs {
    /// The part of the account that it is about.
    pub(crate) fn narrow(&self) -> Narrow {
        Narrow { vpcs: self.vpc_id.iter().cloned().collect(), ..Narrow::default() }
    }
}

/// Where to look, and what should be there.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    /// What sessions are to be like.
    #[command(flatten)]
    pub(crate) wanted: WantedArgs,

    /// Time for one answer from AWS, after which the call is sent again
    #[arg(long, value_name = "TIME", value_parser = span::parse, default_value = "30s")]
    #[arg(env = "SESSION_MIRROR_CALL_TIMEOUT", help_heading = "Run options")]
    pub(crate) call_timeout: Duration,

    /// What every Session Mirror binary has.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl Place {
    fn check(&self) -> Result<(), String> {
        self.wanted.check(&self.common)
    }
}

fn severity() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(["low", "medium", "high"]).map(|word| {
        let named = Severity::ALL.into_iter().find(|severity| severity.as_str() == word);
        named.expect("the parser lets only these words through")
    })
}

fn mute(text: &str) -> Result<Mute, String> {
    let (code, at) = match text.split_once(':') {
        Some((_, "")) => return Err("expected an id behind the colon".to_owned()),
        Some((code, at)) => (code, Some(at.to_owned())),
        None => (text, None),
    };
    let code = FindingCode::from_str(code)?;
    Ok(Mute { code, at })
}

fn file(text: &str) -> Result<PathBuf, String> {
    match text {
        "-" => Err("expected a file: what goes to stdout is the table, or JSON".to_owned()),
        _ => Ok(text.into()),
    }
}

fn account(text: &str) -> Result<AccountId, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.into())
    } else {
        Err("expected a twelve-digit account number".to_owned())
    }
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        match &self.command {
            Some(Command::Export(export)) => &export.place.common,
            Some(Command::Explain(explain)) => &explain.place.common,
            None => &self.place.common,
        }
    }

    fn check(&self) -> Result<(), String> {
        match &self.command {
            Some(Command::Export(export)) => {
                if export.place.common.several_regions() {
                    return Err("the code is of one region: pass one --region".to_owned());
                }
                export.place.check()
            }
            Some(Command::Explain(explain)) => explain.place.check(),
            None => {
                let files = [&self.html, &self.csv, &self.asff];
                let named: Vec<_> = files.into_iter().flatten().collect();
                let twice = named.iter().enumerate().any(|(n, path)| named[..n].contains(path));
                if twice {
                    return Err("--html, --csv and --asff need a file each".to_owned());
                }
                self.place.check()
            }
        }
    }
}
