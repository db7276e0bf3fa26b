//! `explain`: why one thing is, or is not, mirrored, for people and for programs.

use anyhow::Result;
use cli_common::document::Frame;
use cli_common::errors::{Fault, one_line};
use cli_common::exit::Exit;
use cli_common::layout::fill;
use cli_common::options::Output;
use cli_common::output;
use cli_common::program::Context;
use cli_common::terminal::{self, printable};
use serde_json::{Value, json};
use tap_audit::explain::{Answer, Explanation, Subject, explain};
use tap_audit::look::look;
use tap_audit::model::Audit;
use tap_core::call::Call;
use tap_core::ids::{EniId, InstanceId, VpcId};
use tap_core::inventory::{Narrow, Scope};

use crate::args::{Judging, Place};
use crate::read::{Reading, read};

const EXAMPLES: &str = "\
Examples:
  session_mirror_audit explain i-0a1b2c3d                  An instance, with all its interfaces
  session_mirror_audit explain eni-0a1b2c3d vpc-0a1b2c3d   Several things at once
  session_mirror_audit explain i-0a1b2c3d --region all     Wherever it is

Exit codes: 0 explained; 1 it is nowhere, or could not be read; 64 wrong command line";

/// What `explain` takes.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    /// Instance, interface or VPC: i-…, eni-… or vpc-…
    #[arg(value_name = "ID", required = true, value_parser = subject)]
    pub(crate) subjects: Vec<Subject>,

    /// What is held to be right.
    #[command(flatten)]
    pub(crate) judging: Judging,

    /// Where to look, and what should be there.
    #[command(flatten)]
    pub(crate) place: Place,
}

fn subject(text: &str) -> Result<Subject, String> {
    let wrong = |error: tap_core::ids::MalformedId| error.to_string();
    if text.starts_with("eni-") {
        EniId::typed(text).map(Subject::Interface).map_err(wrong)
    } else if text.starts_with("vpc-") {
        VpcId::typed(text).map(Subject::Vpc).map_err(wrong)
    } else if text.starts_with("i-") {
        InstanceId::typed(text).map(Subject::Instance).map_err(wrong)
    } else {
        Err("expected an instance, an interface or a VPC: i-…, eni-… or vpc-…".to_owned())
    }
}

/// One answer, with where the thing is.
struct Explained<'a> {
    subject: &'a Subject,
    scope: Scope,
    explanation: Explanation,
}

/// Explains everything that was asked about, and prints.
pub(crate) async fn run(what: &Explain, context: &Context) -> Result<Exit> {
    let ended = explain_all(what, context).await;
    let is_json = what.place.common.output == Output::Json;
    let frame = |exit, error| Frame { run_id: context.run_id, dry_run: false, exit, error };
    match ended {
        Ok(explained) if is_json => frame(Exit::Done, None).print(documents(&explained))?,
        Ok(explained) => output::stdout(&text(&explained, terminal::width()))?,
        Err(error) => {
            if is_json {
                let source = error.as_ref() as &(dyn std::error::Error + 'static);
                frame(Exit::Failed, Some(source)).print(Vec::new())?;
            }
            return Err(error);
        }
    }
    Ok(Exit::Done)
}

async fn explain_all<'a>(what: &'a Explain, context: &Context) -> Result<Vec<Explained<'a>>> {
    let mut account = read(&what.place, &Narrow::default(), context).await?;
    let expect = what.judging.expectations();
    account.read_organization(|account| expect.trusted.contains(account)).await;
    let mut looked = Vec::new();
    let mut failed = None;
    for Reading { scope, settings, read } in account.regions {
        let looked_at = read.map_err(anyhow::Error::from).and_then(|overview| {
            let audit = look(&overview, &settings, &expect)?;
            Ok((scope.clone(), overview.inventory, audit))
        });
        match looked_at {
            Ok(region) => looked.push(region),
            Err(error) => failed = Some(error.context(format!("region {}", scope.region))),
        }
    }
    let mut explained = Vec::new();
    for subject in &what.subjects {
        let found = looked.iter().find_map(|(scope, inv, audit)| {
            let explanation = explain(audit, inv, subject)?;
            Some(Explained { subject, scope: scope.clone(), explanation })
        });
        match (found, failed) {
            (Some(found), error) => {
                explained.push(found);
                failed = error;
            }
            // It may be in a region that could not be read: that is what has to be known.
            (None, Some(error)) => return Err(error),
            (None, None) => return Err(nowhere(subject, &looked).into()),
        }
    }
    if let Some(error) = failed {
        tracing::warn!("not read: {}", one_line(error.as_ref()));
    }
    Ok(explained)
}

