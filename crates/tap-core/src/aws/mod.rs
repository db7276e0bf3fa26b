//! The adapter to AWS: the only folder that names the SDK.
//!
//! [`Aws`] holds credentials and configuration and answers what concerns no scope: which regions there are, whose account
//! this is. [`AwsCloud`] is one scope, and implements the traits of [`cloud`](crate::cloud).

mod act;
mod appliance;
mod browse;
mod build;
mod classify;
mod convert;
mod convert_network;
mod load_balancers;
mod look_around;
mod look_behind;
mod look_over;
mod look_up;
mod object;
mod observe;
mod queue;
mod read;
mod send;
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::future::Future;
use std::time::Duration;

use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::config::retry::RetryConfig;
use aws_sdk_ec2::config::timeout::TimeoutConfig;
use aws_sdk_ec2::config::{AppName, Credentials};
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};

pub use classify::kind_of_code;
pub use send::{CallCount, Manners};

use crate::call::Call;
use crate::error::CloudError;
use crate::ids::{AccountId, Region};
use crate::inventory::Scope;
use crate::stop::StopSignal;
use convert::need;
use look_up::present;
use read::next;
use send::Sender;
use whole::WholeAnswers;

/// How long a connection may take to come about.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// The region that is asked about regions and identity where none is known yet.
const ANY_REGION: &str = "us-east-1";

/// How to reach AWS. What is not given comes from the environment and the profile, as with every AWS tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsOptions {
    /// The profile.
    pub profile: Option<String>,
    /// The endpoint of every service, instead of AWS's own.
    pub endpoint_url: Option<String>,
    /// The region that the user named first, if any.
    pub region: Option<Region>,
}

/// Credentials and configuration, loaded once.
#[derive(Debug, Clone)]
pub struct Aws {
    config: SdkConfig,
    default_region: Option<Region>,
    manners: Manners,
    sender: Sender,
}

