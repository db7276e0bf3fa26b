//! Which regions a run is about: those named, or where we are; and whether they exist.

use tap_core::aws::Aws;
use tap_core::error::{CloudError, ErrorKind};
use tap_core::ids::Region;

use crate::errors::Fault;
use crate::options::RegionArg;

/// How far a near name may be from a wrong one, in letters.
const NEAR: usize = 3;

/// How many near names are shown.
const NEAR_NAMES: usize = 3;

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
    if named.contains(&RegionArg::All) {
        return all(aws).await;
    }
    let mut regions: Vec<Region> = Vec::new();
    for argument in named {
        if let RegionArg::Named(region) = argument
            && !regions.contains(region)
        {
            regions.push(region.clone());
        }
    }
    if regions.is_empty() {
        regions.push(ask(aws, named).await?);
    }
    check(aws, &regions).await?;
    Ok(regions)
}

/// The region that is asked what concerns none of them: the first one named, or where we are.
///
/// # Errors
/// [`RegionError::Fault`] where nothing says where we are, and it is not about all regions.
pub async fn ask(aws: &Aws, named: &[RegionArg]) -> Result<Region, RegionError> {
    let here = || aws.default_region();
    if named.contains(&RegionArg::All) {
        return Ok(here().await.unwrap_or_else(|| home_of("")));
    }
    if let Some(RegionArg::Named(region)) = named.first() {
        return Ok(region.clone());
    }
    let no_region =
        || Fault::new("no-region", "no region is set", "pass --region or set AWS_REGION");
    here().await.ok_or_else(|| no_region().into())
}

async fn all(aws: &Aws) -> Result<Vec<Region>, RegionError> {
    let known = aws.regions(&ask(aws, &[RegionArg::All]).await?).await.map_err(RegionError::Ask)?;
    let enabled = known.into_iter().filter_map(|(region, enabled)| enabled.then_some(region));
    Ok(enabled.collect())
}

/// Asks AWS whether the regions exist. The permission to ask is not required: without an answer the run goes on, and an
/// unknown region shows when it is read.
async fn check(aws: &Aws, regions: &[Region]) -> Result<(), RegionError> {
    let Some(first) = regions.first() else {
        return Ok(());
    };
    let known = match aws.regions(first).await {
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
