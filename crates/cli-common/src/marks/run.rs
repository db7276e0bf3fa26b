//! One run: read, ask or check, show, ask once more, write, say what became of it.

use std::io;

use anyhow::{Context as _, Result};
use futures::future::join_all;
use serde_json::Value;
use tap_core::aws::AwsCloud;
use tap_core::ids::InstanceId;
use tap_core::inventory::Scope;
use tap_core::policy::mark::Mark;

use super::args::{Args, What};
use super::check::{self, Planned, Problem, Wish, check};
use super::dialog::{self, SUBCOMMANDS, Wishes};
use super::ids::MOST_NAMED;
use super::outcome::{self, Regional};
use super::table::counted;
use super::view::{Subject, View, Wanted};
use super::{document, ids, summary, table, write};
use crate::document::Frame;
use crate::errors::{self, Fault};
use crate::exit::{Exit, UsageError};
use crate::options::Output;
use crate::program::Context;
use crate::ui::{Question, Ui, UiError};
use crate::{output, scopes, terminal};

/// A region that was read, or why it was not.
type Read = (Scope, AwsCloud, Result<View>);

/// What nothing was written for could not be printed either.
#[derive(Debug, thiserror::Error)]
#[error("the result could not be printed: {UNCHANGED}")]
struct Unprinted(#[source] io::Error);

/// What is true of every error that a run ends with: once the first tag may be written, there are outcomes instead.
const UNCHANGED: &str = "nothing was changed";

/// Says that nothing was changed, where the error does not.
fn unchanged(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        // The program says it.
        Some(UiError::Declined) => error,
        Some(UiError::NoTerminal { .. }) => UsageError(format!("{error}: {UNCHANGED}")).into(),
        Some(UiError::NoItems { .. } | UiError::Terminal(_)) | None => {
            let is_said = errors::one_line(error.as_ref()).contains(UNCHANGED);
            if is_said || error.is::<UsageError>() { error } else { error.context(UNCHANGED) }
        }
    }
}

/// Runs and prints; what keeps it from its work is returned, after the document says so too.
pub(super) async fn run(
    list: Mark,
    name: &'static str,
    args: Args,
    context: Context,
) -> Result<Exit> {
    let run = Run { args, context };
    let ended = run.attempt(list, name).await.map_err(unchanged);
    if let Err(error) = &ended
        && run.args.common.output == Output::Json
        // Who left, and a wrong command line, are no document.
        && error.downcast_ref::<UiError>().is_none()
        && error.downcast_ref::<UsageError>().is_none()
        // Half of one may be there already.
        && error.downcast_ref::<Unprinted>().is_none()
    {
        run.print(Exit::Failed, Some(error), Vec::new()).map_err(Unprinted)?;
    }
    ended
}

struct Run {
    args: Args,
    context: Context,
}

