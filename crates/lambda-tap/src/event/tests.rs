//! Events in AWS's shapes (docs/aws.md 8), and what else may come.

use proptest::prelude::*;
use serde_json::json;
use tap_core::policy::rules::{Delivery, Interfaces, Matcher, Rule, RulePlace, RuleSet, Section};
use tap_core::tags::TagKeys;

use super::*;

fn place() -> Place {
    Place { account: "111111111111".into(), region: "eu-west-1".into() }
}

fn relevant() -> RelevantTags {
    let file = "eu-west-1.yaml".into();
    let place = RulePlace { file, section: Section::Tags, index: 0, line: 1 };
    let rule = Rule {
        place: place.into(),
        matcher: Matcher::Tags { tags: vec![("mirror".to_owned(), "on".to_owned())], all: false },
        interfaces: Interfaces::All,
        instance_tags: true,
        delivery: Delivery::Ignore,
    };
    RelevantTags::of(&TagKeys::default(), Some(&RuleSet { rules: vec![rule] }))
}

fn read(event: &Value) -> Result<Work, Malformed> {
    understand(event, &place(), &relevant())
}

/// An event with the envelope that all have.
fn event(kind: &str, source: &str, resources: &[&str], detail: &Value) -> Value {
    json!({
        "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": kind,
        "source": source, "account": "111111111111", "time": "2026-11-21T08:30:00Z",
        "region": "eu-west-1", "resources": resources, "detail": detail,
    })
}

fn state(state: &str) -> Value {
    event(
        "EC2 Instance State-change Notification",
        "aws.ec2",
        &["arn:aws:ec2:eu-west-1:111111111111:instance/i-0aa"],
        &json!({"instance-id": "i-0aa", "state": state}),
    )
}

fn finding() -> Value {
    event(
        "GuardDuty Finding",
        "aws.guardduty",
        &[],
        &json!({
            "schemaVersion": "2.0", "accountId": "111111111111", "region": "eu-west-1",
            "partition": "aws", "id": "f1", "arn": "arn:..",
            "type": "UnauthorizedAccess:EC2/SSHBruteForce", "severity": 5,
            "resource": {"resourceType": "Instance", "instanceDetails": {
                "instanceId": "i-0aa", "instanceType": "m5.large", "platform": null,
                "networkInterfaces": [{"networkInterfaceId": "eni-1", "vpcId": "vpc-1"}],
                "tags": [{"key": "Name", "value": "web-1"}]}},
            "service": {"serviceName": "guardduty", "resourceRole": "TARGET", "count": 3,
                "archived": false, "action": {"actionType": "NETWORK_CONNECTION"}},
            "title": "..", "createdAt": "..", "updatedAt": ".."
        }),
    )
}

fn tag_change(resources: &[&str], keys: &[&str], version: &Value) -> Value {
    event(
        "Tag Change on Resource",
        "aws.tag",
        resources,
        &json!({"changed-tag-keys": keys, "service": "ec2", "resource-type": "instance",
            "version": version, "version-timestamp": "1741172723640",
            "tag-policy-compliant": "true", "tags": {"Name": "web-1", "mirror": "off"}}),
    )
}

const INSTANCE: &str = "arn:aws:ec2:eu-west-1:111111111111:instance/i-0aa";
const VPC: &str = "arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-1";

fn launched() -> Work {
    Work::Launched(["i-0aa".into()].into())
}

fn leaving() -> Work {
    Work::Leaving(["i-0aa".into()].into())
}

/// The value with something else at a pointer.
fn with(mut value: Value, pointer: &str, new: Value) -> Value {
    *value.pointer_mut(pointer).expect("the pointer leads somewhere") = new;
    value
}

fn without(mut value: Value, parent: &str, key: &str) -> Value {
    let object = value.pointer_mut(parent).and_then(Value::as_object_mut);
    object.and_then(|object| object.remove(key)).expect("there is something to remove");
    value
}

