//! One permission is missing. A read that is denied changes nothing; of the writes, the rest goes on.

use tap_core::call::{Access, Call};

use crate::faults::MIXED;
use crate::faults_rules::without_rules;
use crate::story::SMALL;
use crate::support::Account;

fn calls(access: Access) -> impl Iterator<Item = Call> {
    without_rules().filter(move |call| call.access() == access)
}

#[test]
fn a_denied_read_changes_nothing_and_names_the_action() {
    for call in calls(Access::Read) {
        // Nobody can be denied to ask who they are.
        let Some(action) = call.iam_action() else { continue };
        let account = Account::yaml(MIXED);
        let watch = account.watch();
        let before = account.sim.snapshot();
        account.sim.set_switches(|s| s.deny = vec![call.action().to_owned()]);
        if call == Call::DescribeRegions {
            // It only checks what the user typed: a region that is there is read without it.
            account.tap_exits(0, &[]);
        } else {
            account.tap_exits(1, &[]).says(&[action, "nothing was changed"]);
            assert_eq!(account.sim.snapshot(), before, "{call}");
        }
        watch.converges();
    }
}

#[test]
fn a_denied_write_is_named_and_the_rest_goes_on() {
    for call in calls(Access::Write) {
        let account = Account::yaml(MIXED);
        let watch = account.watch();
        account.sim.set_switches(|s| s.deny = vec![call.action().to_owned()]);
        let run = account.tap_exits(3, &[]);
        let action = call.iam_action().unwrap();
        assert!(run.stdout.contains(action), "{action}: {}", run.stdout);
        // Whatever does not need what is denied was done.
        let succeeded = account.sim.calls().into_iter().filter(|call| call.status == Some(200));
        let succeeded: Vec<String> = succeeded.map(|call| call.action).collect();
        let needs_the_filter = ["CreateTrafficMirrorSession", "ModifyTrafficMirrorSession"];
        for other in calls(Access::Write).filter(|other| *other != call) {
            let of_a_filter = |call: Call| call.action().starts_with("CreateTrafficMirrorFilter");
            let of_services = |call: Call| call == Call::ModifyTrafficMirrorFilterNetworkServices;
            let waits = match call {
                Call::CreateTrafficMirrorFilter => of_a_filter(other) || of_services(other),
                Call::CreateTrafficMirrorFilterRule => of_services(other),
                _ => false,
            };
            let no_filter = of_a_filter(call) || of_services(call);
            let waits = waits || no_filter && needs_the_filter.contains(&other.action());
            let done = succeeded.iter().any(|action| *action == other.action());
            assert_eq!(done, !waits, "{call} was denied: {other}");
        }
        watch.converges();
    }
}

#[test]
fn a_denied_write_is_said_once_for_each_and_the_rest_goes_on() {
    let account = Account::demo();
    account.sim.set_switches(|s| s.deny = vec!["DeleteTrafficMirrorSession".to_owned()]);
    let run = account.tap_exits(3, &[]);
    assert!(run.stdout.contains("ec2:DeleteTrafficMirrorSession"), "{}", run.stdout);
    let web_2 = account.eni("web-2");
    assert!(account.sessions().values().any(|s| s.ours && s.eni == web_2));
}

#[test]
fn a_filter_that_cannot_be_made_stops_creates_and_nothing_else() {
    let account = Account::yaml(SMALL);
    let watch = account.watch();
    account.sim.set_switches(|s| s.deny = vec!["CreateTrafficMirrorFilterRule".to_owned()]);
    let run = account.tap_exits(3, &[]);
    assert!(run.stdout.contains("ec2:CreateTrafficMirrorFilterRule"), "{}", run.stdout);
    assert!(account.sessions().is_empty());
    // The crash between a filter and its rules: the next run completes it.
    watch.converges();
    assert_eq!(
        account.sim.snapshot()["regions"]["us-east-1"]["filters"].as_object().unwrap().len(),
        1
    );
}
