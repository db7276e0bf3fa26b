//! The work: read, show, ask, read again, remove, and say what became of it.

use std::io;

use anyhow::{Context as _, Result};
use cli_common::errors;
use cli_common::exit::{Exit, UsageError};
use cli_common::options::Output;
use cli_common::program::Context;
use cli_common::ui::{Question, Ui, UiError};
use cli_common::{document, output, scopes, terminal};
use futures::future::join_all;
use serde_json::Value;
use tap_core::aws::AwsCloud;
use tap_core::cloud::Observe;
use tap_core::inventory::{Narrow, Scope};
use tap_core::prune::{Pruned, prune};
use tap_core::settings::Settings;
use tap_core::survey::{ApplianceSurvey, Standing, appliances};

use super::{Appliances, Prune, document as json, table};
use crate::run::now;

/// What is true of every error before something is removed.
const UNCHANGED: &str = "nothing was changed";

/// A region that was read, or why it was not.
pub(super) struct Region {
    pub(super) scope: Scope,
    pub(super) cloud: AwsCloud,
    pub(super) found: Result<Vec<ApplianceSurvey>>,
}

/// What became of the appliances of a region that were to go.
pub(super) struct Ended {
    pub(super) scope: Scope,
    pub(super) appliances: Vec<(ApplianceSurvey, Pruned)>,
}

/// Lists or prunes, and prints. What keeps it from its work is returned, after the document says so too.
///
/// # Errors
/// What kept it from its work: nothing was changed.
pub(crate) async fn run(what: &Appliances, context: Context) -> Result<Exit> {
    let run = Run { what, context };
    let ended = match what {
        Appliances::List(_) => run.list().await,
        Appliances::Prune(args) => run.prune(args).await,
    };
    let ended = ended.map_err(unchanged);
    if let Err(error) = &ended
        && run.is_json()
        // Who left, and a wrong command line, are no document.
        && error.downcast_ref::<UiError>().is_none()
        && error.downcast_ref::<UsageError>().is_none()
    {
        run.print(Exit::Failed, Some(error), Vec::new())?;
    }
    ended
}

/// Says that nothing was changed, where the error does not.
fn unchanged(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        // The program says it.
        Some(UiError::Declined) => error,
        Some(UiError::NoTerminal { .. }) => UsageError(format!("{error}: {UNCHANGED}")).into(),
        Some(UiError::NoItems { .. } | UiError::Terminal(_)) | None => {
            let is_said = errors::one_line(error.as_ref()).contains(UNCHANGED);
            if is_said { error } else { error.context(UNCHANGED) }
        }
    }
}

struct Run<'a> {
    what: &'a Appliances,
    context: Context,
}

