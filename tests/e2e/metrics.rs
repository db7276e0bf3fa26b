//! `--metrics-file`: what Prometheus is told of every run, in its text format, and the page that describes it.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aws_sim::Delay;
use tempfile::TempDir;

use crate::regions::twice;
use crate::source_automation::{ACCOUNT, SCENARIO_2};
use crate::support::{Account, Run, TAP};

const LAST_SUCCESS: &str = "session_mirror_last_success_timestamp_seconds";
const CREATE: &str = "CreateTrafficMirrorSession";

/// A folder as node_exporter reads it, with the file in it.
struct Textfile {
    folder: TempDir,
    path: PathBuf,
}

/// One metric of a file: its help, its samples by labels.
#[derive(Debug, Default)]
struct Metric {
    help: String,
    samples: BTreeMap<String, f64>,
}

impl Textfile {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session_mirror.prom");
        Self { folder, path }
    }

    fn tap(&self, account: &Account, code: i32, args: &[&str]) -> Run {
        let file = ["--metrics-file", self.path.to_str().unwrap()];
        account.tap_exits(code, &[&file[..], args].concat())
    }

    /// Runs and reads what it wrote.
    fn after(&self, account: &Account, code: i32, args: &[&str]) -> BTreeMap<String, Metric> {
        self.tap(account, code, args);
        let metrics = self.read();
        assert_eq!(value(&metrics, "session_mirror_exit_code"), f64::from(code));
        metrics
    }

    fn read(&self) -> BTreeMap<String, Metric> {
        let names: Vec<_> = std::fs::read_dir(self.folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "{names:?}");
        parse(&std::fs::read_to_string(&self.path).unwrap())
    }
}

/// Reads the text format as strictly as its description has it: HELP, TYPE and all samples of a metric together, each series
/// once.
fn parse(text: &str) -> BTreeMap<String, Metric> {
    let mut metrics: BTreeMap<String, Metric> = BTreeMap::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let (name, help) = line.strip_prefix("# HELP ").unwrap().split_once(' ').unwrap();
        assert!(name.starts_with("session_mirror_"), "{line}");
        assert_eq!(lines.next(), Some(format!("# TYPE {name} gauge").as_str()));
        let mut metric = Metric { help: help.to_owned(), ..Metric::default() };
        while let Some(sample) = lines.next_if(|line| !line.starts_with('#')) {
            let (series, number) = sample.rsplit_once(' ').unwrap();
            let labels = series.strip_prefix(name).unwrap();
            let labels =
                labels.strip_prefix('{').map_or("", |rest| rest.strip_suffix('}').unwrap());
            for label in labels.split(',').filter(|label| !label.is_empty()) {
                let (key, quoted) = label.split_once('=').unwrap();
                assert!(key.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{sample}");
                let inside = quoted.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
                assert!(!inside.contains(['"', '\\', '\n']), "{sample}");
            }
            let number: f64 = number.parse().unwrap();
            assert!(number.is_finite() && number >= 0.0, "{sample}");
            assert_eq!(metric.samples.insert(labels.to_owned(), number), None, "twice: {sample}");
        }
        assert!(!metric.samples.is_empty(), "{name} says nothing");
        assert!(metrics.insert(name.to_owned(), metric).is_none(), "{name} stands twice");
    }
    assert!(text.ends_with('\n'));
    metrics
}

#[track_caller]
fn value(metrics: &BTreeMap<String, Metric>, series: &str) -> f64 {
    let (name, labels) = series.split_once('{').unwrap_or((series, ""));
    let metric = metrics.get(name).unwrap_or_else(|| panic!("{name} is missing in {metrics:#?}"));
    let labels = labels.trim_end_matches('}');
    let found = metric.samples.get(labels);
    *found.unwrap_or_else(|| panic!("{series} is missing in {metric:#?}"))
}

