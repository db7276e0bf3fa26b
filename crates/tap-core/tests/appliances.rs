//! Appliances: launched once per token, which of them nobody needs, and what removing them does whatever goes wrong.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::collections::BTreeMap;

use tap_core::cloud::{MakeAppliances, MakeTarget, NewAppliance, NewTarget};
use tap_core::error::ErrorKind;
use tap_core::inventory::NEW_FOR;
use tap_core::inventory::{InstanceState, Inventory, LoneEni, TargetKind};
use tap_core::moment::Moment;
use tap_core::prune::{Pruned, prune};
use tap_core::settings::Settings;
use tap_core::stop::{StopReason, Stopper};
use tap_core::survey::{ApplianceSurvey, appliances};
use tap_core::tags::CREATOR;
use tap_core::testing::{Scenario, TestCloud, scenario};

/// What time it is in all of these.
fn now() -> Moment {
    Moment::parse("2026-11-21T12:00:00Z").unwrap()
}

fn ago(seconds: u64) -> Moment {
    Moment::from_unix(now().unix() - i64::try_from(seconds).unwrap())
}

fn surveys(inv: &Inventory) -> Vec<ApplianceSurvey> {
    appliances(inv, &Settings { now: Some(now()), ..Settings::default() })
}

/// `i-9 tmt-9 1/10 used`, a line for each.
fn lines(account: Scenario) -> Vec<String> {
    let line = |survey: &ApplianceSurvey| {
        let instance = survey.instance.as_ref().map_or("-", |instance| instance.id.as_str());
        let targets: Vec<&str> = survey.targets.iter().map(|id| id.as_str()).collect();
        let target = if targets.is_empty() { "-".to_owned() } else { targets.join("+") };
        let limit = survey.limit.map_or("-".to_owned(), |limit| limit.to_string());
        format!("{instance} {target} {}/{limit} {}", survey.sources, survey.standing.code())
    };
    surveys(&account.build()).iter().map(line).collect()
}

/// An appliance of a rule, with its target and nothing mirrored to it.
fn appliance() -> Scenario {
    scenario().appliance("tmt-9", "i-9").launched(ago(3600)).made_for("vpc-a")
}

#[test]
fn which_appliances_nobody_needs() {
    let launched = |age| scenario().instance("i-9").launched(ago(age)).made_for("vpc-a");
    let rows: [(&str, Scenario, &[&str]); 12] = [
        ("nothing of ours", scenario().appliance("tmt-9", "i-9"), &[]),
        ("idle", appliance(), &["i-9 tmt-9 0/10 idle"]),
        ("used", appliance().instance("i-1").owned("tms-1").to("tmt-9"), &["i-9 tmt-9 1/10 used"]),
        (
            "used by a session that is not ours",
            appliance().instance("i-1").foreign("tms-1").to("tmt-9"),
            &["i-9 tmt-9 1/10 used"],
        ),
        (
            "used by other accounts",
            appliance().sources_of_others("tmt-9", 3),
            &["i-9 tmt-9 3/10 used"],
        ),
        (
            "a large one",
            scenario().appliance("tmt-9", "i-9").of_type("m5.24xlarge").made_for("vpc-a"),
            &["i-9 tmt-9 0/100 idle"],
        ),
        ("half made, a moment ago", launched(NEW_FOR - 1), &["i-9 - 0/10 new"]),
        ("half made, and left", launched(NEW_FOR), &["i-9 - 0/10 idle"]),
        (
            "half made, nobody knows when",
            scenario().instance("i-9").made_for("vpc-a"),
            &["i-9 - 0/10 new"],
        ),
        (
            "terminated",
            appliance().state(InstanceState::Terminated).with(|inv| {
                inv.instances.values_mut().for_each(|instance| instance.enis.clear());
                inv.lone_enis.insert("eni-9".into(), LoneEni::Gone);
            }),
            &["- tmt-9 0/- idle"],
        ),
        ("going, without a target", launched(3600).state(InstanceState::ShuttingDown), &[]),
        ("named by a VPC", appliance().target("tmt-9"), &["i-9 tmt-9 0/10 named"]),
    ];
    for (name, account, expected) in rows {
        assert_eq!(lines(account), expected, "{name}");
    }
}

#[test]
fn a_target_that_people_made_for_it_is_not_ours_to_remove() {
    let by_hand = scenario().instance("i-9").launched(ago(3600)).made_for("vpc-a");
    let by_hand = by_hand.any_target("tmt-9", TargetKind::Eni("eni-9".into()));
    assert_eq!(lines(by_hand), ["i-9 tmt-9 0/10 foreign-target"]);
    // Nor is one of another account with the same tags.
    let of_others = appliance().with(|inv| {
        inv.instances.clear();
        inv.targets.get_mut(&"tmt-9".into()).unwrap().owner = "999988887777".into();
    });
    assert_eq!(lines(of_others), Vec::<String>::new());
}

/// Prunes the only appliance of an account, and says what was tried.
async fn pruned(cloud: &TestCloud) -> (Pruned, Vec<String>) {
    let [survey] = &surveys(&cloud.now())[..] else { panic!("one appliance") };
    let ended = prune(cloud, survey, &Stopper::new().1).await;
    (ended, cloud.attempts())
}