impl Run<'_> {
    fn is_json(&self) -> bool {
        self.what.place().common.output == Output::Json
    }

    fn print(
        &self,
        exit: Exit,
        error: Option<&anyhow::Error>,
        regions: Vec<Value>,
    ) -> io::Result<()> {
        let error = error.map(|error| error.as_ref() as &(dyn std::error::Error + 'static));
        let (run_id, dry_run) = (self.context.run_id, self.what.is_dry());
        document::Frame { run_id, dry_run, exit, error }.print(regions)
    }

    /// Reads all regions at the same time.
    async fn read(&self) -> Result<Vec<Region>> {
        let place = self.what.place();
        let settings = Settings {
            keys: place.common.keys(),
            instance_types: place.types.types()?,
            now: Some(now()),
            ..Settings::default()
        };
        let wait = self.context.bars.wait("reading the account");
        let read = async {
            let scopes = Box::pin(scopes::of(&place.common)).await?;
            let several = scopes.len() > 1;
            let reads = scopes.into_iter().map(|(scope, cloud)| {
                let settings = &settings;
                async move {
                    let mut found = survey(&cloud, settings).await;
                    if several {
                        found = found.with_context(|| format!("region {}", scope.region));
                    }
                    Region { scope, cloud, found }
                }
            });
            Ok(join_all(reads).await)
        };
        wait.during(read).await
    }

    async fn list(&self) -> Result<Exit> {
        let mut regions = self.read().await?;
        let unread = regions.iter().filter(|region| region.found.is_err()).count();
        let exit = match unread {
            0 => Exit::Done,
            n if n == regions.len() => Exit::Failed,
            _ => Exit::Partial,
        };
        let format = self.what.place().common.log_format;
        // Where nothing was read, one of the errors is what the program ends with.
        let end = (exit == Exit::Failed).then(|| regions.remove(0).found);
        for error in regions.iter().filter_map(|region| region.found.as_ref().err()) {
            errors::print(error.as_ref(), format);
        }
        if let Some(end) = end {
            return end.map(|_| exit);
        }
        if self.is_json() {
            self.print(exit, None, regions.iter().map(json::listed).collect())?;
        } else {
            let read = |region: &Region| {
                let found = region.found.as_ref().ok()?;
                Some(table::listed(&region.scope, found, terminal::width()))
            };
            output::stdout(&regions.iter().filter_map(read).collect::<Vec<_>>().join("\n"))?;
        }
        Ok(exit)
    }

    async fn prune(&self, args: &Prune) -> Result<Exit> {
        // Half a picture is no reason to remove anything.
        let surveyed = self.read_all().await?;
        let is_any = surveyed.iter().any(|(_, _, idle)| !idle.is_empty());
        if !is_any || args.dry_run {
            let lines = match is_any {
                true => "Dry run: nothing was changed.\n",
                false => "Nothing to remove.\n",
            };
            return self.say_plan(&surveyed, lines);
        }
        if !args.yes {
            let ui = &self.context.ui;
            ui.show(&|width| plan_text(&surveyed, width));
            if !ui.confirm(Question { text: "Remove these?", flag: "--yes" })? {
                return Err(UiError::Declined.into());
            }
        } else if !self.is_json() {
            output::stdout(&plan_text(&surveyed, terminal::width()))?;
        }
        // However long the question stood: what is removed is what nobody needs now.
        let again = self.read_all().await?;
        let orderly = self.context.signals.orderly();
        let stop = self.context.signals.stopped();
        let wait = self.context.bars.wait("removing appliances");
        let mut ended = Vec::new();
        for ((scope, cloud, idle), (_, _, agreed)) in again.into_iter().zip(&surveyed) {
            let is_agreed = |now: &ApplianceSurvey| {
                agreed.iter().any(|then| is_same(now, then) && now.standing == Standing::Idle)
            };
            let mut appliances = Vec::new();
            for appliance in idle.into_iter().filter(is_agreed) {
                let became = wait.during(Box::pin(prune(&cloud, &appliance, &stop))).await;
                appliances.push((appliance, became));
            }
            ended.push(Ended { scope, appliances });
        }
        drop(wait);
        drop(orderly);
        Ok(self.say_end(&ended))
    }

    /// Reads all regions, and gives those appliances of each that nobody needs.
    async fn read_all(&self) -> Result<Vec<(Scope, AwsCloud, Vec<ApplianceSurvey>)>> {
        let regions = self.read().await?;
        let each = regions.into_iter().map(|Region { scope, cloud, found }| {
            let mut found = found?;
            found.retain(|appliance| appliance.standing == Standing::Idle);
            Ok((scope, cloud, found))
        });
        each.collect()
    }

    /// Says what would be removed.
    fn say_plan(
        &self,
        surveyed: &[(Scope, AwsCloud, Vec<ApplianceSurvey>)],
        last: &str,
    ) -> Result<Exit> {
        if self.is_json() {
            let region = |(scope, _, idle): &(Scope, AwsCloud, Vec<ApplianceSurvey>)| {
                json::pruned(scope, idle.iter().map(|appliance| (appliance, None)))
            };
            self.print(Exit::Done, None, surveyed.iter().map(region).collect())?;
        } else {
            output::stdout(&format!("{}{last}", plan_text(surveyed, terminal::width())))?;
        }
        Ok(Exit::Done)
    }

    /// Says what became of it. The account is no more as it was: an error would say that it is.
    fn say_end(&self, ended: &[Ended]) -> Exit {
        let format = self.what.place().common.log_format;
        let all = || ended.iter().flat_map(|region| &region.appliances);
        for error in all().filter_map(|(_, became)| became.error()) {
            errors::print(error, format);
        }
        let exit = exit(all().map(|(_, became)| became));
        let printed = if self.is_json() {
            let region = |Ended { scope, appliances }: &Ended| {
                let each = appliances.iter().map(|(appliance, became)| (appliance, Some(became)));
                json::pruned(scope, each)
            };
            self.print(exit, None, ended.iter().map(region).collect())
        } else {
            let text: String =
                ended.iter().map(|region| table::ended(region, terminal::width())).collect();
            output::stdout(&text)
        };
        if let Err(error) = printed {
            let fault = errors::Fault::new(
                "unprinted",
                format!("the result could not be printed: {error}"),
                "`session_mirror_tap appliances list` shows how it is",
            );
            errors::print(&fault, format);
            return if exit == Exit::Done { Exit::Partial } else { exit };
        }
        exit
    }
}

/// Reads one region.
async fn survey(cloud: &AwsCloud, settings: &Settings) -> Result<Vec<ApplianceSurvey>> {
    // Boxed, as the compiler gives up on a state machine that holds all of the SDK's in itself.
    let read = Box::pin(cloud.inventory(&Narrow::default(), settings)).await;
    let inventory = read.with_context(|| format!("cannot read the account: {UNCHANGED}"))?;
    Ok(appliances(&inventory, settings))
}

/// Whether two looks saw the same appliance.
fn is_same(a: &ApplianceSurvey, b: &ApplianceSurvey) -> bool {
    let id = |survey: &ApplianceSurvey| survey.instance.as_ref().map(|i| i.id.clone());
    id(a) == id(b) && a.targets == b.targets
}

fn plan_text(surveyed: &[(Scope, AwsCloud, Vec<ApplianceSurvey>)], width: Option<usize>) -> String {
    let regions = surveyed.iter().filter(|(_, _, idle)| !idle.is_empty());
    regions.map(|(scope, _, idle)| table::plan(scope, idle, width)).collect()
}

/// The exit code. One that is used by now is left alone as it should be.
fn exit<'a>(all: impl Iterator<Item = &'a Pruned> + Clone) -> Exit {
    let is_fine = |became: &Pruned| matches!(became, Pruned::Done | Pruned::InUse { .. });
    if all.clone().all(is_fine) {
        Exit::Done
    } else if all.clone().any(Pruned::is_change) {
        Exit::Partial
    } else {
        Exit::Failed
    }
}

#[cfg(test)]
mod tests {
    use tap_core::call::Call;
    use tap_core::error::CloudError;

    use super::*;

    #[test]
    fn exit_codes() {
        let failed = |is_half_done| {
            let error = CloudError {
                kind: tap_core::error::ErrorKind::Denied,
                ..CloudError::bad_answer(Call::TerminateInstances, "as the test wants it")
            };
            Pruned::Failed { error, is_half_done }
        };
        let in_use = || Pruned::InUse { target: "tmt-1".into() };
        for (all, expected) in [
            (vec![], Exit::Done),
            (vec![Pruned::Done, in_use()], Exit::Done),
            (vec![Pruned::Done, failed(false)], Exit::Partial),
            (vec![failed(true)], Exit::Partial),
            (vec![failed(false)], Exit::Failed),
            (vec![Pruned::NotTried, in_use()], Exit::Failed),
            (vec![Pruned::NotTried, Pruned::Done], Exit::Partial),
        ] {
            assert_eq!(exit(all.iter()), expected, "{all:?}");
        }
    }
}
