//! The log: to stdout, where Lambda takes it, each line with the id of its invocation.

use std::io::{self, Write};

use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat, LogLevel};

/// What the names of our crates begin with: only they are heard.
const OURS: [&str; 2] = ["tap_core", "lambda_tap"];

/// Starts the log. A second call in the same process changes nothing.
pub fn init(config: Option<&Config>) {
    let level = match config.map(|config| config.log_level) {
        Some(LogLevel::Error) => LevelFilter::ERROR,
        Some(LogLevel::Warn) => LevelFilter::WARN,
        Some(LogLevel::Info) | None => LevelFilter::INFO,
        Some(LogLevel::Debug) => LevelFilter::DEBUG,
    };
    let format = config.map_or(LogFormat::Json, |config| config.log_format);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_ansi(false)
        .with_writer(io::stdout);
    let started = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => {
            let json = builder.json().flatten_event(true);
            json.with_current_span(true).with_span_list(false).try_init()
        }
    };
    if started.is_err() {
        tracing::debug!("the log was started before");
    }
}

fn filter(level: LevelFilter) -> EnvFilter {
    // The runtime's span, which has the id of the invocation, is an info of its own.
    let mut filters = "error,lambda_runtime=info".to_owned();
    for name in OURS {
        filters.push_str(&format!(",{name}={level}"));
    }
    EnvFilter::new(filters)
}

/// Writes a line for programs: a report, or metrics. A log that cannot be written is no reason not to mirror.
pub fn line(value: &Value) {
    let mut text = value.to_string();
    text.push('\n');
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    if let Err(error) = written {
        tracing::error!(%error, "a report could not be written");
    }
}
