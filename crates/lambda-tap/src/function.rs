//! The function as Lambda starts it: settings, clients and rules once, then one invocation after the other.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use anyhow::{Context as _, Result};
use lambda_runtime::{Context, Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use tap_core::aws::{Aws, AwsCloud, AwsOptions, Manners};
use tap_core::error::CloudError;
use tap_core::inventory::Scope;
use tap_core::pace::Limits;
use tap_core::settings::Settings;
use tap_core::stop::{StopReason, StopSignal, Stopper};
use tokio::sync::OnceCell;

use crate::config::Config;
use crate::event::{Place, account_of_function};
use crate::handler::{Failure, Handler};
use crate::log;
use crate::rules::{Rules, RulesError};
use crate::run::Runs;
use crate::time::Invocation;

/// Where Lambda says how its runtime is reached.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Starts the function, and runs until Lambda ends it.
pub fn main_impl() -> ExitCode {
    let config = match Config::read(std::env::vars_os().filter_map(as_text)) {
        Ok(config) => config,
        Err(mistakes) => {
            log::init(None);
            for mistake in mistakes {
                tracing::error!("wrong setting: {mistake}");
            }
            return ExitCode::FAILURE;
        }
    };
    log::init(Some(&config));
    if std::env::var_os(RUNTIME_API).is_none() {
        tracing::error!("{RUNTIME_API} is not set: this program is started by AWS Lambda");
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("cannot start threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn as_text((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

async fn run(config: Config) -> Result<()> {
    tracing::info!(version = env!("CARGO_PKG_VERSION"), region = %config.region, "function starts");
    let function = Function::new(config).await?;
    let function = &function;
    let serve = service_fn(async move |event: LambdaEvent<Value>| function.serve(event).await);
    lambda_runtime::run(serve).await.map_err(anyhow::Error::from_boxed).context("the runtime ended")
}

/// What lives as long as the function does.
struct Function {
    config: Config,
    aws: Aws,
    rules: Rules,
    /// The scope, which is known once the first invocation says whose function it is.
    cloud: OnceCell<(Place, AwsCloud)>,
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.kind.to_owned(), error_message: failure.message }
    }
}

impl From<RulesError> for Failure {
    fn from(error: RulesError) -> Self {
        let kind = match error {
            RulesError::Unread(_) => "rules-unread",
            RulesError::Wrong(_) => "rules-wrong",
        };
        Self { kind, message: error.to_string() }
    }
}

impl Function {
    async fn new(config: Config) -> Result<Self> {
        let options = AwsOptions { region: Some(config.region.clone()), ..AwsOptions::default() };
        let share = f64::from(config.api_share) / 100.0;
        let (_, never) = Stopper::new();
        let limits = Limits { share, ..Limits::default() };
        let manners = Manners { limits, stop: never, ..Manners::default() };
        let aws = Aws::load(&options, manners).await;
        let rules = Rules::new(config.rules.clone());
        rules.current(&aws).await?;
        Ok(Self { config, aws, rules, cloud: OnceCell::new() })
    }

    /// Serves one invocation, within its time.
    async fn serve(&self, event: LambdaEvent<Value>) -> Result<Value, Failure> {
        let (payload, context) = event.into_parts();
        let time = Invocation::until(context.deadline, self.config.timeout);
        let (stopper, stop) = Stopper::new();
        let stops = async {
            tokio::time::sleep_until(time.stop().into()).await;
            stopper.stop(StopReason::TimedOut);
            tracing::warn!("the time of the invocation is almost over: no new change is started");
            tokio::time::sleep_until(time.end().into()).await;
        };
        tokio::select! {
            biased;
            answer = self.handle(&payload, &context, &time, &stop) => answer,
            () = stops => {
                let message = "the time of the invocation is over, and a call to AWS has still no answer";
                Err(Failure { kind: "out-of-time", message: message.to_owned() })
            }
        }
        .inspect_err(|failure| tracing::error!(kind = failure.kind, "{failure}"))
    }

    async fn handle(
        &self,
        payload: &Value,
        context: &Context,
        time: &Invocation,
        stop: &StopSignal,
    ) -> Result<Value, Failure> {
        let rules = self.rules.current(&self.aws).await?;
        let settings = Settings { rules, ..self.config.settings.clone() };
        let (place, cloud) = self
            .cloud
            .get_or_try_init(|| self.scope(context))
            .await
            .map_err(|error| Failure { kind: "no-account", message: error.to_string() })?;
        let out = |line: &Value| {
            let mut line = line.clone();
            line["request_id"] = context.request_id.as_str().into();
            log::line(&line);
        };
        let handler = Handler {
            place,
            runs: Runs {
                config: &self.config,
                settings: &settings,
                cloud: &cloud.until(stop.clone()),
                time,
                stop,
                launches: Arc::new(AtomicUsize::new(settings.max_appliances)),
                out: &out,
            },
            post: &self.aws,
        };
        handler.handle(payload).await
    }

    /// The scope that the function works in. Its own ARN has the account; an emulator's may not.
    async fn scope(&self, context: &Context) -> Result<(Place, AwsCloud), CloudError> {
        let region = self.config.region.clone();
        let account = match account_of_function(&context.invoked_function_arn) {
            Some(account) => account,
            None => self.aws.account(&region).await?,
        };
        tracing::info!(%account, %region, "works in");
        let place = Place { account: account.clone(), region: region.clone() };
        Ok((place, self.aws.cloud(Scope { account, region })))
    }
}
