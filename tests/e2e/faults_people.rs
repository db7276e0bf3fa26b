//! What other people and other runs do while a run is under way.

use aws_sim::{Deed, Delay, Intruder, Launch, NewSession, Switches, TagGone, TagSet};

use crate::faults::{CREATE, DELETE, MIXED};
use crate::story::SMALL;
use crate::support::{Account, after, decisions};

/// The moments at which something happens: early and late in the reads, and between the writes.
const MOMENTS: [(usize, &str); 6] = [
    (1, "DescribeVpcs"),
    (1, "DescribeInstances"),
    (1, "DescribeTrafficMirrorSessions"),
    (1, CREATE),
    (3, CREATE),
    (1, DELETE),
];

/// Lets something happen at each moment of a run, and looks at the account after each.
fn at_each_moment(deeds: &[Deed]) {
    for (call, action) in MOMENTS {
        for deed in deeds {
            let account = Account::yaml(MIXED);
            let watch = account.watch();
            account.sim.set_switches(|s| s.after = vec![after(call, action, deed.clone())]);
            let run = account.tap(&["--concurrency", "2"]);
            assert!([0, 3].contains(&run.code), "{deed:?}: {}\n{}", run.stdout, run.stderr);
            watch.converges();
        }
    }
}

/// Whatever code a taken number has, and whatever the text.
#[test]
fn a_taken_number_under_every_code() {
    for code in [
        "TrafficMirrorSessionNumberInUse",
        "InvalidParameterValue",
        "InterfaceInUseByTrafficMirrorTarget",
        "IncorrectState",
    ] {
        let account = Account::yaml(SMALL);
        account.tap_exits(0, &["--instance-id", "i-3"]);
        account.sim.set_switches(|s| {
            (s.taken_number.code, s.taken_number.message) =
                (code.to_owned(), "whatever".to_owned());
        });
        let watch = account.watch();
        // Somebody takes number 1 after the sessions were listed, before the create.
        let eni = account.eni("web-1");
        let (target, filter) = account
            .owned_by_eni()
            .values()
            .map(|s| (s.target.clone(), s.filter.clone()))
            .next()
            .unwrap();
        let tags = [("Team".to_owned(), "dns".to_owned())].into();
        let taken = NewSession { eni: eni.clone(), target, filter, number: 1, owner: None, tags };
        let run = std::thread::scope(|scope| {
            account.sim.set_switches(|s| {
                s.latency.actions.insert(CREATE.to_owned(), Delay::Fixed(50));
            });
            let run = scope.spawn(|| account.tap(&["--concurrency", "1"]));
            while !account.sim.counts().contains_key(CREATE) {
                std::thread::yield_now();
            }
            account.edit(|world| world.create_session(taken));
            run.join().unwrap()
        });
        assert_eq!(account.foreign().len(), 1);
        assert!(run.code == 0 || run.code == 3, "{code}: {}\n{}", run.stdout, run.stderr);
        watch.converges();
        assert_eq!(account.owned_by_eni()[&eni].number, 2, "{code}");
    }
}

#[test]
fn instances_launched_stopped_started_and_terminated_during_a_run() {
    at_each_moment(&[
        Deed::LaunchInstance(Launch { subnet: "shop-a".to_owned(), ..Launch::default() }),
        Deed::StopInstance("web-2".to_owned()),
        Deed::StartInstance("idle-1".to_owned()),
        Deed::TerminateInstance("web-2".to_owned()),
        Deed::TerminateInstance("drift-1".to_owned()),
    ]);
}

#[test]
fn sessions_removed_and_created_by_somebody_else_during_a_run() {
    let intruder = |instance: &str, number| Intruder {
        instance: instance.to_owned(),
        target: "tmt-1".to_owned(),
        filter: "tmf-1".to_owned(),
        number,
        tags: [("Team".to_owned(), "dns".to_owned())].into(),
        ..Intruder::default()
    };
    at_each_moment(&[
        // One that is to be changed, one that is to go, and one of somebody else's.
        Deed::DeleteSession("tms-2".to_owned()),
        Deed::DeleteSession("tms-3".to_owned()),
        Deed::DeleteSession("tms-1".to_owned()),
        // Where one of ours is to be, on the number that it would have; and where one of ours is.
        Deed::CreateSession(intruder("web-2", 1)),
        Deed::CreateSession(intruder("drift-1", 2)),
    ]);
}