fn nowhere<T>(subject: &Subject, looked: &[(Scope, T, Audit)]) -> Fault {
    let regions: Vec<&str> = looked.iter().map(|(scope, ..)| scope.region.as_str()).collect();
    let account = looked.first().map(|(scope, ..)| scope.account.to_string()).unwrap_or_default();
    // Only what would have shown it: it is not hidden by a security group that nobody may read.
    let shown_by: &[Call] = match subject {
        Subject::Vpc(_) => &[Call::DescribeVpcs],
        Subject::Instance(_) | Subject::Interface(_) => &[Call::DescribeInstances],
    };
    let mut calls = looked.iter().flat_map(|(_, _, audit)| audit.unread.keys());
    let refused = calls.find(|call| shown_by.contains(call));
    let (id, regions) = (subject.as_str(), regions.join(", "));
    let what = match (refused, subject) {
        (Some(call), _) => format!("{id} cannot be seen, and {call} was refused"),
        // Interfaces of load balancers and the like are there, and never sources.
        (None, Subject::Interface(_)) => format!(
            "{id} is no interface of an instance in account {account}, {regions}, and no session mirrors it"
        ),
        (None, _) => format!("{id} does not exist in account {account}, {regions}"),
    };
    Fault::new("no-such-id", what, "check the id and --region")
}

/// The answers for people.
fn text(explained: &[Explained<'_>], width: Option<usize>) -> String {
    let mut text = String::new();
    for (n, Explained { scope, explanation, .. }) in explained.iter().enumerate() {
        let Explanation { verdict, parts, remedies } = explanation;
        if n > 0 {
            text.push('\n');
        }
        let line = format!("{verdict} (account {}, {})", scope.account, scope.region);
        fill(&mut text, width, 0, 0, &printable(&line));
        for part in parts {
            text.push('\n');
            fill(&mut text, width, 0, 2, &printable(&part.about));
            for step in &part.steps {
                let mark = match step.answer {
                    Answer::Yes => "yes",
                    Answer::No => "no ",
                    Answer::Unknown => "?  ",
                };
                fill(&mut text, width, 2, 7, &format!("{mark}  {}", printable(&step.text)));
            }
        }
        if !remedies.is_empty() {
            text.push_str("\nWhat to change\n");
            for remedy in remedies {
                fill(&mut text, width, 2, 4, &format!("- {remedy}"));
            }
        }
    }
    text
}

/// The answers for programs: one document for each.
fn documents(explained: &[Explained<'_>]) -> Vec<Value> {
    let document = |Explained { subject, scope, explanation }: &Explained<'_>| {
        let Explanation { verdict, parts, remedies } = explanation;
        let parts: Vec<Value> = parts
            .iter()
            .map(|part| {
                let steps = part.steps.iter();
                let steps: Vec<Value> =
                    steps.map(|s| json!({ "answer": s.answer.as_str(), "text": s.text })).collect();
                json!({ "about": part.about, "steps": steps })
            })
            .collect();
        json!({
            "account": scope.account,
            "region": scope.region,
            "id": subject.as_str(),
            "verdict": verdict,
            "parts": parts,
            "remedies": remedies,
        })
    };
    explained.iter().map(document).collect()
}