#[tokio::test]
async fn the_target_goes_before_the_instance() {
    let cloud = TestCloud::new(appliance().build());
    let (ended, attempts) = pruned(&cloud).await;
    assert_eq!(ended, Pruned::Done);
    assert_eq!(attempts, ["untarget tmt-9", "terminate i-9"]);
    assert!(surveys(&cloud.now()).is_empty());
}

#[tokio::test]
async fn what_another_run_began_since_is_left_alone() {
    let cloud = TestCloud::new(appliance().instance("i-1").build());
    cloud.fail("untarget tmt-9", ErrorKind::InUse);
    let (ended, attempts) = pruned(&cloud).await;
    assert_eq!(ended, Pruned::InUse { target: "tmt-9".into() });
    assert_eq!(attempts, ["untarget tmt-9"]);

    // A target that was made between the survey and the removal.
    let half = scenario().instance("i-9").launched(ago(3600)).made_for("vpc-a").build();
    let surveyed = surveys(&half);
    let cloud = TestCloud::new(half);
    let new = NewTarget {
        kind: TargetKind::Eni("eni-9".into()),
        tags: BTreeMap::new(),
        description: "of another run".to_owned(),
        token: "t".to_owned(),
    };
    let target = cloud.create_target(&new).await.unwrap();
    let ended = prune(&cloud, &surveyed[0], &Stopper::new().1).await;
    assert_eq!(ended, Pruned::InUse { target });
    assert_eq!(cloud.attempts(), ["target eni-9"]);
}

#[tokio::test]
async fn a_failure_is_told_with_how_far_it_came_and_the_next_time_ends_it() {
    for (step, is_half_done, code) in
        [("untarget tmt-9", false, "failed"), ("terminate i-9", true, "half-done")]
    {
        let cloud = TestCloud::new(appliance().build());
        cloud.fail(step, ErrorKind::Denied);
        let (ended, _) = pruned(&cloud).await;
        assert_eq!((ended.code(), ended.is_change()), (code, is_half_done), "{step}");
        assert_eq!(ended.error().unwrap().kind, ErrorKind::Denied);
        let again = TestCloud::new(cloud.now());
        assert_eq!(pruned(&again).await.0, Pruned::Done, "{step}");
        assert!(surveys(&again.now()).is_empty(), "{step}");
    }
}

#[tokio::test]
async fn who_is_stopped_or_needed_is_not_touched() {
    let cloud = TestCloud::new(appliance().build());
    let idle = surveys(&cloud.now());
    let (stopper, stop) = Stopper::new();
    stopper.stop(StopReason::Interrupted);
    assert_eq!(prune(&cloud, &idle[0], &stop).await, Pruned::NotTried);
    let used = surveys(&appliance().sources_of_others("tmt-9", 1).build());
    assert_eq!(prune(&cloud, &used[0], &Stopper::new().1).await, Pruned::NotTried);
    assert!(cloud.attempts().is_empty());
}

/// The account in memory launches as AWS does, as far as runs rely on it.
#[tokio::test]
async fn a_token_launches_once_and_is_spent_with_its_instance() {
    let cloud = TestCloud::new(scenario().build());
    let new = NewAppliance {
        instance_type: "t3.micro".to_owned(),
        image: "ami-1".into(),
        security_groups: vec!["sg-1".into()],
        subnet: "subnet-of-vpc-a".into(),
        tags: [(CREATOR.to_owned(), "Vectra:Tap".to_owned())].into(),
        token: "t".to_owned(),
    };
    let made = cloud.launch(&new).await.unwrap();
    assert_eq!(cloud.launch(&new).await.unwrap(), made);
    assert_eq!(cloud.launches(), std::slice::from_ref(&new));
    let instance = &cloud.now().instances[&made.instance];
    assert!(instance.enis[0].primary && instance.enis[0].id == made.eni);
    assert_eq!(instance.tags.get(CREATOR), Some("Vectra:Tap"));
    let other = NewAppliance { image: "ami-2".into(), ..new.clone() };
    assert_eq!(cloud.launch(&other).await.unwrap_err().kind, ErrorKind::TokenSpent);
    cloud.terminate(&made.instance).await.unwrap();
    assert_eq!(cloud.launch(&new).await.unwrap_err().kind, ErrorKind::TokenSpent);
    let nowhere = NewAppliance { subnet: "subnet-9".into(), token: "u".to_owned(), ..new };
    assert_eq!(cloud.launch(&nowhere).await.unwrap_err().kind, ErrorKind::NotFound);
}

/// A launch that AWS refuses says what to correct, and where.
#[tokio::test]
async fn a_refused_launch_names_the_rule() {
    let cloud = TestCloud::new(scenario().build());
    let new = NewAppliance {
        instance_type: "t3.micro".to_owned(),
        image: "ami-1".into(),
        security_groups: vec!["sg-1".into()],
        subnet: "subnet-1".into(),
        tags: BTreeMap::new(),
        token: "t".to_owned(),
    };
    for (kind, word) in [
        (ErrorKind::NotFound, "targetSubnetId"),
        (ErrorKind::Unsuitable, "targetInstanceType"),
        (ErrorKind::Invalid, "targetInstanceAmi"),
        (ErrorKind::Capacity, "another zone"),
        (ErrorKind::Denied, "ec2:RunInstances"),
    ] {
        cloud.fail("launch subnet-1", kind);
        let remedy = cloud.launch(&new).await.unwrap_err().remedy();
        assert!(remedy.contains(word), "{kind}: {remedy}");
    }
}
