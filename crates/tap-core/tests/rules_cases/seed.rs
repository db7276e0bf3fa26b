//! The files of AWS's sample application for source automation, as its README has them: they load as they stand.

use tap_core::policy::rules::{
    ApplianceSpec, Delivery, Destination, Interfaces, Matcher, Rule, TargetChoice,
};

use super::support::read;

const SAMPLE: &str = "\
tags:
- tagList:
  - Key: tagKey1
    Value: tagValue1
  - Key: tagKey2
    Value: tagValue2
  filterId: tmf-1a2b3c4d5e6f7g8h
  targetId: tmt-1a2b3c4d5e6f7g8h

subnets:
- subnetId: subnet-1a2b3c4d
  filterId: tmf-1a2b3c4d5e6f7g8h
  targetId: tmt-1a2b3c4d5e6f7g8h

vpcs:
- vpcId: vpc-1a2b3c4d
  filterId: tmf-1a2b3c4d5e6f7g8h
  targetInstanceType: t3.micro
  targetInstanceAmi: ami-1a2b3c4d5e6f7g8h
  targetSecurityGroupIds:
  - sg-1a2b3c4d5e6f7g8h
  - sg-1aaaaaaa2bbbbbbb
  targetSubnetId: subnet-5e6f7g8h
";

const SCENARIO_1: &str = "\
---
tags:
- tagList:
  - Key: MyKey
    Value: MyValue
  filterId: tmf-1a2b3c4d5e6f7g8h
  targetId: tmt-1a2b3c4d5e6f7g8h
";

const SCENARIO_2: &str = "\
subnets:
- subnetId: subnet-1a2b3c4d
  filterId: tmf-1a2b3c4d5e6f7g8h
  targetId: tmt-1a2b3c4d5e6f7g8h

vpcs:
- vpcId: vpc-1a2b3c4d
  filterId: tmf-1a2b3c4d5e6f7g8h
  targetInstanceType: t3.micro
  targetInstanceAmi: ami-1a2b3c4d5e6f7g8h
  targetSecurityGroupIds:
  - sg-1a2b3c4d5e6f7g8h
  - sg-1aaaaaaa2bbbbbbb
  targetSubnetId: subnet-5e6f7g8h
";

fn rules(text: &str) -> Vec<Rule> {
    let reading = read(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(reading.warnings, []);
    reading.rules.rules
}

#[track_caller]
fn mirrors(rule: &Rule, to: &Destination) {
    let Delivery::Mirror(mirroring) = &rule.delivery else { panic!("{rule:?}") };
    assert_eq!(mirroring.filter, Some("tmf-1a2b3c4d5e6f7g8h".into()));
    assert_eq!(&mirroring.to, to);
    assert_eq!((mirroring.number, mirroring.packet_length, mirroring.vni), (None, None, None));
    assert_eq!((rule.interfaces, rule.instance_tags), (Interfaces::All, false));
}

fn target() -> Destination {
    let ids = vec!["tmt-1a2b3c4d5e6f7g8h".into()];
    Destination::Targets { ids, choice: TargetChoice::Balanced }
}

fn appliance() -> Destination {
    Destination::Appliances(ApplianceSpec {
        instance_type: "t3.micro".to_owned(),
        image: "ami-1a2b3c4d5e6f7g8h".into(),
        security_groups: vec!["sg-1a2b3c4d5e6f7g8h".into(), "sg-1aaaaaaa2bbbbbbb".into()],
        subnet: Some("subnet-5e6f7g8h".into()),
    })
}

#[test]
fn the_sample_of_its_readme() {
    let rules = rules(SAMPLE);
    let [tags, subnet, vpc] = rules.as_slice() else { panic!("{rules:?}") };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    // Its code takes an instance that has any one of them.
    let listed = vec![pair("tagKey1", "tagValue1"), pair("tagKey2", "tagValue2")];
    assert_eq!(tags.matcher, Matcher::Tags { tags: listed, all: false });
    mirrors(tags, &target());
    assert_eq!(subnet.matcher, Matcher::Subnet("subnet-1a2b3c4d".into()));
    mirrors(subnet, &target());
    assert_eq!(vpc.matcher, Matcher::Vpc("vpc-1a2b3c4d".into()));
    mirrors(vpc, &appliance());
    let lines: Vec<usize> = rules.iter().map(|rule| rule.place.line).collect();
    assert_eq!(lines, [2, 11, 16]);
}

#[test]
fn scenario_1() {
    let rules = rules(SCENARIO_1);
    let [rule] = rules.as_slice() else { panic!("{rules:?}") };
    let listed = vec![("MyKey".to_owned(), "MyValue".to_owned())];
    assert_eq!(rule.matcher, Matcher::Tags { tags: listed, all: false });
    mirrors(rule, &target());
}

#[test]
fn scenario_2() {
    let rules = rules(SCENARIO_2);
    let [subnet, vpc] = rules.as_slice() else { panic!("{rules:?}") };
    assert_eq!(subnet.matcher, Matcher::Subnet("subnet-1a2b3c4d".into()));
    mirrors(subnet, &target());
    assert_eq!(vpc.matcher, Matcher::Vpc("vpc-1a2b3c4d".into()));
    mirrors(vpc, &appliance());
}

/// Without a subnet for appliances, they stand in that of the source.
#[test]
fn the_subnet_of_appliances_may_be_left_out() {
    let rules = rules(&SCENARIO_2.replace("  targetSubnetId: subnet-5e6f7g8h\n", ""));
    let Delivery::Mirror(mirroring) = &rules[1].delivery else { panic!("{rules:?}") };
    let Destination::Appliances(spec) = &mirroring.to else { panic!("{mirroring:?}") };
    assert_eq!(spec.subnet, None);
}
