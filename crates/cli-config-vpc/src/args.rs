//! The command line: every question of the dialog has a flag that answers it.

use std::time::Duration;

use clap::Parser;
use clap::builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser};
use cli_common::options::CommonArgs;
use cli_common::planning::PlanningArgs;
use cli_common::profiles::{self, CustomFilterArgs};
use cli_common::program::Arguments;
use cli_common::span;
use tap_core::ids::{EniId, InstanceId, SubnetId, TargetId, VpcId};
use tap_core::policy::profile::Profile;
use tap_core::policy::vpc::{Capture, Enrollment};
use tap_core::settings::PACKET_LENGTHS;

const EXAMPLES: &str = "\
Examples:
  session_mirror_config_vpc                 Ask: which VPCs, which target, which instances
  session_mirror_config_vpc --list          Every VPC and every target, and nothing else
  session_mirror_config_vpc --vpc-id vpc-0a1b2c3d --target-id tmt-0a1b2c3d --yes
  session_mirror_config_vpc --vpc-id vpc-0a1b2c3d --enrollment whitelist --dry-run
  session_mirror_config_vpc --vpc-id vpc-0a1b2c3d --create-target new-nlb --health-check-port 22 \\
      --register i-0a1b2c3d --yes
  session_mirror_config_vpc --vpc-id vpc-0a1b2c3d --filter-profile all-tcp --packet-length 256 --yes
  session_mirror_config_vpc --vpc-id vpc-0a1b2c3d --disable --yes

Exit codes:
  0    done; with --dry-run or --list, printed
  1    could not start, read or write, or you said no: nothing was changed
  3    some of it was done: the same command goes on from there
  64   wrong command line, or a question without a terminal to ask it on
  130  interrupted while nothing was being written, or twice";

/// Says which VPCs are mirrored, to which target, and which of their instances
///
/// Shows the VPCs and traffic mirror targets of an account and region, asks what is to be watched and writes it into tags of the
/// VPCs. It can also make a target. `session_mirror_tap` does the rest on its next run. Every question can be answered by a flag;
/// without a terminal it asks nothing and says which flag is missing.
#[derive(Debug, Clone, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Args {
    /// Print every VPC and every target, and ask nothing
    #[arg(long, conflicts_with_all = ["vpc_id", "target_id", "create_target", "enrollment", "filter_profile", "packet_length", "disable"])]
    pub(crate) list: bool,

    /// VPC to configure: repeat it, or give a comma list
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = VpcId::typed)]
    pub(crate) vpc_id: Vec<VpcId>,

    /// Enable the VPCs with this traffic mirror target, their own or one that is shared with the account
    #[arg(long, value_name = "ID", value_parser = TargetId::typed)]
    pub(crate) target_id: Option<TargetId>,

    /// Enable the VPCs with a target that is found or made: eni=ID, nlb=ARN, gwlbe=ID, or new-nlb for a new internal Network
    /// Load Balancer
    #[arg(long, value_name = "WHAT", value_parser = create_target, conflicts_with = "target_id")]
    pub(crate) create_target: Option<CreateTarget>,

    /// Which instances of the VPCs are mirrored: auto is all but the blacklisted, whitelist is only the whitelisted
    #[arg(long, value_name = "WHICH", value_parser = enrollment())]
    pub(crate) enrollment: Option<Enrollment>,

    /// What of the VPCs' traffic is mirrored: all, all-tcp, dns-only, alb-client, alb-target or custom:NAME
    #[arg(long, value_name = "PROFILE", value_parser = profiles::profile)]
    pub(crate) filter_profile: Option<Profile>,

    /// Bytes to mirror of each packet of the VPCs, 1 to 8500
    #[arg(long, value_name = "BYTES", value_parser = packet_length())]
    pub(crate) packet_length: Option<i32>,

    /// Take the VPCs out of mirroring: the next run removes their sessions
    #[arg(long, conflicts_with_all = ["target_id", "create_target", "enrollment", "filter_profile", "packet_length"])]
    pub(crate) disable: bool,

    /// Answer yes to the last question
    #[arg(long, short, env = "SESSION_MIRROR_YES", value_parser = BoolishValueParser::new())]
    pub(crate) yes: bool,

    /// Print what would be written, and change nothing
    #[arg(long, env = "SESSION_MIRROR_DRY_RUN", value_parser = BoolishValueParser::new())]
    pub(crate) dry_run: bool,

    /// Subnet of the new load balancer, one per availability zone: repeat it, or give a comma list [default: one in each zone]
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = SubnetId::typed)]
    #[arg(help_heading = "New load balancer")]
    pub(crate) subnet_id: Vec<SubnetId>,

    /// TCP port on which the sensors answer the load balancer's health check
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(help_heading = "New load balancer")]
    pub(crate) health_check_port: Option<u16>,

    /// Instance to register as a sensor behind the new load balancer: repeat it, or give a comma list
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = InstanceId::typed)]
    #[arg(help_heading = "New load balancer")]
    pub(crate) register: Vec<InstanceId>,

    /// How long to wait until the load balancer is active, as 90s or 10m
    #[arg(long, value_name = "TIME", value_parser = span::parse, default_value = "10m")]
    #[arg(help_heading = "New load balancer")]
    pub(crate) wait: Duration,

    /// Profiles of the user's own.
    #[command(flatten)]
    pub(crate) custom_filters: CustomFilterArgs,

    /// What every program that plans has.
    #[command(flatten)]
    pub(crate) planning: PlanningArgs,

    /// What every Session Mirror binary has.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

