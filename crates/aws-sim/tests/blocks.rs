//! The address blocks of VPCs: told as AWS tells them, of both families, and those that went for a while.

mod support;

use aws_sim::Switches;
use support::{Client, account};

const VPCS: &str = "\
vpcs:
  - {name: shop, id: vpc-00000001, cidr: 10.1.0.0/16, more_cidrs: [100.64.0.0/16, 2600:1f18::/56]}
  - {name: lab, id: vpc-00000002, cidr: 10.2.0.0/16}
";

#[test]
fn a_vpc_has_blocks_of_both_families() {
    let simulator = account(VPCS, Switches::default());
    let client = Client::new(&simulator);
    let shop = client.ok("DescribeVpcs", &[("VpcId.1", "vpc-00000001")]);
    // The first one stands beside the associations, too.
    assert_eq!(shop.all("cidrBlock"), ["10.1.0.0/16", "10.1.0.0/16", "100.64.0.0/16"]);
    assert_eq!(shop.all("ipv6CidrBlock"), ["2600:1f18::/56"]);
    assert_eq!(shop.all("state"), ["available", "associated", "associated", "associated"]);
    let lab = client.ok("DescribeVpcs", &[("VpcId.1", "vpc-00000002")]);
    assert!(!lab.body.contains("ipv6"), "{}", lab.body);
    for (name, value, found) in [
        ("cidr", "10.1.0.0/16", 1),
        ("cidr", "100.64.0.0/16", 0),
        ("cidr-block-association.cidr-block", "100.64.0.0/16", 1),
        ("ipv6-cidr-block-association.ipv6-cidr-block", "2600:1f18::/56", 1),
        ("ipv6-cidr-block-association.state", "associated", 1),
        ("cidr-block-association.state", "associated", 2),
    ] {
        let select = [("Filter.1.Name", name), ("Filter.1.Value.1", value)];
        assert_eq!(client.ok("DescribeVpcs", &select).all("vpcId").len(), found, "{name} {value}");
    }
}

#[test]
fn blocks_come_and_go() {
    let simulator = account(VPCS, Switches::default());
    let client = Client::new(&simulator);
    simulator.edit("us-east-1", |world| {
        assert!(world.associate_cidr("lab", "10.3.0.0/16"));
        assert!(world.disassociate_cidr("shop", "100.64.0.0/16"));
        assert!(!world.associate_cidr("nobody", "10.3.0.0/16"));
    });
    let shop = client.ok("DescribeVpcs", &[("VpcId.1", "vpc-00000001")]);
    assert_eq!(shop.all("state"), ["available", "associated", "disassociated", "associated"]);
    let lab = client.ok("DescribeVpcs", &[("VpcId.1", "vpc-00000002")]);
    assert_eq!(lab.all("cidrBlock"), ["10.2.0.0/16", "10.2.0.0/16", "10.3.0.0/16"]);
}
