//! The options that say what sessions are to be like, beside the tags of the account: of every program that makes them or
//! compares them with what they should be, so that all of them want the same.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedI64ValueParser;
use tap_core::ids::FilterId;
use tap_core::policy::profile::Profile;
use tap_core::settings::{FilterChoice, PACKET_LENGTHS, SESSION_NUMBERS, Settings, VNIS};

use crate::errors::Fault;
use crate::options::CommonArgs;
use crate::planning::PlanningArgs;
use crate::profiles::{self, CustomFilterArgs};

/// What sessions are to be like.
#[derive(Debug, Clone, Args)]
pub struct WantedArgs {
    /// Rules in YAML that choose instances beside the tags: a file, or a directory with REGION.yaml in it
    #[arg(long, value_name = "PATH")]
    #[arg(env = "SESSION_MIRROR_RULES")]
    pub rules: Option<PathBuf>,

    /// Traffic mirror filter to use as it is, instead of our own, whatever the tags of a VPC say
    #[arg(long, value_name = "ID", value_parser = FilterId::typed)]
    #[arg(env = "SESSION_MIRROR_FILTER_ID", help_heading = "Filter options")]
    pub filter_id: Option<FilterId>,

    /// What of the traffic is mirrored where no tag of a VPC says it: all, all-tcp, dns-only, alb-client, alb-target, or
    /// custom:NAME with the file that defines it
    #[arg(long, value_name = "PROFILE", value_parser = profiles::profile, default_value_t = Profile::All)]
    #[arg(env = "SESSION_MIRROR_FILTER_PROFILE", help_heading = "Filter options")]
    pub filter_profile: Profile,

    /// Profiles of the user's own.
    #[command(flatten)]
    pub custom_filters: CustomFilterArgs,

    /// Bytes to mirror of each packet, 1 to 8500, whatever the tags of a VPC say [default: AWS's own]
    #[arg(long, value_name = "BYTES", value_parser = within(&PACKET_LENGTHS))]
    #[arg(env = "SESSION_MIRROR_PACKET_LENGTH", help_heading = "Session options")]
    pub packet_length: Option<i32>,

    /// Session number that every session must have, 1 to 32766 [default: the lowest free one]
    #[arg(long, value_name = "N", value_parser = within(&SESSION_NUMBERS))]
    #[arg(env = "SESSION_MIRROR_SESSION_NUMBER", help_heading = "Session options")]
    pub session_number: Option<i32>,

    /// VXLAN network identifier, 1 to 16777215 [default: AWS picks one per session]
    #[arg(long, value_name = "VNI", value_parser = within(&VNIS))]
    #[arg(env = "SESSION_MIRROR_VIRTUAL_NETWORK_ID", help_heading = "Session options")]
    pub virtual_network_id: Option<i32>,

    /// What every program that plans has.
    #[command(flatten)]
    pub planning: PlanningArgs,
}

/// Numbers within a range.
fn within(range: &RangeInclusive<i32>) -> RangedI64ValueParser<i32> {
    clap::value_parser!(i32).range(i64::from(*range.start())..=i64::from(*range.end()))
}

impl WantedArgs {
    /// What is wrong with them in the regions of the command line.
    ///
    /// # Errors
    /// A sentence that names the flag.
    pub fn check(&self, common: &CommonArgs) -> Result<(), String> {
        if self.filter_id.is_some() && common.several_regions() {
            return Err("--filter-id names a filter of one region: pass one --region".to_owned());
        }
        if let Some(path) = &self.rules
            && common.several_regions()
            && path.is_file()
        {
            let file = path.display();
            return Err(format!(
                "--rules names a file, {file}, and targets and filters are of one region: pass one --region, or a \
                 directory with a file REGION.yaml for each"
            ));
        }
        Ok(())
    }

    /// The settings of the planner as the command line says them, without what is in files.
    pub fn settings(&self, common: &CommonArgs) -> Settings {
        Settings {
            keys: common.keys(),
            filter: match &self.filter_id {
                Some(id) => FilterChoice::Pinned(id.clone()),
                None => FilterChoice::Managed,
            },
            packet_length: self.packet_length,
            vni: self.virtual_network_id,
            session_number: self.session_number,
            profile: self.filter_profile.clone(),
            price_per_hour: self.planning.price_per_hour,
            ..Settings::default()
        }
    }

    /// The same with what is in files, but for the rules, which are each region's own.
    ///
    /// # Errors
    /// A [`Fault`] that names the file that cannot be used, and the line.
    pub fn settings_with_files(&self, common: &CommonArgs) -> Result<Settings, Fault> {
        Ok(Settings {
            instance_types: self.planning.types()?,
            custom_filters: self.custom_filters.filters()?,
            ..self.settings(common)
        })
    }
}