impl Aws {
    /// Loads credentials and configuration. Nothing is asked of AWS yet, unless the region can only come from the instance's
    /// metadata.
    pub async fn load(options: &AwsOptions, manners: Manners) -> Self {
        let region = match &options.region {
            Some(region) => Some(region.clone()),
            None => {
                let mut chain = DefaultRegionChain::builder();
                if let Some(profile) = &options.profile {
                    chain = chain.profile_name(profile);
                }
                chain.build().region().await.map(|r| Region::new(r.as_ref()))
            }
        };
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(sdk_region(region.as_ref().unwrap_or(&Region::new(ANY_REGION))))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(&manners));
        if let Some(profile) = &options.profile {
            // Who names a profile means it: keys in the environment, which usually come first, would lead elsewhere.
            let of_profile =
                ProfileFileCredentialsProvider::builder().profile_name(profile).build();
            loader = loader.profile_name(profile).credentials_provider(of_profile);
        }
        if let Some(url) = &options.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        if let Ok(name) = AppName::new("session-mirror") {
            loader = loader.app_name(name);
        }
        let sender = Sender::new(manners.clone());
        Self { config: loader.load().await, default_region: region, manners, sender }
    }

    /// An account that only exists in a simulator: environment and profiles are ignored, so that nothing can reach a real
    /// one.
    pub async fn for_simulator(endpoint_url: &str, manners: Manners) -> Self {
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .empty_test_environment()
            .region(sdk_region(&Region::new(ANY_REGION)))
            .credentials_provider(Credentials::new(
                "simulated",
                "simulated",
                None,
                None,
                "simulator",
            ))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts(&manners))
            .endpoint_url(endpoint_url)
            .load()
            .await;
        let sender = Sender::new(manners.clone());
        Self { config, default_region: None, manners, sender }
    }

    /// The region of the environment, the profile or the instance's metadata, in this order.
    pub async fn default_region(&self) -> Option<Region> {
        self.default_region.clone()
    }

    /// All regions, each with whether it is enabled for the account.
    ///
    /// # Errors
    /// What AWS, or the network, said.
    pub async fn regions(&self, ask: &Region) -> Result<BTreeMap<Region, bool>, CloudError> {
        let call = Call::DescribeRegions;
        let request = self.ec2(ask).describe_regions().all_regions(true);
        let answer = self.sender.send(call, || request.clone().send()).await?;
        answer
            .regions()
            .iter()
            .map(|region| {
                let name = need(call, region.region_name(), "regionName")?;
                Ok((Region::new(name), region.opt_in_status() != Some("not-opted-in")))
            })
            .collect()
    }

    /// The account that the credentials belong to.
    ///
    /// # Errors
    /// What AWS, or the network, said.
    pub async fn account(&self, ask: &Region) -> Result<AccountId, CloudError> {
        let call = Call::GetCallerIdentity;
        let config = aws_sdk_sts::config::Builder::from(&self.config)
            .region(sdk_region(ask))
            .interceptor(WholeAnswers);
        let request = aws_sdk_sts::Client::from_conf(config.build()).get_caller_identity();
        let answer = self.sender.send(call, || request.clone().send()).await?;
        need(call, answer.account(), "Account").map(AccountId::new)
    }

    /// The accounts of the organization that an account is in, itself among them. An account in no organization is alone:
    /// that is an answer too.
    ///
    /// # Errors
    /// What AWS, or the network, said. Only the organization's management account and accounts that it delegates to may ask.
    pub async fn organization_accounts(
        &self,
        ask: &Region,
        account: &AccountId,
    ) -> Result<BTreeSet<AccountId>, CloudError> {
        let call = Call::ListAccounts;
        // One endpoint serves a whole partition; the SDK finds it from any of its regions.
        let config =
            aws_sdk_organizations::config::Builder::from(&self.config).region(sdk_region(ask));
        let mut request = aws_sdk_organizations::Client::from_conf(config.build()).list_accounts();
        let mut accounts = BTreeSet::from([account.clone()]);
        loop {
            let page = self.sender.send(call, || request.clone().send()).await;
            let Some(page) = present(page)? else { return Ok(accounts) };
            for found in page.accounts() {
                accounts.insert(AccountId::new(need(call, found.id(), "Id")?));
            }
            let Some(next) = next(page.next_token) else { return Ok(accounts) };
            request = request.next_token(next);
        }
    }

    /// One scope of this account, with a pace of its own: EC2's limits are those of an account and region.
    pub fn cloud(&self, scope: Scope) -> AwsCloud {
        let elb = aws_sdk_elasticloadbalancingv2::config::Builder::from(&self.config)
            .region(sdk_region(&scope.region))
            .interceptor(WholeAnswers);
        AwsCloud {
            ec2: self.ec2(&scope.region),
            elb: aws_sdk_elasticloadbalancingv2::Client::from_conf(elb.build()),
            scope,
            sender: Sender::new(self.manners.clone()),
        }
    }

    fn ec2(&self, region: &Region) -> aws_sdk_ec2::Client {
        let config = aws_sdk_ec2::config::Builder::from(&self.config)
            .region(sdk_region(region))
            .interceptor(WholeAnswers);
        aws_sdk_ec2::Client::from_conf(config.build())
    }
}

/// One scope of a real account.
#[derive(Debug, Clone)]
pub struct AwsCloud {
    ec2: aws_sdk_ec2::Client,
    elb: aws_sdk_elasticloadbalancingv2::Client,
    scope: Scope,
    sender: Sender,
}

impl AwsCloud {
    /// The same scope for another run: with the connections that are open, a pace of its own, and until another signal.
    #[must_use]
    pub fn until(&self, stop: StopSignal) -> Self {
        Self { sender: self.sender.until(stop), ..self.clone() }
    }

    /// What became of the calls so far, for each action that was called.
    pub fn calls(&self) -> BTreeMap<Call, CallCount> {
        self.sender.counts()
    }

    /// What the last call failed with, as long as none was answered since: for whoever gives up waiting.
    pub fn trouble(&self) -> Option<CloudError> {
        self.sender.trouble()
    }

    /// Sends a request of this scope, see [`Sender::send`].
    async fn send<T, E, F>(&self, call: Call, request: impl Fn() -> F) -> Result<T, CloudError>
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        self.sender.send(call, request).await
    }
}

fn sdk_region(region: &Region) -> aws_sdk_ec2::config::Region {
    aws_sdk_ec2::config::Region::new(region.as_str().to_owned())
}

fn timeouts(manners: &Manners) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIME.min(manners.answer_time))
        .operation_attempt_timeout(manners.answer_time)
        .build()
}
