//! How many calls a run makes, read off the simulator's record; and whether the IAM policies allow just what is called.

use std::collections::BTreeSet;
use std::path::Path;

use aws_sim::CallRecord;
use serde_json::Value;
use tap_core::call::{Access, Call, Program};
use tap_core::tags::TagKeys;

use crate::story::SMALL;
use crate::support::{Account, BLACKLIST, CONFIG_VPC, WHITELIST};

/// A run that changes nothing makes one call per page of a thousand instances, one per page of a thousand sessions, eight
/// more at most, and three for each load balancer that is a target in use.
#[test]
fn a_run_that_changes_nothing_is_cheap_at_any_size() {
    for instances in [10, 1_000, 10_000] {
        let account = Account::fleet(instances);
        account.tap_exits(0, &["--concurrency", "32"]);
        let sessions = account.owned_by_eni().len();
        assert_eq!(sessions, instances);
        account.sim.clear_calls();
        let document = account.json(0, &[]);
        assert_eq!(document["totals"]["keep"], instances);
        let snapshot = account.sim.snapshot();
        let nlbs = snapshot["regions"]["us-east-1"]["load_balancers"].as_object().unwrap().len();
        // Every instance that the account has, the sensors behind the load balancers too.
        let all = snapshot["regions"]["us-east-1"]["instances"].as_object().unwrap().len();
        let calls: usize = account.sim.counts().values().sum();
        let allowed = all.div_ceil(1000) + sessions.div_ceil(1000) + 8 + 3 * nlbs;
        assert!(calls <= allowed, "{calls} > {allowed}: {:?}", account.sim.counts());
    }
}

/// The two long listings do not wait for each other (docs/decisions/0008-reads-side-by-side.md).
#[test]
fn sessions_are_read_beside_the_instances() {
    let account = Account::fleet(2_500);
    account.tap_exits(0, &["--dry-run"]);
    let calls = account.sim.calls();
    let is = |action: &'static str| move |call: &CallRecord| call.action == action;
    let sessions = calls.iter().position(is("DescribeTrafficMirrorSessions")).unwrap();
    let last_page = calls.iter().rposition(is("DescribeInstances")).unwrap();
    assert!(sessions < last_page, "{:?}", account.sim.counts());
}

/// The IAM policy of a program, as it is published.
fn policy(program: Program) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(program.policy_file());
    let policy: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    policy["Statement"].as_array().unwrap().clone()
}

/// One text or a list of them.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().map(|text| text.as_str().unwrap().to_owned()).collect(),
        other => panic!("{other}"),
    }
}

fn made_by(program: Program) -> impl Iterator<Item = Call> {
    Call::ALL.iter().copied().filter(move |call| call.programs().contains(&program))
}

#[test]
fn each_policy_allows_what_the_table_of_calls_says() {
    // What AWS asks for besides: what is created is tagged as it is, and an account's first load balancer makes a role.
    let tap = vec!["ec2:CreateTags"];
    let tools = vec!["elasticloadbalancing:AddTags", "iam:CreateServiceLinkedRole"];
    // What the Lambda service does in the function's name: it takes messages, and writes the log.
    let service = [
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
    ];
    let lambda = [&tap[..], &service].concat();
    let all = [
        (Program::Tap, tap),
        (Program::Lambda, lambda),
        (Program::Audit, Vec::new()),
        (Program::Tools, tools),
    ];
    assert_eq!(all.each_ref().map(|(program, _)| *program), Program::ALL);
    for (program, besides) in all {
        let of_table = made_by(program).filter_map(Call::iam_action);
        let needed: BTreeSet<String> = of_table.chain(besides).map(str::to_owned).collect();
        let allowed: BTreeSet<String> =
            policy(program).iter().flat_map(|statement| texts(&statement["Action"])).collect();
        assert_eq!(allowed, needed, "{program:?}");
    }
}

#[test]
fn no_policy_allows_a_write_on_everything() {
    for program in Program::ALL {
        let writes: BTreeSet<&str> = made_by(program)
            .filter(|call| call.access() == Access::Write)
            .filter_map(Call::iam_action)
            .collect();
        for statement in policy(program) {
            let allows_a_write =
                texts(&statement["Action"]).iter().any(|action| writes.contains(action.as_str()));
            let on_everything = texts(&statement["Resource"]).iter().any(|on| on == "*");
            assert!(!(allows_a_write && on_everything), "{statement:#}");
        }
    }
}