/// The series of a metric in us-east-1.
fn here(name: &str, labels: &str) -> String {
    format!("session_mirror_{name}{{account=\"111122223333\",region=\"us-east-1\"{labels}}}")
}

#[test]
fn the_numbers_are_those_of_the_report() {
    let (account, file) = (Account::demo(), Textfile::new());
    let run = file.tap(&account, 3, &["--output", "json"]);
    let (document, metrics) = (run.document(), file.read());
    let totals = &document["totals"];
    for (name, labels, number) in [
        ("eligible_interfaces", "", "eligible"),
        ("mirrored_interfaces", "", "mirrored"),
        ("sessions", ",owner=\"owned\"", "sessions"),
        ("sessions", ",owner=\"foreign\"", "foreign_sessions"),
    ] {
        assert_eq!(
            value(&metrics, &here(name, labels)),
            totals[number].as_f64().unwrap(),
            "{name}"
        );
    }
    let ratio = value(&metrics, &here("coverage_ratio", ""));
    assert_eq!((ratio * 1000.0).floor() / 10.0, totals["coverage_percent"].as_f64().unwrap());
    let cost = value(&metrics, &here("cost_usd_per_hour", ""));
    assert!((cost - totals["cost_usd_per_hour"].as_f64().unwrap()).abs() < 1e-6);
    assert_eq!(value(&metrics, "session_mirror_exit_code"), 3.0);
    assert_eq!(value(&metrics, &here("region_read", "")), 1.0);
    assert_eq!(value(&metrics, &here("plan_refused", "")), 0.0);
    // Every interface stands under one action and reason: the sum is all of them.
    let interfaces = &metrics["session_mirror_interfaces"].samples;
    assert_eq!(interfaces.values().sum::<f64>(), totals["interfaces"].as_f64().unwrap());
    let (mut counts, mut changes) = (BTreeMap::new(), BTreeMap::new());
    for decision in document["regions"][0]["decisions"].as_array().unwrap() {
        let word = |key: &str| decision[key].as_str().unwrap().to_owned();
        if decision["leftover"] == false {
            let labels = (word("action"), word("reason"));
            *counts.entry(labels).or_insert(0.0) += 1.0;
        }
        if let Some(outcome) = decision["outcome"]["code"].as_str() {
            *changes.entry((word("action"), outcome.to_owned())).or_insert(0.0) += 1.0;
        }
    }
    assert_eq!(counts.len(), interfaces.len());
    for ((action, reason), n) in counts {
        let labels = format!(",action=\"{action}\",reason=\"{reason}\"");
        assert_eq!(value(&metrics, &here("interfaces", &labels)), n, "{labels}");
    }
    for ((action, outcome), n) in changes {
        let labels = format!(",action=\"{action}\",outcome=\"{outcome}\"");
        assert_eq!(value(&metrics, &here("changes", &labels)), n, "{labels}");
    }
}

/// As many as AWS saw, throttled ones too.
#[test]
fn calls_are_those_that_aws_saw() {
    let (account, file) = (Account::fleet(5), Textfile::new());
    account.sim.fault(CREATE, "RequestLimitExceeded").times(2);
    account.sim.fault("DescribeVpcs", "InternalError").times(1);
    let metrics = file.after(&account, 0, &[]);
    let of_call =
        |name: &str, call: &str| value(&metrics, &here(name, &format!(",call=\"{call}\"")));
    let mut seen = account.sim.counts();
    for of_no_region in ["DescribeRegions", "GetCallerIdentity"] {
        assert_eq!(seen.remove(of_no_region), Some(1));
    }
    for (call, n) in &seen {
        assert_eq!(of_call("api_calls", call), *n as f64, "{call}");
    }
    assert_eq!(metrics["session_mirror_api_calls"].samples.len(), seen.len());
    assert_eq!(of_call("api_calls", CREATE), 7.0);
    assert_eq!(of_call("api_calls_throttled", CREATE), 2.0);
    assert_eq!(of_call("api_calls_failed", CREATE), 0.0);
    assert_eq!(of_call("api_calls_failed", "DescribeVpcs"), 1.0);
}