impl Run {
    fn print(
        &self,
        exit: Exit,
        error: Option<&anyhow::Error>,
        regions: Vec<Value>,
    ) -> io::Result<()> {
        let error = error.map(|error| error.as_ref() as &(dyn std::error::Error + 'static));
        let (run_id, dry_run) = (self.context.run_id, self.args.dry_run);
        Frame { run_id, dry_run, exit, error }.print(regions)
    }

    async fn attempt(&self, list: Mark, name: &'static str) -> Result<Exit> {
        let keys = self.args.common.keys();
        let subject = Subject { list, name, keys, types: self.args.types.types()? };
        match &self.args.what {
            Some(What::List) => self.list(&subject).await,
            Some(What::Add { ids, moving }) => {
                self.change(&subject, ids, Wish::Add { moving: *moving }).await
            }
            Some(What::Remove { ids }) => self.change(&subject, ids, Wish::Remove).await,
            None => self.dialog(&subject).await,
        }
    }

    /// Reads all regions at the same time.
    async fn read(&self, subject: &Subject, wanted: &Wanted) -> Result<Vec<Read>> {
        let wait = self.context.bars.wait("reading the account");
        let read = async {
            let scopes = Box::pin(scopes::of(&self.args.common)).await?;
            let several = scopes.len() > 1;
            let reads = scopes.into_iter().map(|(scope, cloud)| async move {
                // Boxed, as the compiler gives up on a state machine that holds all of the SDK's in itself.
                let read = Box::pin(View::read(&cloud, scope.clone(), wanted, subject)).await;
                let mut view =
                    read.with_context(|| format!("cannot read the account: {UNCHANGED}"));
                if several {
                    view = view.with_context(|| format!("region {}", scope.region));
                }
                (scope, cloud, view)
            });
            Ok(join_all(reads).await)
        };
        wait.during(read).await
    }

    /// Reads all regions, or none: half a picture does not tell that an instance is nowhere.
    async fn read_all(
        &self,
        subject: &Subject,
        wanted: &Wanted,
    ) -> Result<(Vec<View>, Vec<AwsCloud>)> {
        let read = self.read(subject, wanted).await?;
        let both = read.into_iter().map(|(_, cloud, view)| Ok((view?, cloud)));
        let both: Vec<(View, AwsCloud)> = both.collect::<Result<_>>()?;
        Ok(both.into_iter().unzip())
    }

    /// Prints the list.
    async fn list(&self, subject: &Subject) -> Result<Exit> {
        let read = self.read(subject, &Wanted::Listed).await?;
        let unread: Vec<&anyhow::Error> =
            read.iter().filter_map(|(_, _, view)| view.as_ref().err()).collect();
        let exit = match unread.len() {
            0 => Exit::Done,
            n if n == read.len() => Exit::Failed,
            _ => Exit::Partial,
        };
        for error in &unread {
            errors::print(error.as_ref(), self.args.common.log_format);
        }
        match self.args.common.output {
            Output::Json => {
                let region = |(scope, _, view): &Read| match view {
                    Ok(view) => document::listed(view, subject),
                    Err(error) => document::unlisted(scope, error, subject),
                };
                let error = unread.first().copied().filter(|_| exit == Exit::Failed);
                self.print(exit, error, read.iter().map(region).collect()).map_err(Unprinted)?;
            }
            Output::Table => {
                let views = read.iter().filter_map(|(_, _, view)| view.as_ref().ok());
                let table = |view| table::region(view, subject, terminal::width(), None);
                let text = views.map(table).collect::<Vec<_>>().join("\n");
                output::stdout(&text).map_err(Unprinted)?;
            }
        }
        Ok(exit)
    }

    /// Does what the command line says with the instances that it names.
    async fn change(&self, subject: &Subject, given: &[String], wish: Wish) -> Result<Exit> {
        // The listening to signals goes on meanwhile.
        let ids = tokio::task::block_in_place(|| ids::gather(given, io::stdin()))?;
        let wanted = Wanted::Named(ids.iter().cloned().collect());
        let (views, clouds) = self.read_all(subject, &wanted).await?;
        let wishes: Vec<(InstanceId, Wish)> = ids.into_iter().map(|id| (id, wish)).collect();
        let planned = check(subject, &wishes, &views)
            .map_err(|problems| self.refused(subject, &problems, wishes.len()))?;
        if self.is_settled(&planned) {
            return self.finish(subject, &planned, None);
        }
        if !self.agree(subject, &planned)? {
            return Err(UiError::Declined.into());
        }
        self.write(subject, &planned, &clouds).await
    }

    /// Asks what is to be done.
    async fn dialog(&self, subject: &Subject) -> Result<Exit> {
        let ui = &self.context.ui;
        if !ui.is_attended() {
            return Err(UiError::NoTerminal { flag: SUBCOMMANDS.to_owned() }.into());
        }
        let (views, clouds) = self.read_all(subject, &Wanted::All).await?;
        dialog::show(subject, &views, ui);
        let mut wishes = Wishes::new();
        let planned = loop {
            dialog::ask(subject, &views, ui, &mut wishes)?;
            let all: Vec<(InstanceId, Wish)> =
                wishes.iter().map(|(id, wish)| (id.clone(), *wish)).collect();
            let planned = check(subject, &all, &views)
                .map_err(|problems| self.refused(subject, &problems, all.len()))?;
            if self.is_settled(&planned) {
                return self.finish(subject, &planned, None);
            }
            match self.agree(subject, &planned) {
                Ok(true) => break planned,
                Ok(false) => return Err(UiError::Declined.into()),
                // Back to what is to be done.
                Err(UiError::Declined) => {}
                Err(error) => return Err(error.into()),
            }
        };
        self.write(subject, &planned, &clouds).await
    }

    /// Says what is wrong with the ids, a line each, and gives the end of it.
    fn refused(&self, subject: &Subject, problems: &[Problem], all: usize) -> anyhow::Error {
        let lines = check::lines(problems);
        let kind = match problems {
            [first, rest @ ..] if rest.iter().all(|p| p.code() == first.code()) => first.code(),
            _ => "wrong-instances",
        };
        let hint = "correct or leave out what is named, and run it again";
        if let [only] = lines.as_slice()
            && all == 1
        {
            return Fault::new(kind, format!("{only}: {UNCHANGED}"), hint).into();
        }
        if self.args.common.output == Output::Json {
            return Fault::new(kind, format!("{}: {UNCHANGED}", lines.join("; ")), hint).into();
        }
        let format = self.args.common.log_format;
        for problem in problems.iter().take(MOST_NAMED) {
            errors::print(problem, format);
        }
        if let Some(more) = lines.get(MOST_NAMED) {
            errors::say(more, format);
        }
        let what = format!(
            "{} of {} cannot be changed on the {}: {UNCHANGED}",
            problems.len(),
            counted(all),
            subject.list
        );
        Fault::new(kind, what, hint).into()
    }

    /// Whether nothing is left but to say what would be written.
    fn is_settled(&self, planned: &[Planned<'_>]) -> bool {
        self.args.dry_run || planned.iter().all(|planned| planned.changes.is_empty())
    }

    /// Shows what would be written, and asks whether it is to be.
    fn agree(&self, subject: &Subject, planned: &[Planned<'_>]) -> Result<bool, UiError> {
        if self.args.yes {
            return Ok(true);
        }
        let ui = &self.context.ui;
        ui.show(&|width| summary::plan(planned, subject, width));
        ui.confirm(Question { text: "Write this?", flag: "--yes" })
    }

    async fn write(
        &self,
        subject: &Subject,
        planned: &[Planned<'_>],
        clouds: &[AwsCloud],
    ) -> Result<Exit> {
        if self.args.yes && self.args.common.output == Output::Table {
            let text = summary::plan(planned, subject, terminal::width());
            output::stdout(&text).map_err(Unprinted)?;
        }
        let orderly = self.context.signals.orderly();
        let stop = self.context.signals.stopped();
        let wait = self.context.bars.wait("writing tags");
        let mut regions: Vec<Regional<'_>> = Vec::new();
        for (planned, cloud) in planned.iter().zip(clouds) {
            let write = Box::pin(write::write(cloud, planned, subject, &stop));
            regions.push(wait.during(write).await);
        }
        drop(wait);
        drop(orderly);
        self.finish(subject, planned, Some(&regions))
    }

    /// Prints what became of it, or what would.
    fn finish(
        &self,
        subject: &Subject,
        planned: &[Planned<'_>],
        regions: Option<&[Regional<'_>]>,
    ) -> Result<Exit> {
        let exit = regions.map_or(Exit::Done, outcome::exit);
        let mut said = Vec::new();
        let outcomes = regions.unwrap_or_default().iter().flat_map(|r| r.outcomes.values());
        for error in outcomes.filter(|o| !o.is_done).filter_map(|o| o.written.error()) {
            // Of a hundred instances in one call one error is enough.
            if !said.contains(&(error.kind, error.call, &error.message)) {
                said.push((error.kind, error.call, &error.message));
                errors::print(error, self.args.common.log_format);
            }
        }
        let printed = self.print_end(subject, planned, regions, exit);
        match (printed, regions) {
            (Ok(()), _) => Ok(exit),
            (Err(error), None) => Err(Unprinted(error).into()),
            // Here the account is no more as it was, and an error would say that it is.
            (Err(error), Some(_)) => {
                let (what, exit) = match exit {
                    Exit::Done => ("the changes were written", Exit::Partial),
                    Exit::Partial => ("some of the changes were written", exit),
                    _ => ("none of the changes was written", exit),
                };
                let what = format!("{what}; the result could not be printed: {error}");
                let hint = format!("`{} list` shows how it is", subject.name);
                errors::print(&Fault::new("unprinted", what, hint), self.args.common.log_format);
                Ok(exit)
            }
        }
    }

    fn print_end(
        &self,
        subject: &Subject,
        planned: &[Planned<'_>],
        regions: Option<&[Regional<'_>]>,
        exit: Exit,
    ) -> io::Result<()> {
        match self.args.common.output {
            Output::Json => {
                let region = |(i, planned)| {
                    let regional = regions.and_then(|regions| regions.get(i));
                    document::changed(planned, regional, subject)
                };
                self.print(exit, None, planned.iter().enumerate().map(region).collect())
            }
            Output::Table => {
                let width = terminal::width();
                let text = match regions {
                    Some(regions) => summary::outcome(regions, subject, width),
                    None => {
                        let mut text = summary::plan(planned, subject, width);
                        let is_change = planned.iter().any(|p| !p.changes.is_empty());
                        text.push_str(match is_change {
                            true => "Dry run: nothing was changed.\n",
                            false => "Nothing to change.\n",
                        });
                        text
                    }
                };
                output::stdout(&text)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_once_that_nothing_was_changed() {
        let said = |error: anyhow::Error| errors::one_line(unchanged(error).as_ref());
        let terminal = UiError::Terminal(io::Error::other("it is too small"));
        assert_eq!(
            said(terminal.into()),
            "nothing was changed: cannot ask on this terminal: it is too small"
        );
        let nobody = UiError::NoTerminal { flag: "--yes".to_owned() };
        assert!(said(nobody.into()).ends_with("ask on: nothing was changed"));
        let read = anyhow::anyhow!("no such region").context("cannot read: nothing was changed");
        assert_eq!(said(read), "cannot read: nothing was changed: no such region");
        // Who left is told so by the program.
        assert!(unchanged(UiError::Declined.into()).is::<UiError>());
    }
}
