//! The command line of both programs: the same for each list but for the list's name.

use std::marker::PhantomData;

use clap::builder::BoolishValueParser;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use tap_core::policy::mark::Mark;

use super::ids;
use crate::options::CommonArgs;
use crate::planning::InstanceTypesArgs;
use crate::program::Arguments;

/// What may be typed.
#[derive(Debug, Clone, Parser)]
#[command(version, max_term_width = 100, disable_help_subcommand = true)]
pub(super) struct Args {
    /// What is to be done; asked where it is left out.
    #[command(subcommand)]
    pub(super) what: Option<What>,

    /// Answer yes to the last question
    #[arg(long, short, env = "SESSION_MIRROR_YES", value_parser = BoolishValueParser::new())]
    pub(super) yes: bool,

    /// Print what would be written, and change nothing
    #[arg(long, env = "SESSION_MIRROR_DRY_RUN", value_parser = BoolishValueParser::new())]
    pub(super) dry_run: bool,

    /// Which instances can be mirrored.
    #[command(flatten)]
    pub(super) types: InstanceTypesArgs,

    /// What every Session Mirror binary has.
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// The subcommands.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum What {
    /// Put instances on the list
    Add {
        /// Instance: repeat it, or give a comma list; - reads them from stdin
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,

        /// Take those that are on the other list off that one
        #[arg(long = "move")]
        moving: bool,
    },
    /// Take instances off the list
    Remove {
        /// Instance: repeat it, or give a comma list; - reads them from stdin
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
    },
    /// Show the list
    List,
}

impl Args {
    /// The instances as they were typed.
    pub(super) fn given(&self) -> &[String] {
        match &self.what {
            Some(What::Add { ids, .. } | What::Remove { ids }) => ids,
            Some(What::List) | None => &[],
        }
    }
}

/// A list, as a type: clap makes a command line from a type alone.
pub(super) trait List {
    /// Which one.
    const LIST: Mark;
}

/// The blacklist.
#[derive(Debug)]
pub(super) enum Blacklist {}

/// The whitelist.
#[derive(Debug)]
pub(super) enum Whitelist {}

impl List for Blacklist {
    const LIST: Mark = Mark::Blacklist;
}

impl List for Whitelist {
    const LIST: Mark = Mark::Whitelist;
}

/// The command line of one list's program.
#[derive(Debug)]
pub(super) struct Of<L> {
    pub(super) args: Args,
    list: PhantomData<L>,
}

impl<L: List> CommandFactory for Of<L> {
    fn command() -> Command {
        named(Args::command(), L::LIST)
    }

    fn command_for_update() -> Command {
        named(Args::command_for_update(), L::LIST)
    }
}

impl<L> FromArgMatches for Of<L> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { args: Args::from_arg_matches(matches)?, list: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.args.update_from_arg_matches(matches)
    }
}

impl<L: List> Parser for Of<L> {}

impl<L: List> Arguments for Of<L> {
    fn common(&self) -> &CommonArgs {
        &self.args.common
    }

    fn check(&self) -> Result<(), String> {
        let given = self.args.given();
        if given.is_empty() {
            return Ok(());
        }
        ids::check(given)?;
        if ids::names_stdin(given) && !self.args.yes && !self.args.dry_run {
            return Err("`--yes` or `--dry-run` is needed: with the instances in stdin there is \
                        no terminal to ask on"
                .to_owned());
        }
        Ok(())
    }
}