#[test]
fn the_same_account_has_the_same_text() {
    let (account, file) = (Account::demo(), Textfile::new());
    file.tap(&account, 3, &[]);
    let text = || {
        file.tap(&account, 3, &[]);
        let text = std::fs::read_to_string(&file.path).unwrap();
        let differs = |line: &&str| !line.contains("_seconds ");
        text.lines().filter(differs).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(text(), text());
}

#[test]
fn the_last_success_outlives_runs_that_fail() {
    let (account, file) = (Account::fleet(2), Textfile::new());
    let deny = |actions: &[&str]| {
        let actions: Vec<String> = actions.iter().map(|a| (*a).to_owned()).collect();
        account.sim.set_switches(|s| s.deny = actions);
    };
    deny(&["DescribeVpcs"]);
    let metrics = file.after(&account, 1, &[]);
    assert_eq!(value(&metrics, LAST_SUCCESS), 0.0, "there was none");
    assert_eq!(value(&metrics, &here("region_read", "")), 0.0);
    assert_eq!(value(&metrics, &here("failures", ",reason=\"denied\"")), 1.0);

    deny(&[]);
    let metrics = file.after(&account, 0, &[]);
    let success = value(&metrics, LAST_SUCCESS);
    assert_eq!(success, value(&metrics, "session_mirror_last_run_timestamp_seconds"));
    assert!(success > 1.7e9);
    assert!(!metrics.contains_key("session_mirror_failures"));

    deny(&["DescribeVpcs"]);
    for args in [&[][..], &["--region", "eu-nowhere-1"], &["--instance-types", "/no/such"]] {
        let metrics = file.after(&account, 1, args);
        assert_eq!(value(&metrics, LAST_SUCCESS), success, "{args:?}");
        assert!(value(&metrics, "session_mirror_last_run_timestamp_seconds") > success);
    }
    // What is no file of ours is replaced, and no error.
    for broken in ["", "\u{0}\u{ff}", "session_mirror_last_success_timestamp_seconds NaN\n"] {
        std::fs::write(&file.path, broken).unwrap();
        assert_eq!(value(&file.after(&account, 1, &[]), LAST_SUCCESS), 0.0);
    }
}

/// One code, as the JSON document has it: in no region where there was none yet, else in each region.
#[test]
fn a_run_that_fails_says_why() {
    let said = |account: &Account, args: &[&str]| {
        let file = Textfile::new();
        let run = file.tap(account, 1, &[args, &["--output", "json"]].concat());
        let kind = run.document()["error"]["kind"].as_str().unwrap().to_owned();
        let metrics = file.read();
        let failures = &metrics["session_mirror_failures"].samples;
        let mut failures = failures.iter().map(|(labels, n)| (labels.clone(), *n));
        let (only, more) = (failures.next().unwrap(), failures.next());
        assert_eq!(more, None, "{args:?}");
        (kind, only, metrics.contains_key("session_mirror_region_read"))
    };
    let nowhere = |kind: &str| {
        let labels = format!("account=\"\",region=\"\",reason=\"{kind}\"");
        (kind.to_owned(), (labels, 1.0), false)
    };
    let good = Account::fleet(1);
    for (kind, args) in [
        ("no-such-id", &["--vpc-id", "vpc-0123456789abcdef0"][..]),
        ("unknown-region", &["--region", "eu-nowhere-1"]),
        ("instance-types", &["--instance-types", "/no/such"]),
    ] {
        assert_eq!(said(&good, args), nowhere(kind));
    }
    let expired = Account::fleet(1);
    expired.sim.set_switches(|s| s.credentials.expired = vec!["AKIAEXAMPLE".to_owned()]);
    assert_eq!(said(&expired, &[]), nowhere("credentials"));
    let hanging = Account::fleet(1);
    hanging.sim.set_switches(|s| {
        s.latency.actions.insert("GetCallerIdentity".to_owned(), Delay::Fixed(3_600_000));
    });
    assert_eq!(said(&hanging, &["--timeout", "1s"]), nowhere("timed-out"));
    let unread = Account::fleet(1);
    unread.sim.set_switches(|s| s.deny = vec!["DescribeVpcs".to_owned()]);
    let here = "account=\"111122223333\",region=\"us-east-1\",reason=\"denied\"".to_owned();
    assert_eq!(said(&unread, &[]), ("denied".to_owned(), (here, 1.0), true));
}

#[test]
fn failures_and_refusals() {
    let (account, file) = (Account::fleet(12), Textfile::new());
    account.sim.set_switches(|s| s.deny = vec![CREATE.to_owned()]);
    let metrics = file.after(&account, 3, &[]);
    assert_eq!(value(&metrics, &here("failures", ",reason=\"denied\"")), 12.0);
    let labels = ",action=\"create\",outcome=\"failed\"";
    assert_eq!(value(&metrics, &here("changes", labels)), 12.0);
    assert_eq!(value(&metrics, &here("coverage_ratio", "")), 0.0);

    account.sim.set_switches(|s| s.deny = Vec::new());
    file.after(&account, 0, &[]);
    account.edit(|world| {
        for id in world.instance_ids() {
            world.stop_instance(&id);
        }
    });
    let metrics = file.after(&account, 4, &[]);
    assert_eq!(value(&metrics, &here("plan_refused", "")), 1.0);
    assert_eq!(value(&metrics, &here("sessions", ",owner=\"owned\"")), 12.0);
    assert!(!metrics.contains_key("session_mirror_coverage_ratio"), "nothing is eligible");
}

#[test]
fn each_region_for_itself() {
    let (account, file) = (twice(), Textfile::new());
    account.sim.set_switches(|s| {
        s.latency.regions.insert("eu-west-1".to_owned(), Delay::Fixed(3_600_000));
    });
    let args = ["--region", "us-east-1,eu-west-1", "--timeout", "2s"];
    let metrics = file.after(&account, 3, &args);
    assert_eq!(value(&metrics, &here("mirrored_interfaces", "")), 4.0);
    let there = |name: &str, more: &str| here(name, more).replace("us-east-1", "eu-west-1");
    assert_eq!(value(&metrics, &there("region_read", "")), 0.0);
    assert_eq!(value(&metrics, &there("failures", ",reason=\"timed-out\"")), 1.0);
    assert_eq!(metrics["session_mirror_coverage_ratio"].samples.len(), 1);
}

/// What only looks, and what only waits for another run, has nothing to say.
#[test]
fn what_is_no_run_of_its_own_writes_nothing() {
    let (account, file) = (Account::fleet(1), Textfile::new());
    file.tap(&account, 0, &["--dry-run"]);
    let simulated = file.tap(&account, 3, &["--simulate"]);
    assert!(simulated.stdout.contains("Simulated"), "{}", simulated.stdout);
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("lock");
    let held = std::fs::File::create(&lock).unwrap();
    held.lock().unwrap();
    file.tap(&account, 1, &["--lock-file", lock.to_str().unwrap()]);
    assert_eq!(std::fs::read_dir(file.folder.path()).unwrap().count(), 0);
    // Any other failure is one that somebody has to hear of.
    file.after(&account, 1, &["--lock-file", folder.path().to_str().unwrap()]);
}

/// node_exporter is another user.
#[test]
fn everybody_may_read_it() {
    let (account, file) = (Account::fleet(1), Textfile::new());
    let tap = account.command(&["--metrics-file", file.path.to_str().unwrap()]);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "umask 077; exec \"$0\" \"$@\"", TAP]).args(tap.get_args()).env_clear();
    command.envs(tap.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let run = Run::of(command.stdin(Stdio::null()).output().unwrap());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(file.path.metadata().unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn a_file_that_cannot_be_is_said_before_anything_is_read() {
    let account = Account::fleet(1);
    let folder = tempfile::tempdir().unwrap();
    let (missing, link) = (folder.path().join("no/such/x.prom"), folder.path().join("link.prom"));
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    for path in [folder.path(), &missing, &link, Path::new("/dev/null")] {
        let document = account.json(1, &["--metrics-file", path.to_str().unwrap()]);
        assert_eq!(document["error"]["kind"], "metrics-file");
        let message = document["error"]["message"].as_str().unwrap();
        for words in [path.to_str().unwrap(), "nothing was changed"] {
            assert!(message.contains(words), "{message}");
        }
    }
    assert_eq!(account.sim.calls().len(), 0);
}

/// The work is done, and whoever looks at the exit code learns that nobody will hear of it.
#[test]
fn a_file_that_can_no_longer_be_written() {
    let account = Account::fleet(3);
    account.sim.set_switches(|s| {
        s.latency.actions.insert(CREATE.to_owned(), Delay::Fixed(300));
    });
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("textfile");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("session_mirror.prom");
    let args = ["--metrics-file", path.to_str().unwrap(), "--output", "json"];
    let mut command = account.command(&args);
    let tap = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !account.sim.counts().contains_key(CREATE) {
        std::thread::yield_now();
    }
    std::fs::remove_dir(&folder).unwrap();
    let run = Run::of(tap.wait_with_output().unwrap());
    assert_eq!(run.code, 3, "{}", run.stderr);
    run.says(&["error: the metrics file", path.to_str().unwrap(), "hint: "]);
    let document = run.document();
    assert_eq!(document["exit"]["code"], 3);
    assert_eq!(document["totals"]["mirrored"], 3);
    account.is_settled();
}

/// The metrics of the page, `name` to `labels` and `meaning`.
pub(crate) fn described() -> BTreeMap<String, (BTreeSet<String>, String)> {
    let page = include_str!("../../docs/operations.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `session_mirror_"));
    let rows = rows.map(|row| {
        let [name, labels, meaning] = row.splitn(3, '|').collect::<Vec<_>>().try_into().unwrap();
        let name = format!("session_mirror_{}", name.trim().trim_end_matches('`'));
        let labels = labels.split(',').map(|label| label.trim().trim_matches('`').to_owned());
        let labels = labels.filter(|label| !label.is_empty()).collect();
        (name, (labels, meaning.trim().trim_end_matches('|').trim().to_owned()))
    });
    rows.collect()
}

#[test]
fn every_metric_is_described_and_no_other() {
    let (demo, file) = (Account::demo(), Textfile::new());
    let mut found: BTreeMap<String, (BTreeSet<String>, String)> = BTreeMap::new();
    demo.sim.fault(CREATE, "UnauthorizedOperation").times(1);
    for (name, metric) in file.after(&demo, 3, &[]) {
        let labels = metric.samples.keys().flat_map(|labels| labels.split(','));
        let labels = labels.filter_map(|label| Some(label.split_once('=')?.0.to_owned()));
        found.insert(name, (labels.collect(), metric.help));
    }
    // With rules one more: what became of appliances.
    let (ruled, folder) = (Account::yaml(ACCOUNT), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("us-east-1.yaml"), SCENARIO_2).unwrap();
    let rules = ["--rules", folder.path().to_str().unwrap()];
    for (name, metric) in file.after(&ruled, 0, &rules) {
        let labels = metric.samples.keys().flat_map(|labels| labels.split(','));
        let labels = labels.filter_map(|label| Some(label.split_once('=')?.0.to_owned()));
        found.entry(name).or_insert((labels.collect(), metric.help));
    }
    let described = described();
    for name in found.keys().chain(described.keys()) {
        assert_eq!(found.get(name), described.get(name), "docs/operations.md: {name}");
    }
}
