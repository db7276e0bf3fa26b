//! The end of a run: the exit code, and what is said about the run on stderr, on stdout and in the metrics.

use cli_common::errors;
use cli_common::exit::Exit;
use cli_common::options::Output;
use cli_common::{output, terminal};
use tap_core::cycle::CycleError;
use tap_core::settings::Settings;
use uuid::Uuid;

use crate::args::Args;
use crate::metrics_file::MetricsFile;
use crate::result::{self, RegionResult};
use crate::{document, table};

/// What the end of a run has to know.
pub(crate) struct End<'a> {
    /// The command line.
    pub(crate) args: &'a Args,
    /// The id of the run.
    pub(crate) run_id: Uuid,
    /// The settings of the planner.
    pub(crate) settings: Settings,
    /// Where metrics are written, if they are.
    pub(crate) metrics: Option<MetricsFile>,
}

impl End<'_> {
    /// Says what became of the regions.
    pub(crate) fn reached(&mut self, regions: &[RegionResult]) -> Exit {
        let mut exit = result::exit(regions, self.args.dry_run, self.args.detailed_exitcode);
        for refusal in regions.iter().filter_map(|r| r.report()?.plan.refusal.as_ref()) {
            tracing::error!("refused: {refusal}");
        }
        for region in regions {
            let Err(error) = &region.outcome else { continue };
            if exit != Exit::Failed {
                tracing::error!(region = %region.region, "{}", errors::one_line(error));
                continue;
            }
            let mut error = anyhow::Error::new(error.clone());
            if regions.len() > 1 {
                error = error.context(format!("region {}", region.region));
            }
            errors::print(error.as_ref(), self.args.common.log_format);
        }
        exit = self.write_metrics(regions, None, exit);
        let text = match self.args.common.output {
            Output::Json => {
                let unread = regions.iter().find_map(|region| region.outcome.as_ref().err());
                let error = unread.filter(|_| exit == Exit::Failed);
                self.document(regions, exit, error.map(as_dyn))
            }
            Output::Table if exit == Exit::Failed => String::new(),
            Output::Table => self.table(regions),
        };
        if let Err(error) = output::stdout(&text) {
            tracing::error!(%error, "the result could not be written to stdout");
            exit = if self.args.dry_run { Exit::Failed } else { Exit::Partial };
            exit = self.write_metrics(regions, None, exit);
        }
        let totals = result::totals(regions);
        tracing::info!(
            exit = exit.name(),
            create = totals.create,
            modify = totals.modify,
            delete = totals.delete,
            done = totals.done,
            failed = totals.failed,
            mirrored = totals.mirrored,
            eligible = totals.eligible,
            "run ended"
        );
        exit
    }

    /// Says what kept the run from its work.
    pub(crate) fn failed(&mut self, error: &anyhow::Error) -> Exit {
        errors::print(error.as_ref(), self.args.common.log_format);
        let exit = self.write_metrics(&[], Some(errors::kind(error.as_ref())), Exit::Failed);
        if self.args.common.output == Output::Json {
            let text = self.document(&[], exit, Some(error.as_ref()));
            if let Err(error) = output::stdout(&text) {
                tracing::error!(%error, "the result could not be written to stdout");
            }
        }
        tracing::info!(exit = exit.name(), "run ended");
        exit
    }

    fn document(
        &self,
        regions: &[RegionResult],
        exit: Exit,
        error: Option<&(dyn std::error::Error + 'static)>,
    ) -> String {
        let id = self.run_id.to_string();
        document::render(&id, self.args.dry_run, regions, &self.settings, exit, error)
    }

    fn table(&self, regions: &[RegionResult]) -> String {
        let view = table::View {
            verbose: self.args.common.verbose,
            width: terminal::width(),
            dry_run: self.args.dry_run,
            simulated: self.args.simulate.is_some(),
        };
        table::render(regions, &self.settings, &view)
    }

    /// Writes the metrics, where they are wanted. The work is done by now: where they cannot be written, the run is partial at
    /// best.
    fn write_metrics(
        &mut self,
        regions: &[RegionResult],
        failure: Option<&'static str>,
        exit: Exit,
    ) -> Exit {
        let Some(metrics) = &mut self.metrics else { return exit };
        match metrics.write(regions, failure, self.settings.price_per_hour, exit) {
            Ok(()) => exit,
            Err(fault) => {
                errors::print(&fault, self.args.common.log_format);
                if exit == Exit::Done { Exit::Partial } else { exit }
            }
        }
    }
}

fn as_dyn(error: &CycleError) -> &(dyn std::error::Error + 'static) {
    error
}