#[test]
fn what_each_event_is_about() {
    for (word, work) in [
        ("running", launched()),
        ("stopping", leaving()),
        ("stopped", leaving()),
        ("shutting-down", leaving()),
        ("terminated", leaving()),
    ] {
        assert_eq!(read(&state(word)), Ok(work), "{word}");
    }
    let launch = event(
        "EC2 Instance Launch Successful",
        "aws.autoscaling",
        &["arn:aws:autoscaling:eu-west-1:111111111111:autoScalingGroup:x", INSTANCE],
        &json!({"StatusCode": "InProgress", "AutoScalingGroupName": "asg",
            "EC2InstanceId": "i-0aa", "StatusMessage": "",
            "Details": {"Availability Zone": "eu-west-1a", "Subnet ID": "subnet-1"}}),
    );
    assert_eq!(read(&launch), Ok(launched()));
    let found = Work::Finding { id: "f1".to_owned(), instances: ["i-0aa".into()].into() };
    assert_eq!(read(&finding()), Ok(found));
    let rule = ["arn:aws:events:eu-west-1:111111111111:rule/heal"];
    let schedule = event("Scheduled Event", "aws.events", &rule, &json!({}));
    assert_eq!(read(&schedule), Ok(Work::Everything));
    // EventBridge Scheduler's detail is a text.
    let scheduler = event("Scheduled Event", "aws.scheduler", &[], &json!("{}"));
    assert_eq!(read(&scheduler), Ok(Work::Everything));
    assert_eq!(understand_text(CONTINUATION, &place(), &relevant()), Ok(Work::Everything));
}

#[test]
fn tags_that_decide_something() {
    let instances = |ids: &[&str]| Work::Tagged {
        instances: ids.iter().map(|id| InstanceId::from(*id)).collect(),
        vpcs: BTreeSet::new(),
    };
    let three = json!(3);
    for key in ["mirror", "Mirror-Target", "Mirror-Filter", "Vectra:session_mirroring_blacklist"] {
        let work = read(&tag_change(&[INSTANCE], &["Name", key], &three));
        assert_eq!(work, Ok(instances(&["i-0aa"])), "{key}");
    }
    let second = "arn:aws:ec2:eu-west-1:111111111111:instance/i-0bb";
    let several = tag_change(&[INSTANCE, second], &["mirror"], &json!(4.0));
    assert_eq!(read(&several), Ok(instances(&["i-0aa", "i-0bb"])));
    for key in ["target", "enrollment", "filter_profile", "packet_length"] {
        let key = format!("Vectra:session_mirroring_{key}");
        let vpc = tag_change(&[VPC], &[&key], &three);
        let vpcs = Work::Tagged { instances: BTreeSet::new(), vpcs: ["vpc-1".into()].into() };
        assert_eq!(read(&vpc), Ok(vpcs), "{key}");
    }
    // A key counts only on what it decides about.
    let both = tag_change(&[INSTANCE, VPC], &["mirror"], &three);
    assert_eq!(read(&both), Ok(instances(&["i-0aa"])));
}

#[test]
fn what_is_none_of_our_business() {
    let subnet = "arn:aws:ec2:eu-west-1:111111111111:subnet/subnet-1";
    let three = json!(3);
    let cases = [
        (state("pending"), "once it runs"),
        (state("hibernating"), "`hibernating` is no state"),
        (json!({}), "no event of EventBridge"),
        (json!({"key1": "value1", "key2": "value2"}), "no event of EventBridge"),
        (event("ECS Task State Change", "aws.ecs", &[], &json!({})), "`ECS Task State Change`"),
        // Of a kind that nobody reads, nothing is asked.
        (json!({"source": "aws.s3", "detail-type": "Object Created"}), "no event that is acted on"),
        (event("Scheduled Event", "my.app", &[], &json!({})), "of my.app"),
        (with(state("running"), "/account", json!("999999999999")), "from account 999999999999"),
        (with(state("running"), "/region", json!("us-east-1")), "from region us-east-1"),
        (with(finding(), "/detail/accountId", json!("999999999999")), "from account"),
        (with(finding(), "/detail/region", json!("us-east-1")), "from region"),
        (with(finding(), "/detail/service/archived", json!(true)), "is archived"),
        (with(finding(), "/detail/resource/resourceType", json!("AccessKey")), "`AccessKey`"),
        (without(finding(), "/detail/resource", "instanceDetails"), "names no instance"),
        (with(finding(), "/detail/resource/instanceDetails/instanceId", json!("")), "no instance"),
        (tag_change(&[INSTANCE], &["Name"], &three), "decides anything"),
        (tag_change(&[INSTANCE], &["Vectra:session_mirroring_target"], &three), "decides anything"),
        (tag_change(&[VPC], &["mirror"], &three), "decides anything"),
        (tag_change(&[subnet], &["mirror"], &three), "neither an instance nor a VPC"),
        (
            tag_change(&["arn:aws:ec2:us-east-1:111111111111:vpc/vpc-1"], &["mirror"], &three),
            "from region us-east-1",
        ),
        (
            with(tag_change(&["x"], &["mirror"], &three), "/detail/service", json!("rds")),
            "another service",
        ),
    ];
    for (event, words) in cases {
        match read(&event) {
            Ok(Work::Ignored(Ignored { why, .. })) => {
                assert!(why.contains(words), "{why}: {words}")
            }
            other => panic!("{words}: {other:?} for {event}"),
        }
    }
}

