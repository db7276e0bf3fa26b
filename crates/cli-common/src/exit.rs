//! How a binary ends: the exit codes, and the command line's own errors.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};

/// How a run ended. The numbers are a promise to scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; in a dry run, printed.
    Done = 0,
    /// It could not start or could not read: nothing was changed.
    Failed = 1,
    /// Only with `--dry-run --detailed-exitcode`: there is something to do.
    ChangesPending = 2,
    /// Applied, but something failed, or was left alone because of an error in its configuration.
    Partial = 3,
    /// A guard refused: nothing was changed.
    Refused = 4,
    /// A wrong command line, or nobody there to ask for what it leaves open: `EX_USAGE` of sysexits.h.
    Usage = 64,
    /// Ended at once by a signal: 128 and the number of SIGINT, as shells count it.
    Interrupted = 130,
}

impl Exit {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Done,
        Self::Failed,
        Self::ChangesPending,
        Self::Partial,
        Self::Refused,
        Self::Usage,
        Self::Interrupted,
    ];

    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The stable name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::ChangesPending => "changes-pending",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Usage => "usage",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A wrong command line that shows only at work: what stands in stdin, for one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Reads a command line for the binary `name`.
///
/// # Errors
/// The code to end with, after the help, the version or the error was printed.
pub fn parse<T: CommandFactory + FromArgMatches>(
    name: &'static str,
    args: impl IntoIterator<Item = OsString>,
) -> Result<T, ExitCode> {
    let mut command = T::command().name(name).bin_name(name);
    let parsed = command
        .try_get_matches_from_mut(args)
        .and_then(|mut matches| T::from_arg_matches_mut(&mut matches));
    parsed.map_err(|error| match empty_variable(&command, &error, |name| std::env::var_os(name)) {
        Some(message) => usage(&mut command, message).into(),
        None => refuse(&error.format(&mut command)).into(),
    })
}

/// What is wrong, where it is an environment variable that is set and empty: clap speaks of the flag, which nobody typed.
fn empty_variable(
    command: &clap::Command,
    error: &clap::Error,
    variable: impl Fn(&OsStr) -> Option<OsString>,
) -> Option<String> {
    let of_error = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    if of_error(ContextKind::InvalidValue) != Some("") {
        return None;
    }
    let flag = of_error(ContextKind::InvalidArg)?;
    // `--region <REGION>`; only what was used knows how it is shown.
    let long = flag.strip_prefix("--")?.split(' ').next()?;
    let arg = argument(command, long)?;
    let name = arg.get_env().filter(|name| variable(name).is_some_and(|value| value.is_empty()))?;
    let name = name.to_string_lossy();
    Some(format!(
        "the environment variable {name} is set and empty: unset it, or give it a value for '{flag}'"
    ))
}

/// The argument of that name, of a command or of those below it.
fn argument<'c>(command: &'c clap::Command, long: &str) -> Option<&'c clap::Arg> {
    let own = command.get_arguments().find(|arg| arg.get_long() == Some(long));
    own.or_else(|| command.get_subcommands().find_map(|below| argument(below, long)))
}

/// Prints what clap has to say.
fn refuse(error: &clap::Error) -> Exit {
    // A reader that has gone away is no reason to say more.
    let _ = error.print();
    of_clap(error)
}

/// How a binary ends with what clap has to say: done for the help and the version that somebody asked for.
pub fn of_clap(error: &clap::Error) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
        _ => Exit::Usage,
    }
}

/// A usage error found after parsing, in the words that clap would use.
pub fn usage(command: &mut clap::Command, message: impl std::fmt::Display) -> Exit {
    refuse(&command.error(ErrorKind::ValueValidation, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_documents() {
        let pairs = Exit::ALL.map(|exit| (exit.code(), exit.name()));
        assert_eq!(
            pairs,
            [
                (0, "done"),
                (1, "failed"),
                (2, "changes-pending"),
                (3, "partial"),
                (4, "refused"),
                (64, "usage"),
                (130, "interrupted"),
            ]
        );
    }

    #[test]
    fn an_empty_variable_is_named() {
        let region = clap::Arg::new("region").long("region").value_name("REGION").env("X_REGION");
        let command = clap::Command::new("x").arg(region.value_parser(["eu"]));
        let named = |line: &[&str], set: Option<&str>| {
            let error = command.clone().try_get_matches_from(line).unwrap_err();
            empty_variable(&command, &error, |name| {
                assert_eq!(name, "X_REGION");
                set.map(OsString::from)
            })
        };
        let message = named(&["x", "--region", ""], Some("")).unwrap();
        assert!(message.contains("X_REGION is set and empty"), "{message}");
        assert_eq!(named(&["x", "--region", ""], None), None);
        assert_eq!(named(&["x", "--region", "us"], Some("")), None);
        assert_eq!(named(&["x", "--regiom", ""], Some("")), None);
    }

    #[test]
    fn help_is_no_error_and_a_typo_is_one() {
        let command = || clap::Command::new("x").version("1");
        let end = |arg: &str| of_clap(&command().try_get_matches_from(["x", arg]).unwrap_err());
        assert_eq!(end("--help"), Exit::Done);
        assert_eq!(end("--version"), Exit::Done);
        assert_eq!(end("--helf"), Exit::Usage);
    }
}
