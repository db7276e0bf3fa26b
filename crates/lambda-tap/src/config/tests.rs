//! What the environment may say, and what is said about what it may not.

use super::*;

fn read(given: &[(&str, &str)]) -> Result<Config, Vec<Mistake>> {
    let region = [(AWS_REGION, "eu-west-1")];
    let pairs = region.iter().chain(given);
    Config::read(pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn problems(given: &[(&str, &str)]) -> Vec<String> {
    read(given).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_set_is_the_seeds_default() {
    let config = read(&[("PATH", "/bin"), ("AWS_LAMBDA_FUNCTION_NAME", "x")]).unwrap();
    assert_eq!(config.settings, Settings::default());
    assert_eq!(config.enabled, Enabled { existing: true, launch: true, findings: false });
    assert_eq!(config.rules, RulesFrom::Nowhere);
    assert_eq!((config.finding_hours, config.queue_url.as_deref()), (None, None));
    assert_eq!((config.log_format, config.log_level), (LogFormat::Json, LogLevel::Info));
    assert_eq!((config.concurrency, config.region.as_str()), (8, "eu-west-1"));
    assert_eq!(config.policy_for_existing(), Policy::Sync);
}

/// A template passes on the parameters that nobody filled in.
#[test]
fn empty_is_not_set() {
    let empty: Vec<(&str, &str)> = VARIABLES.iter().map(|v| (v.name, "")).collect();
    assert_eq!(read(&empty), read(&[]));
    assert_eq!(read(&[(names::FILTER_ID, "  ")]), read(&[]));
}

/// The defaults in the table are those of the code.
#[test]
fn the_defaults_of_the_table_change_nothing() {
    let defaults: Vec<(&str, &str)> = VARIABLES.iter().map(|v| (v.name, v.default)).collect();
    assert_eq!(read(&defaults), read(&[]));
}

#[test]
fn every_variable_has_an_effect() {
    let values = [
        (names::RULES_YAML, "vpcs: []"),
        (names::RULES_S3, "s3://b/k.yaml"),
        (names::RULES_FOR, "findings"),
        (names::ENABLE_EXISTING, "false"),
        (names::ENABLE_LAUNCH, "false"),
        (names::ENABLE_FINDINGS, "true"),
        (names::FINDING_TARGET_ID, "tmt-1"),
        (names::FINDING_HOURS, "24"),
        (names::VENDOR, "Acme"),
        (names::POLICY, "create-only"),
        (names::ALLOW_MASS_DELETE, "true"),
        (names::FILTER_ID, "tmf-1"),
        (names::FILTER_PROFILE, "all-tcp"),
        (names::CUSTOM_FILTER_YAML, "{name: web, dns: true}"),
        (names::PACKET_LENGTH, "100"),
        (names::SESSION_NUMBER, "7"),
        (names::VIRTUAL_NETWORK_ID, "9"),
        (names::PRICE_PER_HOUR, "0.5"),
        (names::MAX_APPLIANCES, "0"),
        (names::CONCURRENCY, "3"),
        (names::API_SHARE, "50"),
        (names::QUEUE_URL, "https://sqs.eu-west-1.amazonaws.com/111122223333/q"),
        (names::TIMEOUT, "90s"),
        (names::LOG_FORMAT, "text"),
        (names::LOG_LEVEL, "debug"),
    ];
    let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    let all: Vec<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
    assert_eq!(names, all, "this table has each variable once");
    for (name, value) in values {
        assert_ne!(read(&[(name, value)]), read(&[]), "{name}");
    }
}

#[test]
fn values_reach_the_settings() {
    let config = read(&[
        (names::VENDOR, "Acme"),
        (names::FILTER_ID, "tmf-1"),
        (names::FINDING_TARGET_ID, "tmt-9"),
        (names::MAX_APPLIANCES, "2"),
        (names::ALLOW_MASS_DELETE, "True"),
    ])
    .unwrap();
    let expected = Settings {
        keys: TagKeys::of_vendor("Acme"),
        filter: FilterChoice::Pinned("tmf-1".into()),
        finding_target: Some("tmt-9".into()),
        max_appliances: 2,
        allow_mass_delete: true,
        ..Settings::default()
    };
    assert_eq!(config.settings, expected);
}

#[test]
fn rules_may_be_an_object_or_one_of_a_folder() {
    let from = |place: &str| read(&[(names::RULES_S3, place)]).unwrap().rules;
    let object = |key: &str| RulesFrom::Object { bucket: "rules".to_owned(), key: key.to_owned() };
    assert_eq!(from("s3://rules/a/mine.yaml"), object("a/mine.yaml"));
    assert_eq!(from("s3://rules/a/"), object("a/eu-west-1.yaml"));
    assert_eq!(from("s3://rules/"), object("eu-west-1.yaml"));
}

#[test]
fn without_existing_instances_nothing_begins_on_schedule() {
    let existing = (names::ENABLE_EXISTING, "false");
    let launch = (names::ENABLE_LAUNCH, "false");
    let config = read(&[existing]).unwrap();
    assert_eq!(config.policy_for_existing(), Policy::RepairOnly);
    assert_eq!(config.settings.rules_for, RulesFor::Everyone);
    // The seed's third scenario: GuardDuty alone.
    let config = read(&[existing, launch]).unwrap();
    assert_eq!(config.settings.rules_for, RulesFor::Findings);
    let said = (names::RULES_FOR, "everyone");
    assert_eq!(read(&[existing, launch, said]).unwrap().settings.rules_for, RulesFor::Everyone);
    let found = problems(&[existing, (names::POLICY, "upsert-only")]);
    assert!(found[0].contains("exclude each other"), "{found:?}");
}

#[test]
fn all_mistakes_are_said_at_once_and_each_names_its_variable() {
    let found = problems(&[
        (names::FILTER_ID, "tmf 1"),
        (names::POLICY, "synch"),
        (names::FILTER_PROFILE, "tcp"),
        (names::CUSTOM_FILTER_YAML, "name: web\nrules: []"),
        (names::PACKET_LENGTH, "8501"),
        (names::SESSION_NUMBER, "0"),
        (names::VIRTUAL_NETWORK_ID, "x"),
        (names::PRICE_PER_HOUR, "NaN"),
        (names::API_SHARE, "101"),
        (names::CONCURRENCY, "0"),
        (names::FINDING_HOURS, "-1"),
        (names::ENABLE_LAUNCH, "maybe"),
        (names::QUEUE_URL, "my-queue"),
        (names::VENDOR, "aws:x"),
        (names::LOG_FORMAT, "xml"),
        ("SESSION_MIRROR_FILTERID", "tmf-1"),
    ]);
    assert_eq!(found.len(), 16, "{found:#?}");
    for words in [
        "SESSION_MIRROR_FILTERID: there is no such setting",
        "SESSION_MIRROR_POLICY: `synch` is none of: sync, upsert-only",
        "SESSION_MIRROR_FILTER_PROFILE: `tcp` is no profile: expected all,",
        "SESSION_MIRROR_CUSTOM_FILTER_YAML: SESSION_MIRROR_CUSTOM_FILTER_YAML:2: rules: the list is empty",
        "SESSION_MIRROR_PACKET_LENGTH: `8501` is no whole number from 1 to 8500",
        "SESSION_MIRROR_ENABLE_LAUNCH: `maybe` is neither true nor false",
        "SESSION_MIRROR_QUEUE_URL: `my-queue` is not the URL of a queue",
    ] {
        assert!(found.iter().any(|line| line.starts_with(words)), "{words}: {found:#?}");
    }
}

#[test]
fn a_time_has_a_unit() {
    let timeout = |text: &str| read(&[(names::TIMEOUT, text)]).map(|config| config.timeout);
    assert_eq!(timeout("90s"), Ok(Some(Duration::from_secs(90))));
    assert_eq!(timeout("15m"), Ok(Some(Duration::from_secs(900))));
    for bad in ["90", "0s", "16m", "1h", "-1s", "99999999999999999999m"] {
        assert_eq!(problems(&[(names::TIMEOUT, bad)]).len(), 1, "{bad}");
    }
}

#[test]
fn rules_come_from_one_place() {
    let found = problems(&[(names::RULES_YAML, "vpcs: []"), (names::RULES_S3, "s3://b/k")]);
    assert_eq!(found.len(), 1);
    for place in ["b/k", "s3://", "s3://b", "s3:///k", "https://b/k"] {
        assert_eq!(problems(&[(names::RULES_S3, place)]).len(), 1, "{place}");
    }
}

#[test]
fn a_function_without_a_region_is_none() {
    let found = Config::read([]).unwrap_err();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name, AWS_REGION);
}
