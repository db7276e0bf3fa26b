//! The log: to stderr, as text or JSON lines, each JSON line with the id of the run.
//!
//! `SESSION_MIRROR_LOG` takes filters of tracing (`aws_smithy_runtime=debug`) for those who have to look into the SDK.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use clap::ValueEnum;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use crate::{output, terminal};

/// The variable with filters for the log.
const FILTERS: &str = "SESSION_MIRROR_LOG";

/// What the names of our crates begin with: only they are heard.
const OURS: [&str; 3] = ["tap_core", "cli_", "aws_sim"];

/// How the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object per line.
    Json,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// What a run does, in few lines.
    #[default]
    Normal,
    /// Each call and change.
    Verbose,
}

/// Runs something that writes to stderr while nothing else, such as a progress bar, draws there.
pub type Around = Arc<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

/// Starts the log. A second call in the same process changes nothing.
pub fn init(verbosity: Verbosity, format: LogFormat, run_id: &str, around: Around) {
    let level = match verbosity {
        Verbosity::Quiet => LevelFilter::ERROR,
        Verbosity::Normal => LevelFilter::INFO,
        Verbosity::Verbose => LevelFilter::DEBUG,
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(level, std::env::var(FILTERS).ok().as_deref()))
        .with_writer(Stderr(around));
    let started = match format {
        LogFormat::Text => {
            builder.with_target(false).with_ansi(terminal::stderr_has_colour()).try_init()
        }
        LogFormat::Json => builder.event_format(JsonLines { run_id: run_id.to_owned() }).try_init(),
    };
    if started.is_err() {
        tracing::debug!("the log was started before");
    }
}

fn filter(level: LevelFilter, more: Option<&str>) -> EnvFilter {
    let mut filters = "error".to_owned();
    for name in OURS {
        filters.push_str(&format!(",{name}={level}"));
    }
    if let Some(more) = more {
        filters.push_str(&format!(",{more}"));
    }
    EnvFilter::new(filters)
}

/// One flat JSON object per event. The formatter that comes with tracing puts the run's id only on what happens inside a
/// span, and not all does.
struct JsonLines {
    run_id: String,
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let time = now();
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let Fields(mut line) = fields;
        line.insert("time".to_owned(), json!(time));
        line.insert("level".to_owned(), json!(event.metadata().level().as_str()));
        line.insert("target".to_owned(), json!(event.metadata().target()));
        line.insert("run_id".to_owned(), json!(self.run_id));
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// The time, as it stands in the log.
pub fn now() -> String {
    let mut time = String::new();
    SystemTime.format_time(&mut Writer::new(&mut time)).expect("a string takes any time");
    time
}

struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, json!(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, json!(value));
    }
}

struct Stderr(Around);

/// One line of the log, written at once when it is whole.
struct Line {
    text: Vec<u8>,
    around: Around,
}

impl<'a> MakeWriter<'a> for Stderr {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { text: Vec::new(), around: Arc::clone(&self.0) }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.text.is_empty() {
            let text = String::from_utf8_lossy(&self.text);
            (self.around)(&mut || output::stderr(&text));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn all_crates_of_ours_are_heard_and_no_others() {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter(LevelFilter::INFO, Some("hyper=info")))
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "tap_core::aws", "heard 1");
            tracing::info!(target: "cli_config_vpc::run", "heard 2");
            tracing::info!(target: "cli_blacklist", "heard 3");
            tracing::debug!(target: "cli_blacklist", "too much");
            tracing::info!(target: "aws_smithy_runtime", "not ours");
            tracing::error!(target: "aws_smithy_runtime", "heard 4");
            tracing::info!(target: "hyper", "heard 5");
        });
        let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.matches("heard").count(), 5, "{text}");
        assert_eq!(text.lines().count(), 5, "{text}");
    }

    #[test]
    fn every_json_line_has_the_run_and_the_event_flat() {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .event_format(JsonLines { run_id: "run-1".to_owned() })
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(changes = 3, region = %"eu-west-1", "run ended");
            tracing::warn!("second");
        });
        let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line["run_id"] == "run-1"));
        assert_eq!(lines[0]["changes"], 3);
        assert_eq!(lines[0]["region"], "eu-west-1");
        assert_eq!(lines[0]["message"], "run ended");
        assert_eq!(lines[1]["level"], "WARN");
    }
}