/// The command with the list's name where the list is meant. Options may stand behind the subcommand as well.
fn named(command: Command, list: Mark) -> Command {
    let other = list.other();
    let (short, long) = match list {
        Mark::Blacklist => (
            "Says which instances are never mirrored",
            "An instance on the blacklist is left out where a VPC's enrollment is auto.",
        ),
        Mark::Whitelist => (
            "Says which instances are mirrored in VPCs that mirror the whitelisted only",
            "An instance on the whitelist is mirrored where a VPC's enrollment is whitelist.",
        ),
    };
    let long = format!(
        "{short}\n\n{long} The list is a tag on the instances; `session_mirror_tap` acts on it at its next run. Without a \
         subcommand it shows the list and asks. No instance is on both lists: one that is on the {other} is put on the {list} \
         only with `add --move`."
    );
    let adding = format!("Put instances on the {list}");
    let moving = format!("Take those that are on the {other} off the {other}");
    let removing = format!("Take instances off the {list}");
    let listing = format!("Show the {list}, and where it has no effect");
    command
        .about(short)
        .long_about(long)
        .after_help(examples(list))
        .mut_subcommand("add", |c| {
            c.about(adding.clone()).mut_arg("moving", |a| a.help(moving.clone()))
        })
        .mut_subcommand("remove", |c| c.about(removing.clone()))
        .mut_subcommand("list", |c| c.about(listing.clone()))
        .mut_args(|arg| arg.global(true))
}

fn examples(list: Mark) -> String {
    let name = format!("session_mirror_{list}");
    format!(
        "\
Examples:
  {name}                               Show the list, and ask
  {name} add i-0a1b2c3d,i-0d4e5f6a     Put two instances on it
  {name} add --move i-0a1b2c3d --yes   Even if it is on the {other}
  cat ids.txt | {name} add - --yes     From a file or another program
  {name} remove i-0a1b2c3d --dry-run   What would be written
  {name} list --region all --output json

Exit codes:
  0    done; with --dry-run or list, printed
  1    could not start, read or write, an id is wrong, or you said no: nothing was changed
  3    some of it was done: the same command goes on from there
  64   wrong command line, or a question without a terminal to ask it on
  130  interrupted while nothing was being written, or twice",
        other = list.other()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::{self, Exit};

    fn read(line: &str) -> Result<Of<Blacklist>, clap::Error> {
        Of::try_parse_from(std::iter::once("x").chain(line.split_whitespace()))
    }

    #[test]
    fn the_definitions_are_sound_and_name_their_list() {
        Of::<Blacklist>::command().debug_assert();
        Of::<Whitelist>::command().debug_assert();
        let help = Of::<Whitelist>::command().render_long_help().to_string();
        assert!(help.contains("session_mirror_whitelist add"), "{help}");
        assert!(!help.contains("session_mirror_blacklist"), "{help}");
    }

    #[test]
    fn options_may_stand_on_both_sides_of_the_subcommand() {
        for line in ["--yes --region eu-west-1 add i-1", "add i-1 --yes --region eu-west-1"] {
            let args = read(line).unwrap().args;
            assert!(args.yes && args.common.region.len() == 1, "{line}");
            assert_eq!(args.given(), ["i-1"]);
        }
        assert!(read("list --output json").is_ok());
        assert!(read("").unwrap().args.what.is_none());
    }

    #[test]
    fn wrong_lines_are_usage_errors() {
        for (line, word) in [
            ("add", "<ID>"),
            ("remove", "<ID>"),
            ("remove --move i-1", "--move"),
            ("list i-1", "i-1"),
            ("show", "show"),
        ] {
            let error = read(line).unwrap_err();
            assert_eq!(exit::of_clap(&error), Exit::Usage, "{line}");
            assert!(error.to_string().contains(word), "{line}: {error}");
        }
    }

    #[test]
    fn what_is_found_after_parsing() {
        let check = |line: &str| read(line).unwrap().check();
        assert!(check("add i-1 banana").unwrap_err().contains("`banana`"));
        assert!(check("remove ,").unwrap_err().contains("no instance was named"));
        assert!(check("add -").unwrap_err().contains("`--yes` or `--dry-run` is needed"));
        for line in ["add - --yes", "remove - --dry-run", "add i-1", "list", ""] {
            assert_eq!(check(line), Ok(()), "{line}");
        }
    }
}
