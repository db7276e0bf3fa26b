//! Reads the regions of the command line, side by side.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use cli_common::named::{Seen, check_ids};
use cli_common::program::Context;
use cli_common::rules::Source;
use cli_common::scopes;
use futures::future::join_all;
use tap_core::aws::{Aws, Manners};
use tap_core::call::Call;
use tap_core::cloud::{LookOver, Overview};
use tap_core::error::CloudError;
use tap_core::ids::{AccountId, Region};
use tap_core::inventory::{Narrow, Scope};
use tap_core::moment::Moment;
use tap_core::settings::Settings;

use crate::args::Place;

/// One region as it was read.
pub(crate) struct Reading {
    pub(crate) scope: Scope,
    pub(crate) settings: Settings,
    pub(crate) read: Result<Overview, CloudError>,
}

/// Everything that was read.
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) regions: Vec<Reading>,
    aws: Aws,
}

/// Reads all regions.
///
/// # Errors
/// What kept it from reading anything: no credentials, no region, a file that cannot be used, an id that is nowhere.
pub(crate) async fn read(place: &Place, narrow: &Narrow, context: &Context) -> Result<Account> {
    let settings =
        Settings { now: Some(now()), ..place.wanted.settings_with_files(&place.common)? };
    let source = place.wanted.rules.as_deref().map(Source::open).transpose()?;
    let manners = Manners {
        answer_time: place.call_timeout,
        stop: context.signals.stopped(),
        ..Manners::default()
    };
    let wait = context.bars.wait("reading the account");
    let read = async {
        let aws = Aws::load(&place.common.aws(), manners).await;
        let scopes = scopes::open(&aws, &place.common.region).await?;
        // All of them are of one account, and there is one at least.
        let id = scopes.first().map_or_else(|| "".into(), |(scope, _)| scope.account.clone());
        let mut rules = match &source {
            Some(source) => source.of(scopes.iter().map(|(scope, _)| &scope.region))?,
            None => BTreeMap::new(),
        };
        let reads = scopes.into_iter().map(|(scope, cloud)| {
            let mut settings = settings.clone();
            settings.rules_given = source.is_some();
            settings.rules = rules.remove(&scope.region);
            async move {
                let read = cloud.look_over(narrow, &settings).await;
                Reading { scope, settings, read }
            }
        });
        let regions: Vec<Reading> = join_all(reads).await;
        anyhow::Ok(Account { id, regions, aws })
    };
    let account = wait.during(read).await?;
    account.check_ids(narrow)?;
    Ok(account)
}

impl Account {
    /// An id that the user named and that is nowhere is a typing error: it would else look like "nothing there". Where a
    /// region could not be read, it may be there.
    fn check_ids(&self, narrow: &Narrow) -> Result<()> {
        let mut seen = Vec::new();
        for Reading { read, .. } in &self.regions {
            match read {
                Ok(overview) if !overview.unread.contains_key(&Call::DescribeVpcs) => {
                    seen.push(Seen::of(narrow, &overview.inventory));
                }
                Ok(_) | Err(_) => return Ok(()),
            }
        }
        let regions: Vec<Region> =
            self.regions.iter().map(|reading| reading.scope.region.clone()).collect();
        let seen: Vec<&Seen> = seen.iter().collect();
        Ok(check_ids(narrow, &seen, &self.id, &regions)?)
    }

    /// Reads which accounts the organization has, where some session delivers to another account that nobody trusts. Else
    /// nobody needs to know, and nobody needs the right to ask.
    pub(crate) async fn read_organization(&mut self, is_trusted: impl Fn(&AccountId) -> bool) {
        let abroad = |reading: &Reading| {
            reading.read.as_ref().is_ok_and(|overview| {
                let inv = &overview.inventory;
                let receivers = inv.sessions.values().filter_map(|s| inv.targets.get(&s.target));
                let mut owners = receivers.map(|target| &target.owner);
                owners.any(|owner| *owner != inv.scope.account && !is_trusted(owner))
            })
        };
        let Some(first) = self.regions.iter().find(|reading| abroad(reading)) else {
            return;
        };
        let answer = self.aws.organization_accounts(&first.scope.region, &self.id).await;
        let refused = match answer {
            Ok(accounts) => {
                for overview in self.regions.iter_mut().filter_map(|r| r.read.as_mut().ok()) {
                    overview.network.organization = Some(accounts.clone());
                }
                return;
            }
            Err(error) => error,
        };
        tracing::debug!(error = %refused, "the organization's accounts cannot be read");
        for overview in self.regions.iter_mut().filter_map(|r| r.read.as_mut().ok()) {
            overview.unread.insert(Call::ListAccounts, refused.clone());
        }
    }
}

/// What time it is.
pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
