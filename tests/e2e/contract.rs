//! The SDK adapter against the simulated account: what it reads, page by page, and how it names what goes wrong.

use std::collections::BTreeSet;

use aws_sim::{After, Deed, NewSession, Scenario, Simulator, Switches};
use tap_core::aws::{Aws, AwsCloud, Manners};
use tap_core::cloud::Observe;
use tap_core::error::{CloudError, ErrorKind};
use tap_core::ids::Region;
use tap_core::inventory::{Inventory, LoneEni, Narrow, Scope};
use tap_core::settings::Settings;

pub const REGION: &str = "us-east-1";

pub async fn cloud(sim: &Simulator) -> AwsCloud {
    let aws = Aws::for_simulator(&sim.endpoint_url(), Manners::default()).await;
    let region = Region::new(REGION);
    let account = aws.account(&region).await.unwrap();
    aws.cloud(Scope { account, region })
}

async fn try_read(sim: &Simulator, narrow: &Narrow) -> Result<Inventory, CloudError> {
    cloud(sim).await.inventory(narrow, &Settings::default()).await
}

async fn read(sim: &Simulator) -> Inventory {
    try_read(sim, &Narrow::default()).await.unwrap()
}

fn demo() -> Simulator {
    Simulator::start(Scenario::demo(), Switches::default()).unwrap()
}

#[tokio::test]
async fn the_same_account_is_read_whatever_the_pages() {
    let sim = demo();
    let whole = read(&sim).await;
    assert_eq!(whole.instances.len(), 50);
    for (cap, short, empty) in [(1, false, false), (5, true, false), (7, true, true)] {
        sim.set_switches(|s| {
            (s.pages.cap, s.pages.short, s.pages.empty) = (Some(cap), short, empty)
        });
        assert!(read(&sim).await == whole, "pages of {cap}, short {short}, empty {empty}");
    }
}

#[tokio::test]
async fn instances_that_aws_hides_are_read_and_other_accounts_sessions_are_only_counted() {
    let sim = demo();
    let inv = read(&sim).await;
    let managed = inv.instances.values().find(|i| i.tags.name() == Some("eks-node-1"));
    assert!(managed.is_some());
    assert!(!inv.sessions.contains_key(&"tms-0de00000000000018".into()));
    let others = &inv.sources_of_others[&"tmt-0de00000000000001".into()];
    assert_eq!(others.iter().map(|e| e.as_str()).collect::<Vec<_>>(), ["eni-0fe00000000000002"]);
}

#[tokio::test]
async fn what_stands_behind_a_load_balancer() {
    let sim = demo();
    let inv = read(&sim).await;
    let nlb = &inv.nlbs[&"tmt-0de00000000000001".into()];
    assert!(nlb.exists && nlb.listens);
    assert_eq!(nlb.instances, BTreeSet::from(["i-0de00000000000018".into()]));
    assert_eq!(nlb.vpc, Some("vpc-0de00000000000001".into()));
}

#[tokio::test]
async fn an_interface_that_no_instance_has_is_looked_up() {
    let sim = demo();
    let vpc = "vpc-0de00000000000001".into();
    let inv = read(&sim).await;
    let detached = &inv.lone_enis[&"eni-0de00000000000001".into()];
    assert_eq!(*detached, LoneEni::Detached { vpc });
    let of_nobody = NewSession {
        eni: "eni-0123456789abcdef0".to_owned(),
        target: "tmt-0de00000000000001".to_owned(),
        filter: "tmf-0de00000000000001".to_owned(),
        number: 1,
        owner: None,
        tags: [("Creator".to_owned(), "Vectra:Tap".to_owned())].into(),
    };
    sim.edit(REGION, |world| world.create_session(of_nobody));
    let inv = read(&sim).await;
    assert_eq!(inv.lone_enis[&"eni-0123456789abcdef0".into()], LoneEni::Gone);
}

