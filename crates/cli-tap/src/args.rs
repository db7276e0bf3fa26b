//! The command line: what may be typed, and what it means as settings of the core.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use clap::builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser};
use cli_common::errors::Fault;
use cli_common::options::CommonArgs;
use cli_common::program::Arguments;
use cli_common::span;
use cli_common::wanted::WantedArgs;
use tap_core::aws::Manners;
use tap_core::ids::{InstanceId, VpcId};
use tap_core::inventory::Narrow;
use tap_core::pace::{Bucket, Limits};
use tap_core::settings::{MAX_APPLIANCES, Policy, Settings};
use tap_core::stop::StopSignal;

use crate::command::Command;

/// EC2's documented buckets hold so many seconds' worth of calls (docs/aws.md 6.1).
const SECONDS_OF_BURST: f64 = 10.0;

/// No bucket takes longer to fill, seconds.
const LONGEST_BURST: f64 = 3600.0;

/// As many appliances as the core launches where nobody says otherwise.
const DEFAULT_APPLIANCES: u16 = {
    assert!(MAX_APPLIANCES <= 1000);
    MAX_APPLIANCES as u16
};

const EXAMPLES: &str = "\
Examples:
  session_mirror_tap --simulate --dry-run        Look at a plan, with no AWS account at all
  session_mirror_tap --dry-run                   What would be done here, and what it would cost
  session_mirror_tap                             Make it so
  session_mirror_tap --region all -q             From cron: every region, errors only in the log
  session_mirror_tap --instance-id i-0a1b2c3d    Heal just this one after a launch
  session_mirror_tap --dry-run --detailed-exitcode || alert    Watch for drift
  session_mirror_tap --rules rules/              By rules too: rules/us-east-1.yaml and so on
  session_mirror_tap --filter-profile all-tcp    TCP only, where no tag of a VPC says otherwise
  session_mirror_tap --custom-filter web.yaml --filter-profile custom:web    What web.yaml says
  session_mirror_tap rules check rules/          Look for mistakes in them, without AWS
  session_mirror_tap appliances prune            Remove appliances that nothing is mirrored to

Exit codes:
  0   done; with --dry-run, printed
  1   could not start or could not read: nothing was changed
  2   with --dry-run --detailed-exitcode: there is something to do
  3   applied, but something failed or was left alone because of an error in its configuration
  4   refused by a guard: nothing was changed
  64  wrong command line";

