//! Which regions a run is about: those named, or where we are; and whether they exist.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tap_core::aws::Aws;
use tap_core::error::{CloudError, ErrorKind};
use tap_core::ids::Region;

use crate::errors::Fault;
use crate::options::RegionArg;

/// How far a near name may be from a wrong one, in letters.
const NEAR: usize = 3;

/// How many near names are shown.
const NEAR_NAMES: usize = 3;

/// How long one region may keep silent before the next one is asked too.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why there is no region to work in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// The user has to correct something.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// AWS could not be asked.
    #[error("cannot ask AWS about its regions: nothing was changed")]
    Ask(#[source] CloudError),
}

/// Finds the regions to work in, and checks that they exist and are enabled, as far as the account may see that.
///
/// # Errors
/// [`RegionError`]: no region, an unknown one, one that is not enabled, or no way to ask.
pub async fn discover(aws: &Aws, named: &[RegionArg]) -> Result<Vec<Region>, RegionError> {
    let ask = to_ask(aws, named).await?;
    if named.contains(&RegionArg::All) {
        let known = regions(aws, &ask).await.map_err(RegionError::Ask)?;
        let enabled = known.into_iter().filter_map(|(region, enabled)| enabled.then_some(region));
        return Ok(enabled.collect());
    }
    check(aws, &ask).await?;
    Ok(ask)
}

/// The regions that are asked what every region knows alike, the nearest first: those named, or where we are; for all regions
/// where we are and the home region.
///
/// # Errors
/// [`RegionError::Fault`] where nothing says where we are, and it is not about all regions.
pub(crate) async fn to_ask(aws: &Aws, named: &[RegionArg]) -> Result<Vec<Region>, RegionError> {
    if named.contains(&RegionArg::All) {
        let home = home_of("");
        let mut ask = vec![aws.default_region().await.unwrap_or_else(|| home.clone())];
        if !ask.contains(&home) {
            ask.push(home);
        }
        return Ok(ask);
    }
    let mut ask: Vec<Region> = Vec::new();
    for argument in named {
        if let RegionArg::Named(region) = argument
            && !ask.contains(region)
        {
            ask.push(region.clone());
        }
    }
    if ask.is_empty() {
        let Some(region) = aws.default_region().await else {
            let hint = "pass --region or set AWS_REGION";
            return Err(Fault::new("no-region", "no region is set", hint).into());
        };
        ask.push(region);
    }
    Ok(ask)
}

/// Asks what every region knows alike: the first, and each next one as soon as the one before cannot answer, or keeps silent
/// for a while. A region whose endpoint is down must not keep the others from their work.
///
/// # Errors
/// The first region's, where none answers; at once, where another region would say the same.
pub(crate) async fn ask_any<T, F>(
    regions: &[Region],
    ask: impl Fn(Region) -> F,
) -> Result<T, CloudError>
where
    F: Future<Output = Result<T, CloudError>>,
{
    let asked = |i: usize| {
        let answer = ask(regions[i].clone());
        async move { (i, answer.await) }
    };
    let mut asking: FuturesUnordered<_> = std::iter::once(asked(0)).collect();
    let (mut next, mut errors) = (1, BTreeMap::new());
    loop {
        let answer = if next < regions.len() {
            tokio::time::timeout(PATIENCE, asking.next()).await
        } else {
            Ok(asking.next().await)
        };
        match answer {
            Ok(Some((_, Ok(known)))) => return Ok(known),
            Ok(Some((_, Err(error)))) if !error.kind.may_pass() => return Err(error),
            Ok(Some((i, Err(error)))) => {
                errors.insert(i, error);
            }
            Ok(None) | Err(_) => {}
        }
        if next < regions.len() {
            asking.push(asked(next));
            next += 1;
        } else if asking.is_empty() {
            let (_, first) = errors.pop_first().expect("every region was asked and failed");
            return Err(first);
        }
    }
}

async fn regions(aws: &Aws, ask: &[Region]) -> Result<BTreeMap<Region, bool>, CloudError> {
    ask_any(ask, async |region| aws.regions(&region).await).await
}

/// Asks AWS whether the regions exist. The permission to ask is not required: without an answer the run goes on, and an
/// unknown region shows when it is read.
async fn check(aws: &Aws, regions: &[Region]) -> Result<(), RegionError> {
    let Some(first) = regions.first() else {
        return Ok(());
    };
    let known = match self::regions(aws, regions).await {
        Ok(known) => known,
        Err(error) if may_be_wrong_region(&error) => {
            let home = home_of(first.as_str());
            let known = if *first == home { None } else { aws.regions(&home).await.ok() };
            // Where the home region sees nothing wrong with it, the first answer stands.
            match known.filter(|known| known.get(first) != Some(&true)) {
                Some(known) => known,
                None => return Err(RegionError::Ask(error)),
            }
        }
        Err(error) if error.kind == ErrorKind::Credentials => return Err(RegionError::Ask(error)),
        Err(error) => {
            tracing::debug!(%error, "the regions are not checked");
            return Ok(());
        }
    };
    for region in regions {
        match known.get(region) {
            Some(true) => {}
            Some(false) => return Err(not_enabled(region).into()),
            None => return Err(unknown(region, known.keys()).into()),
        }
    }
    Ok(())
}