#[tokio::test]
async fn a_narrowed_run_reads_what_it_is_about_and_who_must_never_be_a_source() {
    let sim = demo();
    let narrow =
        Narrow { vpcs: BTreeSet::from(["vpc-0de00000000000002".into()]), ..Narrow::default() };
    let inv = try_read(&sim, &narrow).await.unwrap();
    let names: BTreeSet<_> = inv.instances.values().filter_map(|i| i.tags.name()).collect();
    // gateway-1 lives in another VPC and has its second interface here.
    let expected = ["desk-1", "desk-2", "desk-3", "desk-4", "desk-5", "gateway-1"];
    assert!(expected.iter().all(|name| names.contains(name)), "{names:?}");
    assert!(!names.contains("web-1"), "{names:?}");
    assert!(!inv.nlbs[&"tmt-0de00000000000001".into()].instances.is_empty());

    sim.clear_calls();
    let narrow =
        Narrow { instances: BTreeSet::from(["i-0de00000000000002".into()]), ..Narrow::default() };
    let inv = try_read(&sim, &narrow).await.unwrap();
    assert!(inv.instances.contains_key(&"i-0de00000000000002".into()));
    assert!(!inv.instances.contains_key(&"i-0de00000000000001".into()));
    let unfiltered = |action: &str| {
        sim.calls()
            .iter()
            .any(|c| c.action == action && !c.params.keys().any(|k| k.starts_with("Filter")))
    };
    assert!(!unfiltered("DescribeInstances") && !unfiltered("DescribeSubnets"));
}

#[tokio::test]
async fn a_denied_read_names_the_action_to_allow() {
    let sim = demo();
    for action in [
        "DescribeVpcs",
        "DescribeSubnets",
        "DescribeInstances",
        "DescribeNetworkInterfaces",
        "DescribeTrafficMirrorTargets",
        "DescribeTrafficMirrorFilters",
        "DescribeTrafficMirrorSessions",
        "DescribeLoadBalancers",
        "DescribeListeners",
        "DescribeTargetHealth",
    ] {
        sim.set_switches(|s| s.deny = vec![action.to_owned()]);
        let error = try_read(&sim, &Narrow::default()).await.unwrap_err();
        assert_eq!((error.kind, error.call.action()), (ErrorKind::Denied, action));
        let iam = error.call.iam_action().unwrap();
        assert!(error.remedy().contains(iam), "{}", error.remedy());
    }
}

#[tokio::test]
async fn credentials_that_expire_between_two_pages_are_an_error_of_the_whole() {
    let sim = demo();
    sim.set_switches(|s| {
        s.pages.cap = Some(10);
        let action = Some("DescribeInstances".to_owned());
        s.after = vec![After { call: 2, action, deed: Deed::ExpireCredentials }];
    });
    let error = try_read(&sim, &Narrow::default()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials, "{error}");
}

#[tokio::test]
async fn throttling_resets_and_server_errors_are_retried() {
    let sim = demo();
    let whole = read(&sim).await;
    for code in ["RequestLimitExceeded", "InternalError", "ServiceUnavailable", "reset"] {
        sim.fault("DescribeTrafficMirrorSessions", code).times(2);
        assert!(read(&sim).await == whole, "{code}");
    }
}

#[tokio::test]
async fn nobody_at_the_endpoint() {
    let gone = demo().endpoint_url();
    let aws = Aws::for_simulator(&gone, Manners::default()).await;
    let error = aws.account(&Region::new(REGION)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
}

#[tokio::test]
async fn regions_with_whether_they_are_enabled() {
    let sim = demo();
    let aws = Aws::for_simulator(&sim.endpoint_url(), Manners::default()).await;
    let regions = aws.regions(&Region::new(REGION)).await.unwrap();
    assert_eq!(regions.get(&Region::new(REGION)), Some(&true));
    assert!(regions.values().any(|enabled| !enabled));
    assert!(!regions.contains_key(&Region::new("eu-nowhere-1")));
}
