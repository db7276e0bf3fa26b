//! The table against golden files. `UPDATE_GOLDEN=1 cargo test -p cli-tap` writes them anew; look at the difference before you
//! commit it.

use tap_core::cycle::CycleError;
use tap_core::error::ErrorKind;
use tap_core::inventory::{InstanceState, LoneEni, TargetKind};
use tap_core::settings::Settings;
use tap_core::stop::StopReason;
use tap_core::testing::{Scenario, TestCloud, scenario};

use super::{View, render};
use crate::result::RegionResult;
use crate::result::tests::{run_on, unreadable};

/// A terminal of the usual width.
const TERMINAL: View = View { verbose: false, width: Some(80), dry_run: false, simulated: false };

/// A pipe.
const PIPE: View = View { width: None, ..TERMINAL };

fn compare(name: &str, golden: &str, regions: &[RegionResult], view: &View) {
    let shown = render(regions, &Settings::default(), view);
    let plain = anstream::adapter::strip_str(&shown).to_string();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        std::fs::write(folder.join(name), plain).unwrap();
    } else {
        assert_eq!(plain, golden, "{name}");
    }
}

macro_rules! golden {
    ($name:literal, $regions:expr, $view:expr) => {
        compare($name, include_str!(concat!("../../tests/golden/", $name)), $regions, $view)
    };
}

/// Every kind of decision, with ids as long as AWS's.
fn everything() -> Scenario {
    let id = |n: u8| format!("i-0a1b2c3d4e5f607{n:02x}");
    let session = |n: u8| format!("tms-0a1b2c3d4e5f607{n:02x}");
    scenario()
        .any_target("tmt-0a1b2c3d4e5f60002", TargetKind::GwlbEndpoint("vpce-1".to_owned()))
        .vpc("vpc-0a1b2c3d4e5f60001")
        .target("tmt-0a1b2c3d4e5f60002")
        .instance(&id(1))
        .named("web-1")
        .instance(&id(2))
        .named("web-2")
        .owned(&session(2))
        .instance(&id(3))
        .named("a-name-that-is-much-longer-than-any-column-should-be")
        .foreign(&session(3))
        .instance(&id(4))
        .blacklisted()
        .owned(&session(4))
        .instance(&id(5))
        .state(InstanceState::Stopped)
        .instance(&id(6))
        .of_type("t2.micro")
        .owned(&session(6))
        .instance(&id(7))
        .of_type("z99.large")
        .instance(&id(8))
        .named("moved")
        .owned(&session(8))
        .to("tmt-1")
        .instance(&id(9))
        .named("full")
        .foreign(&session(10))
        .foreign(&session(11))
        .foreign(&session(12))
        .vpc("vpc-0a1b2c3d4e5f60002")
        .enrollment("whitelst")
        .instance(&id(20))
        .owned(&session(20))
        .vpc("vpc-0a1b2c3d4e5f60003")
        .not_enabled()
        .instance(&id(30))
        .instance(&id(31))
        .owned(&session(31))
        .lone("eni-0a1b2c3d4e5f60099", LoneEni::Gone)
        .owned(&session(40))
}

async fn run(cloud: &TestCloud, dry_run: bool) -> [RegionResult; 1] {
    [run_on(cloud, &Settings::default(), dry_run).await]
}

#[tokio::test]
async fn a_plan() {
    let regions = run(&TestCloud::new(everything().build()), true).await;
    golden!("plan-80.out", &regions, &View { dry_run: true, ..TERMINAL });
    golden!("plan-pipe.out", &regions, &View { dry_run: true, ..PIPE });
    golden!("plan-verbose.out", &regions, &View { dry_run: true, verbose: true, ..PIPE });
}

#[tokio::test]
async fn a_run_with_failures_and_one_after_it() {
    let cloud = TestCloud::new(everything().build());
    cloud.fail("create eni-0a1b2c3d4e5f60701", ErrorKind::Denied);
    cloud.refuse_family("z99");
    golden!("partly-80.out", &run(&cloud, false).await, &TERMINAL);
}

#[tokio::test]
async fn nothing_to_do() {
    let cloud = TestCloud::new(scenario().instance("i-1").build());
    let first = run(&cloud, false).await;
    golden!("done.out", &first, &TERMINAL);
    golden!("nothing.out", &run(&cloud, false).await, &TERMINAL);
}

#[tokio::test]
async fn a_new_filter() {
    let cloud = TestCloud::new(scenario().no_filter().instance("i-1").build());
    golden!("filter-plan.out", &run(&cloud, true).await, &View { dry_run: true, ..TERMINAL });
    cloud.fail("filter", ErrorKind::Denied);
    golden!("filter-failed.out", &run(&cloud, false).await, &TERMINAL);
}

fn mass_delete() -> TestCloud {
    let many = (0..10).fold(scenario(), |s, i| {
        s.instance(&format!("i-{i}")).blacklisted().owned(&format!("tms-{i}"))
    });
    TestCloud::new(many.build())
}

#[tokio::test]
async fn a_refused_plan() {
    golden!("refused.out", &run(&mass_delete(), false).await, &TERMINAL);
}

#[tokio::test]
async fn several_regions() {
    let one = || TestCloud::new(scenario().instance("i-1").build());
    let [worked] = run(&one(), false).await;
    let failing = one();
    failing.fail("create eni-1", ErrorKind::Denied);
    let [mut failed] = run(&failing, false).await;
    failed.region = "ap-southeast-3".into();
    let [mut refused] = run(&mass_delete(), false).await;
    refused.region = "eu-west-2".into();
    let unread = unreadable("us-east-1");
    let late = RegionResult {
        region: "us-west-2".into(),
        outcome: Err(CycleError::Stopped(StopReason::TimedOut)),
        ..unreadable("us-west-2")
    };
    let regions = [worked, failed, refused, unread, late];
    golden!("regions-80.out", &regions, &TERMINAL);
    let shown = render(&regions, &Settings::default(), &TERMINAL);
    for line in anstream::adapter::strip_str(&shown).to_string().lines() {
        assert!(console::measure_text_width(line) <= 80, "{line}");
    }
}

#[tokio::test]
async fn no_line_is_wider_than_the_terminal() {
    let regions = run(&TestCloud::new(everything().build()), true).await;
    for width in [80, 100, 120, 200] {
        let view = View { width: Some(width), verbose: true, ..TERMINAL };
        let shown = render(&regions, &Settings::default(), &view);
        for line in anstream::adapter::strip_str(&shown).to_string().lines() {
            assert!(console::measure_text_width(line) <= width, "{width}: {line}");
        }
    }
}

#[tokio::test]
async fn a_name_cannot_paint_the_terminal() {
    let inventory = scenario().instance("i-1").named("\u{1b}[2Jweb\nx").build();
    let regions = run(&TestCloud::new(inventory), true).await;
    let shown = render(&regions, &Settings::default(), &TERMINAL);
    assert!(shown.contains("[2Jweb x"), "{shown}");
    assert!(!shown.contains("\u{1b}[2J"), "{shown}");
}