impl Args {
    /// What the flags say of the packets.
    pub(crate) fn capture(&self) -> Capture {
        Capture { profile: self.filter_profile.clone(), packet_length: self.packet_length }
    }
}

/// From what a target is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CreateTarget {
    /// The interface of an appliance.
    Eni(EniId),
    /// A Network Load Balancer that is there, by its ARN.
    Nlb(String),
    /// A Gateway Load Balancer endpoint.
    Gwlbe(String),
    /// A new internal Network Load Balancer.
    NewNlb,
}

fn create_target(text: &str) -> Result<CreateTarget, String> {
    const FORMS: &str = "expected eni=eni-…, nlb=arn:…, gwlbe=vpce-… or new-nlb";
    match text.split_once('=') {
        None if text == "new-nlb" => Ok(CreateTarget::NewNlb),
        Some(("eni", id)) => {
            EniId::typed(id).map(CreateTarget::Eni).map_err(|error| error.to_string())
        }
        Some(("nlb", arn)) if arn.starts_with("arn:") => Ok(CreateTarget::Nlb(arn.to_owned())),
        Some(("gwlbe", id)) if id.len() > "vpce-".len() && id.starts_with("vpce-") => {
            Ok(CreateTarget::Gwlbe(id.to_owned()))
        }
        Some(_) | None => Err(FORMS.to_owned()),
    }
}

fn packet_length() -> clap::builder::RangedI64ValueParser<i32> {
    clap::value_parser!(i32)
        .range(i64::from(*PACKET_LENGTHS.start())..=i64::from(*PACKET_LENGTHS.end()))
}

fn enrollment() -> impl TypedValueParser<Value = Enrollment> {
    PossibleValuesParser::new(Enrollment::ALL.map(Enrollment::as_str)).map(|word| {
        let named = Enrollment::ALL.into_iter().find(|enrollment| enrollment.as_str() == word);
        named.expect("the parser lets only these words through")
    })
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn check(&self) -> Result<(), String> {
        let is_new = self.create_target == Some(CreateTarget::NewNlb);
        let of_new = [
            ("--subnet-id", !self.subnet_id.is_empty()),
            ("--health-check-port", self.health_check_port.is_some()),
            ("--register", !self.register.is_empty()),
        ];
        match of_new.into_iter().find(|(_, given)| *given) {
            Some((flag, _)) if !is_new => Err(format!(
                "{flag} is about a new load balancer: it needs --create-target new-nlb"
            )),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use cli_common::exit::{Exit, of_clap};

    use super::*;

    fn read(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(std::iter::once("x").chain(line.split_whitespace()))
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_form_of_a_target_to_make() {
        let arn = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/x/1";
        for (text, expected) in [
            ("eni=eni-1", CreateTarget::Eni("eni-1".into())),
            (&format!("nlb={arn}"), CreateTarget::Nlb(arn.to_owned())),
            ("gwlbe=vpce-1", CreateTarget::Gwlbe("vpce-1".to_owned())),
            ("new-nlb", CreateTarget::NewNlb),
        ] {
            assert_eq!(create_target(text).unwrap(), expected);
        }
        for wrong in ["", "eni-1", "eni=", "eni=i-1", "nlb=x", "gwlbe=vpce-", "new-nlb=1", "alb=1"]
        {
            assert!(create_target(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn wrong_values_are_usage_errors_that_name_the_flag() {
        for (line, word) in [
            ("--vpc-id banana", "`banana` is not a VPC id"),
            ("--enrollment all", "whitelist"),
            ("--target-id tmt-1 --create-target new-nlb", "--create-target"),
            ("--disable --enrollment auto", "--enrollment"),
            ("--list --vpc-id vpc-1", "--vpc-id"),
            ("--disable --filter-profile all", "--filter-profile"),
            ("--filter-profile everything", "custom:NAME"),
            ("--packet-length 0", "1..=8500"),
            ("--health-check-port 0", "--health-check-port"),
            ("--create-target nlb", "gwlbe=vpce-…"),
        ] {
            let error = read(line).unwrap_err();
            assert_eq!(of_clap(&error), Exit::Usage, "{line}");
            assert!(error.to_string().contains(word), "{line}: {error}");
        }
    }

    #[test]
    fn flags_of_a_new_load_balancer_need_one() {
        let check = |line: &str| read(line).unwrap().check();
        assert!(check("--register i-1").unwrap_err().contains("--create-target new-nlb"));
        assert!(check("--create-target eni=eni-1 --health-check-port 22").is_err());
        assert!(check("--create-target new-nlb --health-check-port 22 --register i-1,i-2").is_ok());
    }
}
