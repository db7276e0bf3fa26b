//! The ids that the user named: each must be somewhere, or nothing is changed anywhere.

use std::collections::BTreeSet;

use crate::errors::Fault;
use tap_core::ids::{AccountId, InstanceId, Region, VpcId};
use tap_core::inventory::{Inventory, Narrow};

/// What of the ids that the user named is in a region.
#[derive(Debug)]
pub struct Seen {
    vpcs: BTreeSet<VpcId>,
    instances: BTreeSet<InstanceId>,
}

impl Seen {
    /// What of them an inventory has.
    pub fn of(narrow: &Narrow, inventory: &Inventory) -> Self {
        let vpcs = narrow.vpcs.iter().filter(|id| inventory.vpcs.contains_key(*id));
        let instances = narrow.instances.iter().filter(|id| inventory.instances.contains_key(*id));
        Self { vpcs: vpcs.cloned().collect(), instances: instances.cloned().collect() }
    }
}

/// Every id that the user named must be somewhere: a typing error would else look like "nothing to do".
///
/// # Errors
/// A [`Fault`] that names those that are nowhere.
pub fn check_ids(
    narrow: &Narrow,
    seen: &[&Seen],
    account: &AccountId,
    regions: &[Region],
) -> Result<(), Fault> {
    let vpcs = narrow.vpcs.iter().filter(|id| !seen.iter().any(|s| s.vpcs.contains(*id)));
    let instances =
        narrow.instances.iter().filter(|id| !seen.iter().any(|s| s.instances.contains(*id)));
    let missing: Vec<&str> =
        vpcs.map(|id| id.as_str()).chain(instances.map(|id| id.as_str())).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let regions: Vec<&str> = regions.iter().map(|region| region.as_str()).collect();
    Err(Fault::new(
        "no-such-id",
        format!(
            "{} does not exist in account {account}, {}",
            missing.join(", "),
            regions.join(", ")
        ),
        if narrow.instances.is_empty() {
            "check the id and --region"
        } else {
            "check the id and --region; an instance that is gone needs no healing"
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(vpcs: &[&str], instances: &[&str]) -> Narrow {
        Narrow {
            vpcs: vpcs.iter().map(|id| VpcId::from(*id)).collect(),
            instances: instances.iter().map(|id| InstanceId::from(*id)).collect(),
        }
    }

    fn seen(vpcs: &[&str], instances: &[&str]) -> Seen {
        let Narrow { vpcs, instances } = named(vpcs, instances);
        Seen { vpcs, instances }
    }

    #[test]
    fn an_id_must_be_in_one_of_the_regions() {
        let regions: [Region; 2] = ["eu-west-1".into(), "us-east-1".into()];
        let check = |narrow: &Narrow| {
            let (one, other) = (seen(&["vpc-1"], &[]), seen(&[], &["i-1"]));
            check_ids(narrow, &[&one, &other], &"111122223333".into(), &regions)
        };
        assert_eq!(check(&named(&["vpc-1"], &["i-1"])), Ok(()));
        assert_eq!(check(&Narrow::default()), Ok(()));
        let fault = check(&named(&["vpc-1", "vpc-2"], &["i-2"])).unwrap_err();
        assert_eq!(
            fault.message,
            "vpc-2, i-2 does not exist in account 111122223333, eu-west-1, us-east-1"
        );
    }
}
