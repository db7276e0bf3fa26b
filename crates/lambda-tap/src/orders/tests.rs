//! Which runs come of which works.

use super::*;

fn config(given: &[(&str, &str)]) -> Config {
    let region = [("AWS_REGION", "eu-west-1")];
    let pairs = region.iter().chain(given);
    Config::read(pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).unwrap()
}

const FINDINGS: (&str, &str) = ("SESSION_MIRROR_ENABLE_FINDINGS", "true");
const NO_EXISTING: (&str, &str) = ("SESSION_MIRROR_ENABLE_EXISTING", "false");
const NO_LAUNCH: (&str, &str) = ("SESSION_MIRROR_ENABLE_LAUNCH", "false");

fn ids<T: for<'a> From<&'a str> + Ord>(ids: &[&str]) -> BTreeSet<T> {
    ids.iter().map(|id| T::from(*id)).collect()
}

fn launched(id: &str) -> Work {
    Work::Launched(ids(&[id]))
}

fn leaving(id: &str) -> Work {
    Work::Leaving(ids(&[id]))
}

fn finding(id: &str, instance: &str) -> Work {
    Work::Finding { id: id.to_owned(), instances: ids(&[instance]) }
}

fn tagged(instances: &[&str], vpcs: &[&str]) -> Work {
    Work::Tagged { instances: ids(instances), vpcs: ids(vpcs) }
}

const NOW: i64 = 1_000_000;

/// Each run in a few words: what it is about, and what it may do.
fn runs(works: &[Work], config: &Config) -> Vec<String> {
    let words = |order: &Order| {
        let list = |ids: Vec<String>| ids.join("+");
        let instances = list(order.narrow.instances.iter().map(ToString::to_string).collect());
        let vpcs = list(order.narrow.vpcs.iter().map(ToString::to_string).collect());
        let about = if order.narrow.is_whole() { "all".to_owned() } else { instances + &vpcs };
        let findings: String = order.findings.iter().map(|f| format!(" for {}", f.id)).collect();
        format!("{about} {}{findings}", order.policy)
    };
    orders(works, config, Moment::from_unix(NOW)).iter().map(words).collect()
}

#[test]
fn instances_of_several_events_are_one_run() {
    let config = config(&[FINDINGS]);
    let works = [
        launched("i-1"),
        leaving("i-2"),
        launched("i-1"),
        finding("f", "i-3"),
        tagged(&["i-4"], &[]),
    ];
    assert_eq!(runs(&works, &config), ["i-1+i-2+i-3+i-4 sync for f"]);
    let mut backwards = works.to_vec();
    backwards.reverse();
    let now = Moment::from_unix(NOW);
    assert_eq!(orders(&backwards, &config, now), orders(&works, &config, now));
    assert_eq!(runs(&[], &config), [""; 0]);
}

#[test]
fn the_schedule_covers_the_rest() {
    let config = config(&[FINDINGS]);
    let works = [launched("i-1"), Work::Everything, leaving("i-2"), tagged(&[], &["vpc-1"])];
    assert_eq!(runs(&works, &config), ["all sync"]);
    let order = &orders(&works, &config, Moment::from_unix(NOW))[0];
    let settings = order.settings(&config.settings, Moment::from_unix(NOW));
    assert_eq!(settings.leaving, ids(&["i-2"]));
    assert_eq!(settings.now, Some(Moment::from_unix(NOW)));
    assert!(order.named[&"i-1".into()].must_appear());
    assert_eq!(runs(&[finding("f", "i-1"), Work::Everything], &config), ["all sync for f"]);
}

#[test]
fn vpcs_have_a_run_of_their_own() {
    let works = [tagged(&["i-1"], &[]), tagged(&[], &["vpc-1"]), tagged(&[], &["vpc-2"])];
    assert_eq!(runs(&works, &config(&[])), ["i-1 sync", "vpc-1+vpc-2 sync"]);
}