#[test]
fn what_cannot_be_understood_and_should_be() {
    let three = json!(3);
    let cases = [
        (json!(null), "no JSON object"),
        (json!([]), "no JSON object"),
        (json!("running"), "no JSON object"),
        (json!(7), "no JSON object"),
        (without(state("running"), "", "detail"), "detail"),
        (with(state("running"), "/detail", json!("{}")), "detail"),
        (without(state("running"), "/detail", "instance-id"), "instance-id"),
        (without(state("running"), "/detail", "state"), "state"),
        (with(state("running"), "/detail/instance-id", json!("")), "id is empty"),
        (with(state("running"), "/detail/instance-id", json!(7)), "detail"),
        (without(finding(), "/detail", "id"), "id"),
        (with(finding(), "/detail/id", json!("x".repeat(257))), "256"),
        (without(finding(), "/detail", "resource"), "resource"),
        (without(finding(), "/detail/resource", "resourceType"), "resourceType"),
        (
            without(tag_change(&[VPC], &[], &three), "/detail", "changed-tag-keys"),
            "changed-tag-keys",
        ),
        (tag_change(&[], &["mirror"], &three), "names no resource"),
        (tag_change(&["i-0aa"], &["mirror"], &three), "`i-0aa` is no ARN"),
        (
            tag_change(&["arn:aws:ec2:eu-west-1:111111111111:instance/"], &["mirror"], &three),
            "has no id",
        ),
        (
            event("EC2 Instance Launch Successful", "aws.autoscaling", &[], &json!({})),
            "EC2InstanceId",
        ),
    ];
    for (event, words) in cases {
        let error = read(&event).expect_err(words).to_string();
        assert!(error.contains(words), "{error}: {words}");
    }
    let error = understand_text("{\"source\":", &place(), &relevant()).unwrap_err();
    assert!(error.to_string().contains("no JSON"), "{error}");
}

/// Samples made by hand have capitals.
#[test]
fn a_finding_with_capitals_is_read() {
    let detail = json!({
        "Id": "f1", "AccountId": "111111111111", "Region": "eu-west-1",
        "Resource": {"ResourceType": "Instance", "InstanceDetails": {"InstanceId": "i-0aa"}},
        "Service": {"Archived": true},
    });
    let archived = event("GuardDuty Finding", "aws.guardduty", &[], &detail);
    assert!(matches!(read(&archived), Ok(Work::Ignored(_))));
    let open = with(archived, "/detail/Service/Archived", json!(false));
    assert!(matches!(read(&open), Ok(Work::Finding { .. })));
    // Some samples have no service at all.
    let bare = without(open, "/detail", "Service");
    assert!(matches!(read(&bare), Ok(Work::Finding { .. })));
}

/// Who is somewhere else is somebody to look at; what is only not ours is not.
#[test]
fn odd_events_are_told_from_common_ones() {
    let is_odd = |event: &Value| match read(event) {
        Ok(Work::Ignored(ignored)) => ignored.is_odd,
        other => panic!("{other:?}"),
    };
    assert!(is_odd(&with(state("running"), "/region", json!("us-east-1"))));
    assert!(is_odd(&json!({})));
    assert!(!is_odd(&state("pending")));
    assert!(!is_odd(&tag_change(&[INSTANCE], &["Name"], &json!(3))));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z:/.-]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let keys = prop_oneof![
            Just("detail".to_owned()),
            Just("resources".to_owned()),
            Just("instance-id".to_owned()),
            "[a-zA-Z-]{1,8}"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys, inner, 0..4)
                .prop_map(|map| Value::from_iter(map.into_iter())),
        ]
    })
}

proptest! {
    /// Whatever stands in an event of a known kind, and whatever comes instead of one.
    #[test]
    fn no_json_makes_it_panic(anything in any_json(), which in 0..6_usize) {
        let _ = read(&anything);
        let kinds = [
            ("EC2 Instance State-change Notification", "aws.ec2"),
            ("GuardDuty Finding", "aws.guardduty"),
            ("Tag Change on Resource", "aws.tag"),
            ("EC2 Instance Launch Successful", "aws.autoscaling"),
            ("Scheduled Event", "aws.scheduler"),
            ("Continue", "session-mirror"),
        ];
        let (kind, source) = kinds[which];
        let _ = read(&event(kind, source, &[INSTANCE], &anything));
        let _ = read(&with(event(kind, source, &[], &json!({})), "/resources", anything.clone()));
        let _ = read(&with(event(kind, source, &[], &json!({})), "/account", anything));
    }
}
