//! The name of the load balancer, and of its target group, that is made for a VPC. It is how an earlier try is found again, so it
//! follows from the vendor and the VPC alone.

use uuid::Uuid;

use crate::ids::VpcId;

/// The most characters that AWS takes (docs/aws.md 11).
const LONGEST: usize = 32;

/// What stands between the vendor and the VPC.
const MIDDLE: &str = "Tap";

/// How a load balancer's name must not begin.
const RESERVED: &str = "internal-";

/// How many digits stand for a VPC whose id cannot be part of a name: as many as an id has today.
const DIGITS: usize = 17;

/// The name: `{vendor}Tap{VPC id without "vpc-"}`, as Vectra's tool has it, so that a load balancer that it made is found.
///
/// AWS takes letters, digits and hyphens, 32 at most, no hyphen at either end, and not `internal-` at the beginning. What does
/// not fit is cut from the vendor, never from the VPC: no two VPCs share a name. An id of another form than AWS gives today is
/// replaced by digits made from it.
pub fn nlb_name(vendor: &str, vpc: &VpcId) -> String {
    let vpc = vpc_part(vpc);
    let mut vendor: String =
        vendor.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    loop {
        let start = if vendor.starts_with('-') {
            1
        } else if vendor.to_ascii_lowercase().starts_with(RESERVED) {
            RESERVED.len()
        } else {
            break;
        };
        vendor.drain(..start);
    }
    vendor.truncate(LONGEST - MIDDLE.len() - vpc.len());
    format!("{vendor}{MIDDLE}{vpc}")
}

/// The VPC in the name. It holds no capital letter, so the last `Tap` of a name tells where it begins.
fn vpc_part(vpc: &VpcId) -> String {
    let fits = |id: &&str| {
        (1..=LONGEST - MIDDLE.len()).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !id.ends_with('-')
    };
    match vpc.as_str().strip_prefix("vpc-").filter(fits) {
        Some(id) => id.to_owned(),
        None => {
            let digits = Uuid::new_v5(&Uuid::NAMESPACE_OID, vpc.as_str().as_bytes());
            let mut digits = digits.simple().to_string();
            digits.truncate(DIGITS);
            digits
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_names_of_the_vectra_tool() {
        let name = nlb_name("Vectra", &"vpc-0de00000000000001".into());
        assert_eq!(name, "VectraTap0de00000000000001");
        assert_eq!(nlb_name("Vectra", &"vpc-1a2b3c4d".into()), "VectraTap1a2b3c4d");
    }

    #[test]
    fn the_vendor_is_cut_and_never_the_vpc() {
        let vpc: VpcId = "vpc-0de00000000000001".into();
        assert_eq!(nlb_name("A Vendor, of Sensors!", &vpc), "AVendorofSenTap0de00000000000001");
        assert_eq!(nlb_name("internal-Sensors", &vpc), "SensorsTap0de00000000000001");
        assert_eq!(nlb_name("--INTERNAL---x", &vpc), "xTap0de00000000000001");
        assert_eq!(nlb_name("§§", &vpc), "Tap0de00000000000001");
    }

    fn is_valid(name: &str) -> bool {
        (1..=32).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !name.starts_with('-')
            && !name.ends_with('-')
            && !name.to_ascii_lowercase().starts_with("internal-")
    }

    proptest! {
        #[test]
        fn every_name_is_one_that_aws_takes(
            vendor in "(internal-|-|.){0,40}",
            vpc in "(vpc-)?(.{0,40}|[0-9a-f]{8}|[0-9a-f]{17}|-.*)",
        ) {
            let name = nlb_name(&vendor, &vpc.as_str().into());
            prop_assert!(is_valid(&name), "{name}");
        }

        #[test]
        fn no_two_vpcs_share_a_name(
            vendor in "(internal-|-|Tap|[A-Za-z0-9 ]){0,40}",
            vpcs in proptest::collection::vec("(vpc-)?(Tap|[0-9a-f]|[a-zA-Z-]){0,36}", 2..30),
        ) {
            let mut names: BTreeMap<String, &str> = BTreeMap::new();
            for vpc in &vpcs {
                let other = names.insert(nlb_name(&vendor, &vpc.as_str().into()), vpc);
                prop_assert!(other.is_none_or(|other| other == vpc), "{vpc} and {other:?}");
            }
        }
    }
}
