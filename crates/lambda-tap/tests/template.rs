//! The SAM template against the function that it deploys: its settings, their defaults, the name of the program, the times.
//!
//! The template's tags (`!Ref`) are not plain YAML, so it is read line by line. That it is a valid template is held by
//! `tests/deploy/run`.

use std::collections::BTreeMap;

use lambda_tap::config::VARIABLES;

const TEMPLATE: &str = include_str!("../../../deploy/sam/template.yaml");

/// The lines under a heading, as far as they are indented more than it is, without their indentation beyond that.
fn under(text: &'static str, heading: &str) -> Vec<&'static str> {
    let width = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.lines().skip_while(|line| line.trim_end() != heading);
    let head = lines.next().unwrap_or_else(|| panic!("{heading:?} is not there"));
    let ours: Vec<&str> =
        lines.take_while(|line| line.is_empty() || width(line) > width(head)).collect();
    let least = ours
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| width(line))
        .min()
        .unwrap_or_default();
    ours.iter().map(|line| line.get(least..).unwrap_or_default()).collect()
}

/// `key: value` of lines that have no further indentation.
fn pairs(lines: &[&'static str]) -> Vec<(&'static str, &'static str)> {
    let own = lines.iter().filter(|line| !line.starts_with([' ', '#']));
    own.filter_map(|line| line.split_once(": ")).collect()
}

fn number(heading: &str, key: &str) -> u32 {
    let lines: Vec<&str> = under(TEMPLATE, heading).iter().map(|line| line.trim()).collect();
    let values: BTreeMap<&str, &str> = pairs(&lines).into_iter().collect();
    values[key].parse().unwrap_or_else(|_| panic!("{heading} {key}: {}", values[key]))
}

#[test]
fn every_setting_of_the_function_is_set_and_no_other() {
    let set: Vec<&str> =
        pairs(&under(TEMPLATE, "        Variables:")).iter().map(|(name, _)| *name).collect();
    let all: Vec<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
    assert_eq!(set, all);
}

/// Who deploys with the template's defaults gets what the function does by itself.
#[test]
fn the_defaults_of_the_template_are_those_of_the_function() {
    let defaults: BTreeMap<&str, &str> =
        VARIABLES.iter().map(|variable| (variable.name, variable.default)).collect();
    let mut compared = 0;
    for (name, value) in pairs(&under(TEMPLATE, "        Variables:")) {
        let Some(parameter) = value.strip_prefix("!Ref ") else { continue };
        if !TEMPLATE.contains(&format!("\n  {parameter}:\n    Description:")) {
            // A resource: the queue.
            continue;
        }
        let parameter = pairs(&under(TEMPLATE, &format!("  {parameter}:")));
        let default = parameter.iter().find(|(key, _)| *key == "Default");
        let (_, default) = default.unwrap_or_else(|| panic!("{name} has no default"));
        assert_eq!(default.trim_matches('"'), defaults[name], "{name}");
        compared += 1;
    }
    assert!(compared >= 15, "{compared}");
}

#[test]
fn it_deploys_the_program_of_this_crate() {
    let program = env!("CARGO_BIN_EXE_session_mirror_lambda");
    let program = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let built = format!("CodeUri: ../../target/lambda/{}/\n", program.trim_end_matches(".exe"));
    assert!(TEMPLATE.contains(&built), "{built}");
}

/// AWS asks for six times the function's time, and the batching window, on a queue that feeds it: else a message is seen again
/// while it is worked on.
#[test]
fn a_message_is_not_seen_again_while_it_is_worked_on() {
    let timeout = number("  Function:", "Timeout");
    let invisible = number("  Events:", "VisibilityTimeout");
    let window = number("      Events:", "MaximumBatchingWindowInSeconds");
    assert!(invisible >= 6 * timeout + window, "{invisible} {timeout} {window}");
    // All tries fit into the time that the queue keeps a message.
    let kept = number("  Events:", "MessageRetentionPeriod");
    let tries = number("  Events:", "maxReceiveCount");
    assert!(kept > tries * invisible, "{kept} {tries} {invisible}");
}

/// Each rule may send, and nothing else may.
#[test]
fn the_queue_takes_messages_of_every_rule_and_of_nothing_else() {
    let rules: Vec<&str> = TEMPLATE
        .match_indices("    Type: AWS::Events::Rule\n")
        .filter_map(|(at, _)| TEMPLATE[..at].trim_end().rsplit('\n').next())
        .map(|name| name.trim().trim_end_matches(':'))
        .collect();
    assert_eq!(rules.len(), 5, "{rules:?}");
    let sources: Vec<&str> = under(TEMPLATE, "                aws:SourceArn:")
        .iter()
        .filter_map(|line| line.strip_prefix("- !GetAtt ")?.strip_suffix(".Arn"))
        .collect();
    assert_eq!(sources, rules);
}

/// An alarm on a metric that nobody writes is never raised.
#[test]
fn the_alarms_are_about_metrics_that_the_function_writes() {
    let report = include_str!("../src/report.rs");
    let of_ours = TEMPLATE.split("      Namespace: SessionMirror\n").skip(1);
    let names = of_ours.filter_map(|rest| rest.trim_start().strip_prefix("MetricName: "));
    let names: Vec<&str> = names.filter_map(|rest| rest.lines().next()).collect();
    let (counted, written): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| name.starts_with("!Sub"));
    assert_eq!(counted, ["!Sub \"${AWS::StackName}-errors\""]);
    assert_eq!(written.len(), 4, "{written:?}");
    for name in written {
        assert!(report.contains(&format!("(\"{name}\", ")), "{name}");
    }
}

/// An alarm that counts periods without a run in them is never raised: the slowest schedule has one in each.
#[test]
fn every_schedule_has_a_run_in_each_period_of_the_alarms() {
    let allowed = under(TEMPLATE, "  Schedule:");
    let allowed = allowed.iter().find_map(|line| line.strip_prefix("AllowedValues: [rate("));
    let allowed = allowed.expect("rates only").trim_end_matches(")]");
    let minutes: Vec<u32> = allowed
        .split("), rate(")
        .map(|rate| rate.split_once(' ').expect("a number and a unit"))
        .map(|(number, unit)| {
            assert!(matches!(unit, "minute" | "minutes"), "{unit}");
            number.parse().expect("a number")
        })
        .collect();
    let periods: Vec<u32> = TEMPLATE
        .match_indices("\n      Period: ")
        .filter_map(|(at, found)| TEMPLATE[at + found.len()..].lines().next()?.parse().ok())
        .collect();
    let alarms = TEMPLATE.matches("    Type: AWS::CloudWatch::Alarm\n").count();
    assert_eq!(periods.len(), alarms);
    let slowest = 60 * minutes.iter().max().expect("some");
    assert!(periods.iter().all(|period| *period >= slowest), "{periods:?} {slowest}");
}
