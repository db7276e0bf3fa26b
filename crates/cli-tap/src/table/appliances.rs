//! The appliances that a run launches, finishes or removes, with what became of each.

use cli_common::layout::fill;
use cli_common::terminal::{CREATE, DELETE, ERROR, MODIFY, printable};
use tap_core::apply::ApplianceOutcome;
use tap_core::plan::{AppliancePlan, ApplianceStep};
use tap_core::report::ScopeReport;

use super::{View, line};

/// Adds a line per appliance; nothing, where there is none.
pub(super) fn appliances(out: &mut String, report: &ScopeReport, view: &View) {
    let ScopeReport { plan, applied } = report;
    if plan.appliances.is_empty() {
        return;
    }
    line(out, format_args!(""));
    for (number, appliance) in &plan.appliances {
        let AppliancePlan { rule, key, subnet, step, sources } = appliance;
        let (style, sign, what) = match step {
            ApplianceStep::Launch { spec, .. } => {
                (CREATE, '+', format!("launch {} in {subnet}", spec.instance_type))
            }
            ApplianceStep::Finish { instance, .. } => {
                (MODIFY, '~', format!("finish {instance}, which has no target yet"))
            }
            ApplianceStep::Remove { instance, .. } => {
                (DELETE, '-', format!("terminate {instance}, which no source needs"))
            }
        };
        let mut text = format!("{style}{sign}{style:#} appliance {}: {what}", number.0 + 1);
        match rule {
            Some(rule) => {
                let noun = if *sources == 1 { "source" } else { "sources" };
                text.push_str(&format!(", for {sources} {noun} of rule {}", said(rule)));
            }
            None => text.push_str(&format!(", made for {}", said(key))),
        }
        let outcome = applied.as_ref().and_then(|applied| applied.appliances.get(number));
        text.push_str(&outcome.map_or_else(String::new, outcome_words));
        fill(out, view.width, 2, 6, &text);
    }
}

fn said(name: &impl ToString) -> String {
    printable(&name.to_string())
}

fn outcome_words(outcome: &ApplianceOutcome) -> String {
    let left = |left: &Option<_>| match left {
        Some(instance) => format!(" ({instance} is left for the next run)"),
        None => String::new(),
    };
    match outcome {
        ApplianceOutcome::Ready { instance, target } => format!("; {instance} with {target}"),
        ApplianceOutcome::Removed => "; done".to_owned(),
        ApplianceOutcome::LeftAlone => "; left alone: it is in use by now".to_owned(),
        ApplianceOutcome::NotDone { why, left: instance } => {
            format!("; {ERROR}not done: {}{ERROR:#}{}", why.code(), left(instance))
        }
        ApplianceOutcome::Failed { error, left: instance } => {
            let code = error.code.as_deref().unwrap_or(error.kind.code());
            format!("; {ERROR}failed: {code}{ERROR:#}{}: {}", left(instance), error.remedy())
        }
    }
}
