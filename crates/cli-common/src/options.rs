//! The options that every Session Mirror binary has.

use clap::{Args, ValueEnum};
use tap_core::aws::AwsOptions;
use tap_core::ids::{MalformedId, Region};
use tap_core::tags::{DEFAULT_VENDOR, TagKeys};

use crate::generate::Generate;
use crate::logging::{LogFormat, Verbosity};

/// AWS's limit for a tag key, less the longest of what follows the prefix.
const LONGEST_VENDOR: usize = 128 - ":session_mirroring_filter_profile".len();

/// How results are written to stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Table,
    /// For programs: one document with a stable schema.
    Json,
}

/// One value of `--region`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionArg {
    /// Every region that is enabled for the account.
    All,
    /// This one.
    Named(Region),
}

fn region(text: &str) -> Result<RegionArg, MalformedId> {
    match text {
        "all" => Ok(RegionArg::All),
        name => Region::typed(name).map(RegionArg::Named),
    }
}

fn vendor(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_alphanumeric() || " +-=._:/@".contains(c);
    if text.is_empty() || text.len() > LONGEST_VENDOR {
        Err(format!("expected 1 to {LONGEST_VENDOR} characters"))
    } else if !text.chars().all(allowed) || text.to_lowercase().starts_with("aws:") {
        Err("expected letters, digits and + - = . _ : / @, not beginning with aws:".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// The options that every Session Mirror binary has. Those of its output may stand behind a subcommand as well.
#[derive(Debug, Clone, Args)]
pub struct CommonArgs {
    /// Region to work in: repeat it, give a comma list, or `all`
    ///
    /// Default: AWS_REGION, then the profile's region, then the instance's metadata.
    #[arg(long, value_name = "REGION", value_delimiter = ',', value_parser = region)]
    #[arg(env = "SESSION_MIRROR_REGION", help_heading = "AWS options")]
    pub region: Vec<RegionArg>,

    /// Profile of the AWS configuration files to use
    #[arg(long, value_name = "NAME")]
    #[arg(env = "SESSION_MIRROR_PROFILE", help_heading = "AWS options")]
    pub profile: Option<String>,

    /// Endpoint for every AWS service, instead of AWS's own
    #[arg(long, value_name = "URL", value_parser = url)]
    #[arg(env = "SESSION_MIRROR_ENDPOINT_URL", help_heading = "AWS options")]
    pub endpoint_url: Option<String>,

    /// Prefix of the tag keys, and of the tag that marks sessions as ours
    #[arg(long, value_name = "PREFIX", default_value = DEFAULT_VENDOR, value_parser = vendor)]
    #[arg(env = "SESSION_MIRROR_VENDOR", help_heading = "AWS options")]
    pub vendor: String,

    /// How to print the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    #[arg(global = true, env = "SESSION_MIRROR_OUTPUT", help_heading = "Output options")]
    pub output: Output,

    /// Show every detail, and log what is done
    #[arg(long, short, global = true)]
    #[arg(conflicts_with = "quiet", help_heading = "Output options")]
    pub verbose: bool,

    /// Log errors only
    #[arg(long, short, global = true, help_heading = "Output options")]
    pub quiet: bool,

    /// How to log to stderr
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    #[arg(global = true, env = "SESSION_MIRROR_LOG_FORMAT", help_heading = "Output options")]
    pub log_format: LogFormat,

    /// Print the man page, or completions for a shell
    #[arg(long, value_name = "WHAT", value_enum, hide = true)]
    pub generate: Option<Generate>,
}

fn url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        _ => Err("expected http://HOST or https://HOST".to_owned()),
    }
}

impl CommonArgs {
    /// How to reach AWS.
    pub fn aws(&self) -> AwsOptions {
        AwsOptions {
            profile: self.profile.clone(),
            endpoint_url: self.endpoint_url.clone(),
            region: self.region.iter().find_map(|region| match region {
                RegionArg::Named(name) => Some(name.clone()),
                RegionArg::All => None,
            }),
        }
    }

    /// Whether more than one region is asked for.
    pub fn several_regions(&self) -> bool {
        let first = self.region.first();
        self.region.contains(&RegionArg::All) || self.region.iter().any(|r| Some(r) != first)
    }

    /// The tag keys of the vendor.
    pub fn keys(&self) -> TagKeys {
        TagKeys::of_vendor(&self.vendor)
    }

    /// How much is logged.
    pub fn verbosity(&self) -> Verbosity {
        match (self.verbose, self.quiet) {
            (true, _) => Verbosity::Verbose,
            (_, true) => Verbosity::Quiet,
            (false, false) => Verbosity::Normal,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        common: CommonArgs,
    }

    fn read(args: &[&str]) -> Result<CommonArgs, clap::Error> {
        Cli::try_parse_from(std::iter::once("x").chain(args.iter().copied())).map(|c| c.common)
    }

    #[test]
    fn regions_as_list_repeated_and_all() {
        let named = |name: &str| RegionArg::Named(name.into());
        let args = read(&["--region", "eu-west-1,us-east-1", "--region", "all"]).unwrap();
        assert_eq!(args.region, [named("eu-west-1"), named("us-east-1"), RegionArg::All]);
        assert_eq!(args.aws().region, Some("eu-west-1".into()));
        assert!(args.several_regions());
        assert!(!read(&["--region", "eu-west-1,eu-west-1"]).unwrap().several_regions());
        assert!(read(&["--region", "all"]).unwrap().several_regions());
        let error = read(&["--region", "europe"]).unwrap_err().to_string();
        assert!(error.contains("`europe` is not a region id"), "{error}");
    }

    #[test]
    fn a_vendor_must_be_able_to_begin_a_tag_key() {
        assert_eq!(read(&["--vendor", "Acme"]).unwrap().keys().creator, "Acme:Tap");
        for bad in ["", "aws:x", "a\nb", &"x".repeat(LONGEST_VENDOR + 1)] {
            assert!(read(&["--vendor", bad]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_endpoint_is_a_url() {
        assert!(read(&["--endpoint-url", "http://127.0.0.1:4566"]).is_ok());
        for bad in ["127.0.0.1:4566", "http://", "ftp://x"] {
            assert!(read(&["--endpoint-url", bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn loud_and_quiet_exclude_each_other() {
        assert_eq!(read(&["-v"]).unwrap().verbosity(), Verbosity::Verbose);
        assert_eq!(read(&["-q"]).unwrap().verbosity(), Verbosity::Quiet);
        assert!(read(&["-v", "-q"]).is_err());
    }
}
