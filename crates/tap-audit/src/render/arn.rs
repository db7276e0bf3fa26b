//! The names that other services know things by. What kind of thing an id is of is read from its beginning, for display only:
//! one of another form is called by its id alone.

use tap_core::ids::Region;

use crate::model::Audit;

/// The part of AWS that a region is in.
pub(super) fn partition(region: &Region) -> &'static str {
    const BEGINNINGS: [(&str, &str); 6] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-iso-", "aws-iso"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    let found = BEGINNINGS.iter().find(|(start, _)| region.as_str().starts_with(start));
    found.map_or("aws", |(_, partition)| partition)
}

/// What EC2's ids begin with, the kind of resource for Security Hub, and the word of an ARN. `Other` is what Security Hub has no
/// kind for.
const EC2: [(&str, &str, &str); 13] = [
    ("acl", "AwsEc2NetworkAcl", "network-acl"),
    ("eni", "AwsEc2NetworkInterface", "network-interface"),
    ("i", "AwsEc2Instance", "instance"),
    ("pcx", "AwsEc2VpcPeeringConnection", "vpc-peering-connection"),
    ("rtb", "AwsEc2RouteTable", "route-table"),
    ("sg", "AwsEc2SecurityGroup", "security-group"),
    ("subnet", "AwsEc2Subnet", "subnet"),
    ("tgw", "AwsEc2TransitGateway", "transit-gateway"),
    ("tmf", "Other", "traffic-mirror-filter"),
    ("tms", "Other", "traffic-mirror-session"),
    ("tmt", "Other", "traffic-mirror-target"),
    ("vpc", "AwsEc2Vpc", "vpc"),
    ("vpce", "Other", "vpc-endpoint"),
];

/// The kind of resource and the ARN of what has this id; the id itself where it is of no known form.
pub(super) fn resource(audit: &Audit, id: &str) -> (&'static str, String) {
    if id.starts_with("arn:") {
        let kind = if id.contains(":loadbalancer/") { "AwsElbv2LoadBalancer" } else { "Other" };
        return (kind, id.to_owned());
    }
    let start = id.split_once('-').map(|(start, _)| start);
    let Some((_, kind, word)) = EC2.iter().find(|(known, ..)| Some(*known) == start) else {
        return ("Other", id.to_owned());
    };
    let scope = &audit.scope;
    // A target may be of another account, and its ARN names its owner.
    let target = audit.targets.iter().find(|target| target.id.as_str() == id);
    let owner = target.map_or(&scope.account, |target| &target.owner);
    let partition = partition(&scope.region);
    (*kind, format!("arn:{partition}:ec2:{}:{owner}:{word}/{id}", scope.region))
}