#[test]
fn tags_set_and_removed_during_a_run() {
    let set = |on: &str, key: &str, value: &str| {
        Deed::SetTag(TagSet { on: on.to_owned(), key: key.to_owned(), value: value.to_owned() })
    };
    let gone =
        |on: &str, key: &str| Deed::DeleteTag(TagGone { on: on.to_owned(), key: key.to_owned() });
    at_each_moment(&[
        set("web-1", "Vectra:session_mirroring_blacklist", "True"),
        gone("black-1", "Vectra:session_mirroring_blacklist"),
        gone("shop", "Vectra:session_mirroring_target"),
        set("shop", "Vectra:session_mirroring_target", "tmt-2"),
        set("shop", "Vectra:session_mirroring_enrollment", "whitelisted"),
    ]);
}

/// The tag then names a target that is not there: an error that is said, and everything stays as it is.
#[test]
fn targets_deleted_at_each_moment_of_a_run() {
    at_each_moment(&[Deed::DeleteTarget("tmt-1".to_owned())]);
}

#[test]
fn an_instance_that_vanishes_between_read_and_write_is_gone_and_not_failed() {
    let account = Account::yaml(SMALL);
    let watch = account.watch();
    let name = "web-3".to_owned();
    account.sim.set_switches(|s| {
        // Made when all is read, and before any session.
        s.after = vec![after(1, "CreateTrafficMirrorFilter", Deed::TerminateInstance(name))];
    });
    let document = account.json(0, &[]);
    assert!(
        decisions(&document).contains(&"web-3 create not-mirrored gone".to_owned()),
        "{document:#}"
    );
    assert_eq!(document["totals"]["failed"], 0);
    watch.converges();
}

#[test]
fn a_session_that_somebody_removed_is_gone_and_not_failed() {
    let account = Account::yaml(SMALL);
    account.tap_exits(0, &[]);
    let session = account.sessions().keys().next().unwrap().clone();
    account.edit(|world| assert!(world.delete_tag("vpc-1", "Vectra:session_mirroring_target")));
    account.sim.set_switches(|s| {
        s.after = vec![after(1, "DescribeTrafficMirrorSessions", Deed::DeleteSession(session))];
    });
    let document = account.json(0, &[]);
    assert_eq!(decisions(&document).iter().filter(|line| line.ends_with(" gone")).count(), 1);
    assert!(account.owned_by_eni().is_empty());
}

#[test]
fn a_target_deleted_during_a_run() {
    let account = Account::yaml(SMALL);
    account.sim.set_switches(|s| {
        s.after = vec![after(1, CREATE, Deed::DeleteTarget("tmt-1".to_owned()))];
    });
    let document = account.json(3, &["--concurrency", "1"]);
    assert!(document["totals"]["failed"].as_u64() > Some(0));
    // Now the tag names a target that is not there: an error that is said, and everything stays as it is.
    account.sim.set_switches(|s| *s = Switches::default());
    let before = account.sim.snapshot();
    let run = account.tap_exits(3, &[]);
    assert!(run.stdout.contains("tmt-1"), "{}", run.stdout);
    assert_eq!(account.sim.snapshot(), before);
}

fn runs_at_once(runs: usize, yaml: Option<&str>) {
    let account = yaml.map_or_else(|| Account::fleet(40), Account::yaml);
    let watch = account.watch().with_filters_of(runs);
    account.sim.set_switches(|s| s.latency.default = Some(Delay::Fixed(5)));
    std::thread::scope(|scope| {
        for _ in 0..runs {
            scope.spawn(|| account.tap(&[]));
        }
    });
    watch.converges();
}

#[test]
fn two_runs_at_once_converge() {
    runs_at_once(2, None);
    runs_at_once(2, Some(MIXED));
}

#[test]
fn five_runs_at_once_converge() {
    runs_at_once(5, None);
    runs_at_once(5, Some(MIXED));
}
