//! The adapter to AWS: the only folder that names the SDK.
//!
//! [`Aws`] holds credentials and configuration and answers what concerns no scope: which regions there are, whose account
//! this is. [`AwsCloud`] is one scope, and implements the traits of [`cloud`](crate::cloud).

mod act;
mod browse;
mod build;
mod classify;
mod convert;
mod load_balancers;
mod look_around;
mod look_up;
mod observe;
mod read;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_ec2::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_ec2::config::timeout::TimeoutConfig;
use aws_sdk_ec2::config::{AppName, Credentials};

pub use classify::kind_of_code;

use crate::call::Call;
use crate::error::CloudError;
use crate::ids::{AccountId, Region};
use crate::inventory::Scope;
use classify::classify;
use convert::need;

/// How often one call is tried. EC2's buckets refill by the second, so a few tries with growing pauses get through.
const ATTEMPTS: u32 = 8;

/// The first pause between two tries at most; it doubles from try to try.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long one answer may take. A page of a thousand instances takes seconds.
const ANSWER_TIME: Duration = Duration::from_secs(60);

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
}

impl Aws {
    /// Loads credentials and configuration. Nothing is asked of AWS yet, unless the region can only come from the instance's
    /// metadata.
    pub async fn load(options: &AwsOptions) -> Self {
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
            .retry_config(retry_config())
            .timeout_config(timeout_config());
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
        Self { config: loader.load().await, default_region: region }
    }

    /// An account that only exists in a simulator: environment and profiles are ignored, so that nothing can reach a real
    /// one.
    pub async fn for_simulator(endpoint_url: &str) -> Self {
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
            .retry_config(retry_config())
            .timeout_config(timeout_config())
            .endpoint_url(endpoint_url)
            .load()
            .await;
        Self { config, default_region: None }
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
        let answer = aws_sdk_ec2::Client::from_conf(self.ec2_config(ask))
            .describe_regions()
            .all_regions(true)
            .send()
            .await
            .map_err(|e| classify(call, e))?;
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
        let config = aws_sdk_sts::config::Builder::from(&self.config).region(sdk_region(ask));
        let answer = aws_sdk_sts::Client::from_conf(config.build())
            .get_caller_identity()
            .send()
            .await
            .map_err(|e| classify(call, e))?;
        need(call, answer.account(), "Account").map(AccountId::new)
    }

    /// One scope of this account.
    pub fn cloud(&self, scope: Scope) -> AwsCloud {
        let elb = aws_sdk_elasticloadbalancingv2::config::Builder::from(&self.config)
            .region(sdk_region(&scope.region))
            .build();
        AwsCloud {
            ec2: aws_sdk_ec2::Client::from_conf(self.ec2_config(&scope.region)),
            elb: aws_sdk_elasticloadbalancingv2::Client::from_conf(elb),
            scope,
        }
    }

    /// The EC2 client's configuration for one region.
    ///
    /// The SDK's retry quota is shared by all clients of a process for one service and region, and once it is spent the SDK
    /// stops retrying at once (docs/aws.md 6.3). A bulk tool that is throttled would lose changes, so the quota is unlimited here;
    /// what bounds the retries is [`ATTEMPTS`].
    fn ec2_config(&self, region: &Region) -> aws_sdk_ec2::Config {
        let partition = RetryPartition::custom(format!("session-mirror-ec2-{region}"))
            .token_bucket(TokenBucket::unlimited())
            .build();
        aws_sdk_ec2::config::Builder::from(&self.config)
            .region(sdk_region(region))
            .retry_partition(partition)
            .build()
    }
}

/// One scope of a real account.
#[derive(Debug, Clone)]
pub struct AwsCloud {
    ec2: aws_sdk_ec2::Client,
    elb: aws_sdk_elasticloadbalancingv2::Client,
    scope: Scope,
}

fn sdk_region(region: &Region) -> aws_sdk_ec2::config::Region {
    aws_sdk_ec2::config::Region::new(region.as_str().to_owned())
}

fn retry_config() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE)
}

fn timeout_config() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(ANSWER_TIME)
        .build()
}