/// Whether an error may come from asking a region that is none, or not this account's. The one has no endpoint; the other
/// takes nobody's credentials. The home region of the partition knows.
fn may_be_wrong_region(error: &CloudError) -> bool {
    match error.kind {
        ErrorKind::Unreachable => true,
        // Without a code there were no credentials to be sent.
        ErrorKind::Credentials => error.code.is_some(),
        _ => false,
    }
}

fn not_enabled(region: &Region) -> Fault {
    Fault::new(
        "region-not-enabled",
        format!("region {region} is not enabled for this account"),
        "enable it in the account's settings, or leave it out of --region",
    )
}

fn unknown<'a>(region: &Region, known: impl Iterator<Item = &'a Region>) -> Fault {
    let distance = |name: &str| strsim::damerau_levenshtein(name, region.as_str());
    let mut near: Vec<(usize, &str)> = known
        .map(|name| (distance(name.as_str()), name.as_str()))
        .filter(|(distance, _)| *distance <= NEAR)
        .collect();
    near.sort_unstable();
    near.truncate(NEAR_NAMES);
    let names: Vec<&str> = near.into_iter().map(|(_, name)| name).collect();
    let hint = match names.as_slice() {
        [] => "pass one that exists with --region, for example us-east-1".to_owned(),
        names => format!("did you mean {}?", names.join(", ")),
    };
    Fault::new("unknown-region", format!("there is no region {region}"), hint)
}

/// The region of a partition that every account of it has.
fn home_of(region: &str) -> Region {
    let home = match region.split('-').next() {
        Some("cn") => "cn-north-1",
        Some("us") if region.starts_with("us-gov-") => "us-gov-west-1",
        _ => "us-east-1",
    };
    Region::new(home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_region_names_its_neighbours() {
        let known: Vec<Region> = ["eu-west-1", "eu-west-2", "sa-east-1", "us-west-1", "us-west-2"]
            .map(Region::new)
            .into();
        let fault = unknown(&"us-wets-2".into(), known.iter());
        assert_eq!(fault.message, "there is no region us-wets-2");
        assert_eq!(fault.hint, "did you mean us-west-2, us-west-1, eu-west-2?");
        let fault = unknown(&"mars-north-1".into(), known.iter());
        assert!(fault.hint.contains("--region"), "{}", fault.hint);
    }

    fn error(kind: ErrorKind, region: &Region) -> CloudError {
        let (resource, code) = (None, None);
        let call = tap_core::call::Call::GetCallerIdentity;
        CloudError { kind, call, resource, code, message: region.to_string() }
    }

    #[tokio::test]
    async fn whoever_answers_answers_for_all() {
        let regions: [Region; 3] = ["a".into(), "b".into(), "c".into()];
        let asked = std::cell::RefCell::new(String::new());
        let ask = async |bad: &[&str], kind: ErrorKind| {
            asked.borrow_mut().clear();
            let answer = ask_any(&regions, async |region| {
                asked.borrow_mut().push_str(region.as_str());
                if bad.contains(&region.as_str()) { Err(error(kind, &region)) } else { Ok(region) }
            });
            let answer = answer.await.map(|region| region.to_string());
            (answer.map_err(|error| error.message), asked.borrow().clone())
        };
        let ok = |region: &str| Ok(region.to_owned());
        assert_eq!(ask(&[], ErrorKind::Denied).await, (ok("a"), "a".to_owned()));
        assert_eq!(ask(&["a"], ErrorKind::Unreachable).await, (ok("b"), "ab".to_owned()));
        let nobody = ask(&["a", "b", "c"], ErrorKind::Unreachable).await;
        assert_eq!(nobody, (Err("a".to_owned()), "abc".to_owned()));
        // What no other region would say otherwise is not asked again.
        assert_eq!(ask(&["a"], ErrorKind::Denied).await, (Err("a".to_owned()), "a".to_owned()));
    }

    #[test]
    fn each_partition_has_a_home() {
        for (region, home) in [
            ("eu-west-9", "us-east-1"),
            ("us-west-9", "us-east-1"),
            ("us-gov-south-1", "us-gov-west-1"),
            ("cn-east-9", "cn-north-1"),
        ] {
            assert_eq!(home_of(region).as_str(), home);
        }
    }
}
