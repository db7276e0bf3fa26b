//! Asks one question of the kind that it is told to, and prints the answer: with this the questions of `cli_common::ui` are
//! tested on a real terminal, apart from the programs that ask them.
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use cli_common::exit::Exit;
use cli_common::options::CommonArgs;
use cli_common::output;
use cli_common::program::{self, Arguments, Context};
use cli_common::ui::{Question, Ui};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Choose,
    Many,
    Confirm,
    Text,
    /// A text, and then whether it is right.
    Both,
    /// Waits as for an answer of AWS.
    Read,
    /// Waits as while something is written.
    Write,
}

/// Asks a question
#[derive(Debug, Parser)]
struct Args {
    #[arg(value_enum)]
    kind: Kind,

    /// How many items there are
    #[arg(long, default_value_t = 3)]
    items: usize,

    /// How many items come before the one that is current
    #[arg(long, default_value_t = 0)]
    current: usize,

    #[command(flatten)]
    common: CommonArgs,
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        &self.common
    }
}

/// An item as long as those of the programs, with a name that no terminal must take for its own.
fn item(n: usize) -> String {
    let kind = ["web", "db", "Büro"][n % 3];
    format!(
        "i-0de00000000{n:05}  {kind}-{n}  m5.large  \u{1b}[2J shop, the VPC of all shops of the north"
    )
}

async fn work(args: Args, context: Context) -> Result<Exit> {
    let ui = &context.ui;
    let items: Vec<String> = (0..args.items).map(item).collect();
    let ask = |text| Question { text, flag: "--answer" };
    let answer = match args.kind {
        Kind::Choose => items[ui.choose(ask("Which instance?"), &items, args.current)?].clone(),
        Kind::Many => {
            let chosen = ui.choose_many(ask("Which instances are to be left alone?"), &items)?;
            format!("{chosen:?}")
        }
        Kind::Confirm => {
            let yes =
                ui.confirm(ask("Remove 12 sessions of vpc-0de00000000000001, now and here?"))?;
            if yes { "agreed".to_owned() } else { "refused".to_owned() }
        }
        Kind::Text => text(ui)?,
        Kind::Both => {
            let text = text(ui)?;
            format!("{text}, sure: {}", ui.confirm(ask("Sure?"))?)
        }
        Kind::Read => {
            let wait = context.bars.wait("reading the account");
            wait.during(std::future::pending::<()>()).await;
            return Ok(Exit::Done);
        }
        Kind::Write => {
            let orderly = context.signals.orderly();
            output::stderr("writing\n");
            let reason = context.signals.stopped().wait().await;
            output::stderr(&format!("stopped: {}\n", reason.code()));
            // What is in flight never ends: the second signal must.
            std::future::pending::<()>().await;
            drop(orderly);
            return Ok(Exit::Partial);
        }
    };
    output::stdout(&format!("answer: {}\n", answer.split('\u{1b}').next().unwrap_or_default()))?;
    Ok(Exit::Done)
}

fn text(ui: &impl Ui) -> Result<String> {
    let ids = |text: &str| match text
        .split([',', ' '])
        .find(|id| !id.is_empty() && !id.starts_with("i-"))
    {
        Some(wrong) => Err(format!("`{wrong}` is not an instance id")),
        None if text.is_empty() => Err("expected at least one id".to_owned()),
        None => Ok(()),
    };
    Ok(ui.text(Question { text: "Ids of instances", flag: "--answer" }, &ids)?)
}

fn main() -> ExitCode {
    program::main("questions", std::env::args_os(), work)
}