/// Our tags may be set and removed, and no others: by the people's tools what they say of VPCs and instances, by a run what it
/// marks its own sessions with. An empty list of keys would remove all (docs/aws.md 1.5), and passes every `ForAllValues`.
#[test]
fn only_our_tags_may_be_set_and_removed() {
    let keys = TagKeys::default();
    let tools = vec![
        ("vpc", vec![keys.enrollment, keys.profile, keys.packet_length, keys.target]),
        ("instance", vec![keys.blacklist, keys.whitelist]),
    ];
    let runs = vec![("traffic-mirror-session", vec![keys.finding, keys.rule, keys.until])];
    let all = [
        (Program::Tap, runs.clone()),
        (Program::Lambda, runs),
        (Program::Audit, Vec::new()),
        (Program::Tools, tools),
    ];
    for (program, mut ours) in all {
        for statement in policy(program) {
            if !texts(&statement["Action"]).contains(&"ec2:DeleteTags".to_owned()) {
                continue;
            }
            let resources = texts(&statement["Resource"]);
            let condition = &statement["Condition"];
            let allowed = texts(&condition["ForAllValues:StringEquals"]["aws:TagKeys"]);
            assert_eq!(condition["Null"]["aws:TagKeys"], "false");
            let is_it = |(kind, keys): &(&str, Vec<String>)| {
                resources == [format!("arn:aws:ec2:*:*:{kind}/*")] && allowed == *keys
            };
            let found = ours.iter().position(is_it).unwrap_or_else(|| panic!("{statement:#}"));
            if program != Program::Tools {
                assert_eq!(condition["StringEquals"]["aws:ResourceTag/Creator"], keys.creator);
            }
            ours.remove(found);
        }
        assert!(ours.is_empty(), "{program:?}: {ours:?}");
    }
}

/// A rule takes sessions over from the VPC's tags and gives them back; another launches an appliance, which is removed again.
fn with_rules(account: &Account) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("us-east-1.yaml");
    let run = |rules: &str| {
        std::fs::write(&file, rules).unwrap();
        account.tap_exits(0, &["--rules", file.to_str().unwrap()]);
    };
    run("vpcs:\n- {vpcId: vpc-1, targetId: tmt-1}\n");
    run("vpcs:\n- {vpcId: vpc-0123, ignore: true}\n");
    run(
        "tags:\n- tagList: [{Key: Name, Value: web-1}]\n  targetInstanceType: m5.large\n  targetInstanceAmi: ami-1\n  targetSecurityGroupIds: [sg-1]\n",
    );
    run("vpcs:\n- {vpcId: vpc-1, ignore: true}\n");
    account.tap_exits(0, &["appliances", "prune", "--yes"]);
}

#[test]
fn a_run_makes_every_call_of_the_table_that_is_its_own_and_no_other() {
    let mut made: BTreeSet<String> = BTreeSet::new();
    for account in [Account::demo(), Account::yaml(SMALL)] {
        account.tap(&[]);
        made.extend(account.sim.counts().into_keys());
    }
    let account = Account::yaml(SMALL);
    account.tap_exits(0, &[]);
    with_rules(&account);
    made.extend(account.sim.counts().into_keys());
    let table = made_by(Program::Tap).map(|call| call.action().to_owned());
    assert_eq!(made, table.collect());
}

/// Every kind of target, tags set and removed, lists: between them the tools make all their calls and no others.
#[test]
fn the_tools_make_every_call_of_the_table_that_is_theirs_and_no_other() {
    let mut made: BTreeSet<String> = BTreeSet::new();
    let mut run = |account: &Account, runs: &[(&str, &[&str])]| {
        for (binary, args) in runs {
            account.exits(binary, 0, args);
        }
        made.extend(account.sim.counts().into_keys());
    };
    let shop = "vpc-0a000000000000001";
    let new: &[&str] =
        &["--vpc-id", shop, "--create-target", "new-nlb", "--health-check-port", "22"];
    let new = [new, &["--register", "i-0a000000000000005", "--yes"]].concat();
    run(
        &Account::starter(),
        &[
            (CONFIG_VPC, &new),
            (CONFIG_VPC, &new),
            (CONFIG_VPC, &["--vpc-id", shop, "--disable", "--yes"]),
            (BLACKLIST, &["add", "i-0a000000000000005", "--yes"]),
            (WHITELIST, &["list"]),
        ],
    );
    let gwlbe = Account::yaml(
        r#"
account: "111122223333"
regions:
  us-east-1:
    vpcs: [{name: shop, id: vpc-1, cidr: 10.1.0.0/16}]
    subnets: [{name: shop-a, id: subnet-1, vpc: shop, zone: us-east-1a, cidr: 10.1.1.0/24}]
    vpc_endpoints: [{name: sensors, id: vpce-1, vpc: shop, subnets: [shop-a]}]
"#,
    );
    run(
        &gwlbe,
        &[(CONFIG_VPC, &["--vpc-id", "vpc-1", "--create-target", "gwlbe=vpce-1", "--yes"])],
    );
    let table: BTreeSet<String> =
        made_by(Program::Tools).map(|call| call.action().to_owned()).collect();
    assert_eq!(made, table);
}