/// Keeps the VPC Traffic Mirroring sessions of an AWS account as its tags say
///
/// Reads the tagged VPCs and instances of an account and region, works out which network interfaces must be mirrored, and
/// creates, repairs and removes traffic mirror sessions accordingly. A second run changes nothing. Sessions that it did not
/// create itself are never touched.
#[derive(Debug, Clone, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Args {
    /// Something else than a run.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Print what would be done, and change nothing
    #[arg(long, env = "SESSION_MIRROR_DRY_RUN", value_parser = BoolishValueParser::new())]
    pub(crate) dry_run: bool,

    /// With --dry-run: exit 2 if there is something to do
    #[arg(long, requires = "dry_run")]
    pub(crate) detailed_exitcode: bool,

    /// Only these VPCs: repeat it, or give a comma list
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = VpcId::typed)]
    #[arg(env = "SESSION_MIRROR_VPC_ID")]
    pub(crate) vpc_id: Vec<VpcId>,

    /// Only these instances: repeat it, or give a comma list
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = InstanceId::typed)]
    #[arg(env = "SESSION_MIRROR_INSTANCE_ID")]
    pub(crate) instance_id: Vec<InstanceId>,

    /// What may be done: sync creates, repairs and removes, upsert-only removes nothing, create-only only creates,
    /// repair-only creates nothing
    #[arg(long, value_name = "POLICY", value_parser = policy(), default_value_t = Policy::Sync)]
    #[arg(env = "SESSION_MIRROR_POLICY")]
    pub(crate) policy: Policy,

    /// Go on even if more than half of the sessions, and at least ten, would be removed
    #[arg(long)]
    pub(crate) allow_mass_delete: bool,

    /// What sessions are to be like.
    #[command(flatten)]
    pub(crate) wanted: WantedArgs,

    /// Changes under way at once, per region
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    #[arg(default_value_t = 8)]
    #[arg(env = "SESSION_MIRROR_CONCURRENCY", help_heading = "Run options")]
    pub(crate) concurrency: u16,

    /// Appliances that may be launched for rules that ask for them, in all regions together; 0 launches none
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(..=1000))]
    #[arg(default_value_t = DEFAULT_APPLIANCES)]
    #[arg(env = "SESSION_MIRROR_MAX_APPLIANCES", help_heading = "Run options")]
    pub(crate) max_appliances: u16,

    /// Percent of EC2's request limits to use, 1 to 100; with less than 100 the rest is left to others
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    #[arg(default_value_t = 100)]
    #[arg(env = "SESSION_MIRROR_API_SHARE", help_heading = "Run options")]
    pub(crate) api_share: u8,

    /// Changes of a kind per second that EC2 allows this account, where that is known, and how many at once
    ///
    /// As RATE or RATE:BURST; without BURST ten seconds' worth, as EC2's own limits are. Default: as fast as EC2 lets it, which
    /// the run finds out by itself.
    #[arg(long, value_name = "RATE[:BURST]", value_parser = bucket)]
    #[arg(env = "SESSION_MIRROR_MAX_RATE", help_heading = "Run options")]
    pub(crate) max_rate: Option<Bucket>,

    /// Time for one answer from AWS, after which the call is sent again
    #[arg(long, value_name = "TIME", value_parser = span::parse, default_value = "30s")]
    #[arg(env = "SESSION_MIRROR_CALL_TIMEOUT", help_heading = "Run options")]
    pub(crate) call_timeout: Duration,

    /// Time for the whole run, as 90s, 15m or 1h30m; when it is over no new change is started, and regions that are
    /// still being read are given up
    #[arg(long, value_name = "TIME", value_parser = span::parse, default_value = "15m")]
    #[arg(env = "SESSION_MIRROR_TIMEOUT", help_heading = "Run options")]
    pub(crate) timeout: Duration,

    /// End at once if another run holds this file, which the operating system lets go when that run ends
    #[arg(long, value_name = "PATH")]
    #[arg(env = "SESSION_MIRROR_LOCK_FILE", help_heading = "Run options")]
    pub(crate) lock_file: Option<PathBuf>,

    /// Write what became of the run to this file, in Prometheus's text format
    #[arg(long, value_name = "PATH")]
    #[arg(env = "SESSION_MIRROR_METRICS_FILE", help_heading = "Run options")]
    pub(crate) metrics_file: Option<PathBuf>,

    /// Work on a simulated account inside this process, instead of AWS: a scenario file, or a small demonstration
    #[arg(long, value_name = "SCENARIO", num_args = 0..=1)]
    #[arg(conflicts_with_all = ["profile", "endpoint_url"], help_heading = "Run options")]
    pub(crate) simulate: Option<Option<PathBuf>>,

    /// What every Session Mirror binary has.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Reads `RATE` or `RATE:BURST`.
fn bucket(text: &str) -> Result<Bucket, String> {
    let wrong = || "expected calls per second, as 20, or with a burst, as 20:200".to_owned();
    let (rate, burst) = match text.split_once(':') {
        Some((rate, burst)) => (rate, Some(burst)),
        None => (text, None),
    };
    let positive = |text: &str| match text.parse::<f64>() {
        Ok(number) if (0.01..=10_000.0).contains(&number) => Ok(number),
        Ok(_) | Err(_) => Err(wrong()),
    };
    let rate = positive(rate)?;
    let burst = match burst {
        Some(burst) => f64::from(burst.parse::<NonZeroU32>().map_err(|_| wrong())?.get()),
        None => (rate * SECONDS_OF_BURST).max(1.0),
    };
    if burst > rate * LONGEST_BURST {
        return Err("expected a burst of at most an hour's worth of calls".to_owned());
    }
    Ok(Bucket { burst, rate })
}

