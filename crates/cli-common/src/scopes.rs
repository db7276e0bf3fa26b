//! The scopes of a run: the account of the credentials in each region that was asked for, with the way to reach it.

use futures::try_join;
use tap_core::aws::{Aws, AwsCloud, Manners};
use tap_core::error::CloudError;
use tap_core::inventory::Scope;

use crate::errors::Fault;
use crate::options::{CommonArgs, RegionArg};
use crate::regions::{self, RegionError};

/// Why there is no scope to work in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// There is no region to work in.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// AWS did not say whose account it is.
    #[error("cannot find out whose account this is: nothing was changed")]
    Account(#[source] CloudError),
}

/// The scopes that the options name for somebody who waits, with credentials and configuration from where every AWS tool has them.
///
/// # Errors
/// [`ScopeError`]: no region, or nobody's account.
pub async fn of(common: &CommonArgs) -> Result<Vec<(Scope, AwsCloud)>, ScopeError> {
    with_manners(common, Manners::default()).await
}

/// The same for a run with manners of its own.
///
/// # Errors
/// [`ScopeError`]: no region, or nobody's account.
pub async fn with_manners(
    common: &CommonArgs,
    manners: Manners,
) -> Result<Vec<(Scope, AwsCloud)>, ScopeError> {
    open(&Aws::load(&common.aws(), manners).await, &common.region).await
}

/// The scopes in the named regions.
///
/// # Errors
/// [`ScopeError`]: no region, or nobody's account.
pub async fn open(aws: &Aws, named: &[RegionArg]) -> Result<Vec<(Scope, AwsCloud)>, ScopeError> {
    let ask = regions::to_ask(aws, named).await?;
    let (regions, account) = try_join!(
        async { Ok::<_, ScopeError>(regions::discover(aws, named).await?) },
        // Who has no region to work in hears of that first, and at once.
        async { Ok(regions::ask_any(&ask, async |region| aws.account(&region).await).await) },
    )?;
    if regions.is_empty() {
        let hint = "enable a region in the account's settings";
        let fault = Fault::new("no-region", "no region is enabled for this account", hint);
        return Err(RegionError::from(fault).into());
    }
    let account = account.map_err(ScopeError::Account)?;
    tracing::debug!(%account, ?regions, "scopes");
    let scopes = regions.into_iter().map(|region| Scope { account: account.clone(), region });
    Ok(scopes.map(|scope| (scope.clone(), aws.cloud(scope))).collect())
}