#[test]
fn who_only_leaves_gets_no_new_session() {
    let both = [leaving("i-1"), leaving("i-2")];
    assert_eq!(runs(&both, &config(&[])), ["i-1+i-2 repair-only"]);
    // What the user does not allow is not allowed here either.
    let upsert = config(&[("SESSION_MIRROR_POLICY", "upsert-only")]);
    assert_eq!(runs(&both, &upsert), ["i-1+i-2 upsert-only"]);
}

#[test]
fn without_existing_instances_the_schedule_only_repairs() {
    let config = config(&[NO_EXISTING]);
    let works = [Work::Everything, launched("i-1"), tagged(&["i-2"], &["vpc-1"])];
    assert_eq!(runs(&works, &config), ["i-1+i-2 sync", "all repair-only"]);
    assert_eq!(runs(&[tagged(&[], &["vpc-1"])], &config), ["vpc-1 repair-only"]);
}

/// The seed's third use, alone.
#[test]
fn findings_alone() {
    let config = config(&[NO_EXISTING, NO_LAUNCH, FINDINGS]);
    let works = [finding("f", "i-1"), tagged(&["i-2"], &[]), Work::Everything];
    assert_eq!(runs(&works, &config), ["i-1 sync for f", "all repair-only"]);
    let tags = [tagged(&["i-2"], &["vpc-1"])];
    assert_eq!(runs(&tags, &config), ["i-2 repair-only", "vpc-1 repair-only"]);
}

#[test]
fn what_is_not_enabled_is_ignored_and_who_leaves_never_is() {
    let nothing = config(&[NO_EXISTING, NO_LAUNCH]);
    for work in [launched("i-1"), finding("f", "i-1")] {
        assert!(matches!(admitted(work.clone(), &nothing), Work::Ignored(_)), "{work:?}");
        assert_eq!(admitted(work.clone(), &config(&[FINDINGS])), work);
    }
    for work in [leaving("i-1"), Work::Everything, tagged(&["i-1"], &[])] {
        assert_eq!(admitted(work.clone(), &nothing), work);
    }
}

#[test]
fn several_findings_keep_their_ids_and_get_their_end() {
    let config = config(&[FINDINGS, ("SESSION_MIRROR_FINDING_HOURS", "2")]);
    let works = [finding("f", "i-1"), finding("g", "i-1"), finding("f", "i-2")];
    let order = &orders(&works, &config, Moment::from_unix(NOW))[0];
    let until = Some(Moment::from_unix(NOW + 7200));
    let request = |id: &str, instances: &[&str]| FindingRequest {
        id: id.to_owned(),
        instances: ids(instances),
        until,
    };
    assert_eq!(order.findings, [request("f", &["i-1", "i-2"]), request("g", &["i-1"])]);
}

#[test]
fn events_that_contradict_each_other_expect_nothing() {
    for works in [
        [launched("i-1"), leaving("i-1"), launched("i-1")],
        [leaving("i-1"), launched("i-1"), leaving("i-1")],
    ] {
        let order = &orders(&works, &config(&[]), Moment::from_unix(NOW))[0];
        let named = order.named[&"i-1".into()];
        assert!(!named.must_appear() && !named.must_come_to_rest() && !named.must_leave());
        assert_eq!(order.policy, Policy::Sync);
        let settings = order.settings(&Settings::default(), Moment::from_unix(NOW));
        assert_eq!(settings.leaving, ids(&["i-1"]));
    }
}

#[test]
fn a_part_of_an_order() {
    let works = [finding("f", "i-1"), leaving("i-2"), Work::Everything];
    let order = &orders(&works, &config(&[FINDINGS]), Moment::from_unix(NOW))[0];
    let part = order.about(ids(&["i-1"]));
    assert_eq!(part.narrow.instances, ids(&["i-1"]));
    assert_eq!(part.named.len(), 1);
    assert_eq!((part.findings.len(), part.policy), (1, Policy::Sync));
    assert_eq!(order.about(ids(&["i-2"])).policy, Policy::RepairOnly);
}