fn policy() -> impl TypedValueParser<Value = Policy> {
    PossibleValuesParser::new(Policy::ALL.map(Policy::as_str)).map(|word| {
        let named = Policy::ALL.into_iter().find(|policy| policy.as_str() == word);
        named.expect("the parser lets only these words through")
    })
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        match &self.command {
            Some(Command::Appliances(what)) => &what.place().common,
            Some(Command::Rules(_)) | None => &self.common,
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.command.is_some() {
            return Ok(());
        }
        if self.lock_file.is_some() && self.lock_file == self.metrics_file {
            return Err("--lock-file and --metrics-file need a file each".to_owned());
        }
        self.wanted.check(&self.common)
    }
}

impl Args {
    /// The part of the account that the run is about.
    pub(crate) fn narrow(&self) -> Narrow {
        Narrow {
            vpcs: self.vpc_id.iter().cloned().collect(),
            instances: self.instance_id.iter().cloned().collect(),
        }
    }

    /// How calls are sent.
    pub(crate) fn manners(&self, stop: StopSignal) -> Manners {
        Manners {
            limits: Limits { share: f64::from(self.api_share) / 100.0, changes: self.max_rate },
            // What ends a call's patience is the end of the run.
            patience: self.timeout,
            answer_time: self.call_timeout,
            stop,
        }
    }

    /// The settings of the planner, without what is in files.
    pub(crate) fn settings(&self) -> Settings {
        self.in_full(self.wanted.settings(&self.common))
    }

    /// The settings of the planner, but for the rules, which are each region's own.
    ///
    /// # Errors
    /// A [`Fault`] that names the file that cannot be used, and the line.
    pub(crate) fn settings_with_files(&self) -> Result<Settings, Fault> {
        Ok(self.in_full(self.wanted.settings_with_files(&self.common)?))
    }

