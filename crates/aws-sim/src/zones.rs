//! Regions and zones by name: the list of AWS's regions, and ids of zones.

/// Regions that are enabled in every account.
const STANDARD: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Regions that an account has to opt in to.
const OPT_IN: [&str; 14] = [
    "af-south-1",
    "ap-east-1",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "mx-central-1",
];

pub(crate) fn is_standard(region: &str) -> bool {
    STANDARD.contains(&region)
}

pub(crate) fn is_opt_in(region: &str) -> bool {
    OPT_IN.contains(&region)
}

/// Every region that AWS has.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    STANDARD.into_iter().chain(OPT_IN)
}

/// `us-east-1b` is `use1-az2`. In real accounts the letters are dealt out differently for each.
pub(crate) fn zone_id(zone: &str) -> String {
    let (region, letter) = zone.split_at(zone.len().saturating_sub(1));
    let mut parts = region.split('-');
    let area = parts.next().unwrap_or_default();
    let direction: String = match parts.next().unwrap_or_default() {
        "northeast" => "ne".into(),
        "northwest" => "nw".into(),
        "southeast" => "se".into(),
        "southwest" => "sw".into(),
        other => other.chars().take(1).collect(),
    };
    let number = parts.next().unwrap_or_default();
    let position = letter.bytes().next().map_or(1, |b| b.wrapping_sub(b'a').wrapping_add(1));
    format!("{area}{direction}{number}-az{position}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_ids_are_abbreviations() {
        assert_eq!(zone_id("us-east-1a"), "use1-az1");
        assert_eq!(zone_id("ap-southeast-2c"), "apse2-az3");
        assert_eq!(zone_id("eu-central-1b"), "euc1-az2");
    }
}