    fn in_full(&self, settings: Settings) -> Settings {
        Settings {
            policy: self.policy,
            allow_mass_delete: self.allow_mass_delete,
            max_appliances: self.max_appliances.into(),
            ..settings
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use cli_common::exit::{Exit, of_clap};

    use tap_core::policy::profile::Profile;
    use tap_core::settings::FilterChoice;

    use super::*;

    fn read(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(std::iter::once("x").chain(line.split_whitespace()))
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn an_empty_command_line_is_a_whole_run() {
        let args = read("").unwrap();
        assert_eq!(args.settings(), Settings::default());
        assert!(args.narrow().is_whole());
        assert_eq!((args.concurrency, args.timeout), (8, Duration::from_secs(900)));
        assert!(!args.dry_run && args.simulate.is_none());
    }

    #[test]
    fn every_flag_reaches_the_settings() {
        let args = read(
            "--vpc-id vpc-1,vpc-2 --vpc-id vpc-3 --instance-id i-1 --policy create-only --allow-mass-delete \
             --filter-id tmf-1 --packet-length 100 --session-number 7 --virtual-network-id 9 --price-per-hour 0.5 \
             --filter-profile dns-only --vendor Acme --concurrency 3 --timeout 90s --max-appliances 0 --simulate",
        )
        .unwrap();
        let settings = args.settings();
        let expected = Settings {
            keys: tap_core::tags::TagKeys::of_vendor("Acme"),
            filter: FilterChoice::Pinned("tmf-1".into()),
            profile: Profile::DnsOnly,
            policy: Policy::CreateOnly,
            allow_mass_delete: true,
            packet_length: Some(100),
            vni: Some(9),
            session_number: Some(7),
            price_per_hour: 0.5,
            max_appliances: 0,
            ..Settings::default()
        };
        assert_eq!(settings, expected);
        assert_eq!(args.narrow().vpcs.len(), 3);
        assert_eq!(args.narrow().instances.len(), 1);
        assert_eq!((args.concurrency, args.timeout), (3, Duration::from_secs(90)));
        assert_eq!(args.simulate, Some(None));
    }

    #[test]
    fn a_rate_has_a_burst() {
        let rate = |line: &str| read(line).unwrap().max_rate;
        assert_eq!(rate(""), None);
        assert_eq!(rate("--max-rate 100"), Some(Bucket { burst: 1000.0, rate: 100.0 }));
        assert_eq!(rate("--max-rate 0.05"), Some(Bucket { burst: 1.0, rate: 0.05 }));
        assert_eq!(rate("--max-rate 2:1"), Some(Bucket { burst: 1.0, rate: 2.0 }));
        let manners = read("--max-rate 2:1 --api-share 50 --timeout 90s --call-timeout 5s")
            .unwrap()
            .manners(tap_core::stop::Stopper::new().1);
        let changes = Some(Bucket { burst: 1.0, rate: 2.0 });
        assert_eq!(manners.limits, Limits { share: 0.5, changes });
        assert_eq!(manners.patience, Duration::from_secs(90));
        assert_eq!(manners.answer_time, Duration::from_secs(5));
    }

    #[test]
    fn a_scenario_may_be_named() {
        let args = read("--simulate mine.yaml --dry-run").unwrap();
        assert_eq!(args.simulate, Some(Some("mine.yaml".into())));
        assert_eq!(read("--simulate --dry-run").unwrap().simulate, Some(None));
    }

    #[test]
    fn wrong_values_are_usage_errors_that_name_flag_and_value() {
        for (line, words) in [
            ("--session-number 0", ["--session-number", "1..=32766"]),
            ("--session-number 32767", ["--session-number", "1..=32766"]),
            ("--packet-length 8501", ["--packet-length", "1..=8500"]),
            ("--virtual-network-id 16777216", ["--virtual-network-id", "1..=16777215"]),
            ("--vpc-id banana", ["--vpc-id", "`banana` is not a VPC id"]),
            ("--instance-id i-1,vpc-1", ["--instance-id", "`vpc-1` is not an instance id"]),
            ("--policy synch", ["--policy", "upsert-only"]),
            ("--filter-profile tcp", ["--filter-profile", "alb-target or custom:NAME"]),
            ("--filter-profile custom:", ["--filter-profile", "all-tcp"]),
            ("--timeout 15", ["--timeout", "90s"]),
            ("--max-appliances 1001", ["--max-appliances", "..=1000"]),
            ("--concurrency 0", ["--concurrency", "1..=256"]),
            ("--api-share 0", ["--api-share", "1..=100"]),
            ("--api-share 101", ["--api-share", "1..=100"]),
            ("--max-rate 0", ["--max-rate", "20:200"]),
            ("--max-rate fast", ["--max-rate", "20:200"]),
            ("--max-rate 5:0", ["--max-rate", "20:200"]),
            ("--max-rate NaN", ["--max-rate", "20:200"]),
            ("--max-rate 0.01:1000", ["--max-rate", "an hour's worth"]),
            ("--call-timeout 0s", ["--call-timeout", "90s"]),
            ("--price-per-hour -1", ["--price-per-hour", "-1"]),
            ("--price-per-hour NaN", ["--price-per-hour", "0.015"]),
            ("--detailed-exitcode", ["--dry-run", "required"]),
            ("--simulate --profile p", ["--simulate", "--profile"]),
            ("--dryrun", ["--dryrun", "--dry-run"]),
        ] {
            let error = read(line).unwrap_err();
            assert_eq!(of_clap(&error), Exit::Usage, "{line}");
            let text = error.to_string();
            assert!(words.iter().all(|word| text.contains(word)), "{line}: {text}");
        }
    }

    #[test]
    fn lock_and_metrics_have_a_file_each() {
        let check = |line: &str| read(line).unwrap().check();
        assert!(check("--lock-file /run/a --metrics-file /run/b").is_ok());
        assert!(check("--lock-file /run/a --metrics-file /run/a").is_err());
    }

    #[test]
    fn a_filter_belongs_to_one_region() {
        let check = |line: &str| read(line).unwrap().check();
        assert!(check("--filter-id tmf-1 --region eu-west-1").is_ok());
        assert!(check("--filter-id tmf-1 --region eu-west-1,eu-west-2").is_err());
        assert!(check("--filter-id tmf-1 --region all").is_err());
    }
}
