//! `session_mirror_config_vpc` by its flags: what it lists, what it writes, and what it refuses before anything is written.

use aws_sim::Scenario;
use serde_json::{Value, json};

use crate::support::{Account, CONFIG_VPC, Run};

const SHOP: &str = "vpc-0de00000000000001";
const OFFICE: &str = "vpc-0de00000000000002";
const LAB: &str = "vpc-0de00000000000003";
const RETIRED: &str = "vpc-0de00000000000004";
const TYPO: &str = "vpc-0de00000000000005";
const PRIVATE: &str = "vpc-0de00000000000007";
const SENSORS: &str = "tmt-0de00000000000001";

const TARGET: &str = "Vectra:session_mirroring_target";
const ENROLLMENT: &str = "Vectra:session_mirroring_enrollment";

impl Account {
    /// The account to start from: VPCs and instances, and no word of mirroring.
    pub fn starter() -> Self {
        Self::of(Scenario::starter())
    }

    fn config(&self, code: i32, args: &[&str]) -> Run {
        self.exits(CONFIG_VPC, code, args)
    }

    fn config_json(&self, code: i32, args: &[&str]) -> Value {
        let args = [&["--output", "json"], args].concat();
        self.config(code, &args).document()
    }

    /// The tags of a VPC.
    pub fn vpc_tags(&self, vpc: &str) -> Value {
        self.sim.snapshot()["regions"]["us-east-1"]["vpcs"][vpc]["tags"].clone()
    }

    /// Checks that nothing but reads reached the account since the calls were cleared.
    #[track_caller]
    pub fn only_read(&self) {
        let writes: Vec<String> = self
            .sim
            .counts()
            .into_keys()
            .filter(|a| !a.starts_with("Describe") && !a.starts_with("Get"))
            .collect();
        assert_eq!(writes, Vec::<String>::new());
    }
}

fn find<'a>(list: &'a Value, id: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|item| item["id"] == id).unwrap()
}

#[test]
fn an_account_that_vectras_tool_configured_is_listed_right() {
    let account = Account::demo();
    let region = account.config_json(0, &["--list"])["regions"][0].clone();
    let vpc = |id: &str| find(&region["vpcs"], id).clone();
    let shop = vpc(SHOP);
    assert_eq!(
        (&shop["status"], &shop["target"], &shop["enrollment"], &shop["name"], &shop["blocks"]),
        (
            &json!("enabled"),
            &json!(SENSORS),
            &json!("auto"),
            &json!("shop"),
            &json!(["10.1.0.0/16"])
        )
    );
    assert_eq!(shop["left_alone"]["blacklisted"], 2);
    assert_eq!(shop["left_alone"]["receives-mirror"], 1);
    assert_eq!(vpc(OFFICE)["enrollment"], "whitelist");
    assert_eq!(vpc(OFFICE)["left_alone"]["not-whitelisted"], 2);
    assert_eq!(vpc(RETIRED)["status"], "not-enabled");
    assert_eq!(vpc(TYPO)["status"], "misconfigured");
    assert!(vpc(TYPO)["problem"].as_str().unwrap().contains("`whitelst`"));
    // What the list says is what the tap does.
    let tap = account.json(0, &["--dry-run"]);
    let mut would = std::collections::BTreeSet::new();
    for decision in tap["regions"][0]["decisions"].as_array().unwrap() {
        if decision["vpc"] == SHOP && decision["eligible"] == true {
            would.insert(decision["instance"].to_string());
        }
    }
    assert_eq!(shop["eligible"], would.len(), "{shop:#}");
    let target = find(&region["targets"], SENSORS);
    assert_eq!((&target["health"], &target["vpc"]), (&json!("ok"), &json!(SHOP)));
    account.only_read();

    let table = account.config(0, &["--list"]).stdout;
    for words in [
        "vpc-0de00000000000001  shop  10.1.0.0/16",
        "enabled: target tmt-0de00000000000001",
        "left as it is: its enrollment tag is `whitelst`",
        "vpc-0de00000000000004  retired  10.4.0.0/16\n    not enabled",
    ] {
        assert!(table.contains(words), "{words:?} is missing in\n{table}");
    }
}

#[test]
fn enabling_writes_the_tags_and_the_tap_does_the_rest() {
    let account = Account::demo();
    let before = account.sim.snapshot();
    let args = ["--vpc-id", PRIVATE, "--target-id", SENSORS, "--enrollment", "auto"];
    let dry = account.config(0, &[&args[..], &["--dry-run"]].concat());
    assert!(dry.stdout.contains(&format!("+ {TARGET} = {SENSORS}")), "{}", dry.stdout);
    assert!(dry.stdout.contains("creates 1 session"), "{}", dry.stdout);
    assert!(dry.stdout.contains("needs peering or a transit gateway"), "{}", dry.stdout);
    assert_eq!(account.sim.snapshot(), before);

    let document = account.config_json(0, &[&args[..], &["--yes"]].concat());
    assert_eq!(document["regions"][0]["changes"][0]["outcome"], "done", "{document:#}");
    assert_eq!(document["regions"][0]["effect"]["create"], 1);
    assert_eq!(account.vpc_tags(PRIVATE)[TARGET], SENSORS);
    assert_eq!(account.vpc_tags(PRIVATE)[ENROLLMENT], "auto");
    assert_eq!(account.vpc_tags(PRIVATE)["Name"], "private", "other tags stay");
    account.json(0, &["--vpc-id", PRIVATE]);
    let eni = account.eni("private-1");
    assert!(account.sessions().values().any(|s| s.eni == eni && s.target == SENSORS));

    account.sim.clear_calls();
    let again = account.config(0, &[&args[..], &["--yes"]].concat());
    assert!(again.stdout.contains("Nothing to change"), "{}", again.stdout);
    account.only_read();
}

#[test]
fn disabling_says_what_goes_and_what_it_saves() {
    let account = Account::demo();
    account.tap(&[]);
    let sessions = account.config_json(0, &["--list"]);
    let sessions = find(&sessions["regions"][0]["vpcs"], LAB)["sessions"].as_u64().unwrap();
    assert!(sessions > 1);
    let run = account.config(0, &["--vpc-id", LAB, "--disable", "--yes"]);
    for words in [
        format!("removes {sessions} sessions"),
        format!("now {:.3} USD per hour", sessions as f64 * 0.015),
        "then 0.000 USD per hour".to_owned(),
    ] {
        assert!(run.stdout.contains(&words), "{words:?} is missing in\n{}", run.stdout);
    }
    assert_eq!(account.vpc_tags(LAB)[TARGET], Value::Null);
    let tap = account.json(0, &["--vpc-id", LAB]);
    assert_eq!(tap["totals"]["delete"], sessions);
}

#[test]
fn disabling_takes_both_tags_and_no_other() {
    let account = Account::demo();
    account.config(0, &["--vpc-id", OFFICE, "--disable", "--yes"]);
    assert_eq!(account.vpc_tags(OFFICE), json!({ "Name": "office" }));
}

#[test]
fn the_enrollment_alone_is_changed_where_there_is_a_target() {
    let account = Account::demo();
    let args = ["--vpc-id", &format!("{SHOP},{TYPO}"), "--enrollment", "whitelist", "--yes"];
    account.config(0, &args);
    for vpc in [SHOP, TYPO] {
        assert_eq!(account.vpc_tags(vpc)[ENROLLMENT], "whitelist");
        assert_eq!(account.vpc_tags(vpc)[TARGET], SENSORS);
    }
    // Where there is none, it is half of an answer, and nobody is there to give the other.
    let run = account.config(64, &["--vpc-id", PRIVATE, "--enrollment", "auto", "--yes"]);
    run.says(&["--target-id", "there is no terminal"]);
}

#[test]
fn what_is_not_there_is_refused_by_name_before_anything_is_written() {
    let account = Account::demo();
    let elsewhere = "vpc-0123456789abcdef0";
    account.edit(|world| assert!(world.delete_load_balancer("sensors")));
    for (args, words) in [
        (vec!["--vpc-id", SHOP, "--target-id", "tmt-nowhere"], vec!["tmt-nowhere", "--list"]),
        (vec!["--vpc-id", SHOP, "--target-id", SENSORS], vec![SENSORS, "delete it by hand"]),
        (vec!["--vpc-id", elsewhere, "--disable"], vec![elsewhere, "us-east-1"]),
        (
            vec!["--vpc-id", TYPO, "--target-id", "tmt-0de00000000000002"],
            vec![TYPO, "`whitelst`", "--enrollment"],
        ),
    ] {
        let before = account.sim.snapshot();
        account.sim.clear_calls();
        let run = account.config(1, &[&args[..], &["--yes"]].concat());
        run.says(&words);
        account.only_read();
        assert_eq!(account.sim.snapshot(), before);
    }
}

#[test]
fn without_a_terminal_each_question_names_its_flag_and_nothing_is_written() {
    let account = Account::demo();
    for (args, flag) in [
        (vec![], "--vpc-id"),
        (
            vec!["--vpc-id", SHOP],
            "--target-id, --create-target, --enrollment, --filter-profile or --disable",
        ),
        (vec!["--vpc-id", SHOP, "--disable"], "--yes"),
        (vec!["--vpc-id", PRIVATE, "--create-target", "new-nlb"], "--health-check-port"),
        (vec!["--vpc-id", PRIVATE, "--create-target", "eni=eni-1", "--output", "json"], ""),
    ] {
        let code = if flag.is_empty() { 1 } else { 64 };
        let run = account.config(code, &args);
        run.says(&[flag]);
        if code == 64 {
            assert_eq!(run.stdout, "", "{args:?}");
        }
    }
    account.only_read();
}

#[test]
fn a_failure_says_which_vpcs_are_written_and_the_same_command_completes_it() {
    let account = Account::demo();
    let args = ["--vpc-id", &format!("{PRIVATE},{RETIRED},{OFFICE}"), "--target-id", SENSORS];
    let args = [&args[..], &["--enrollment", "auto", "--yes"]].concat();
    account.sim.set_switches(|s| s.deny = vec!["CreateTags".to_owned()]);
    let run = account.config(1, &args);
    assert!(
        run.stdout.contains(&format!("{PRIVATE}: its tags are as they were")),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("UnauthorizedOperation"), "{}", run.stdout);
    run.says(&["error: CreateTags", "allow ec2:CreateTags in the IAM policy"]);
    assert_eq!(account.vpc_tags(PRIVATE)[TARGET], Value::Null);

    // Two kinds of change are two calls, of which the second is refused.
    account.sim.set_switches(|s| {
        s.deny.clear();
        let then = json!({ "call": 1, "action": "CreateTags", "do": { "deny": "CreateTags" } });
        s.after = vec![serde_json::from_value(then).unwrap()];
    });
    let run = account.config_json(3, &args);
    let outcome = |id: &str| find(&run["regions"][0]["changes"], id)["outcome"].clone();
    let outcomes = [outcome(PRIVATE), outcome(RETIRED), outcome(OFFICE)];
    assert!(outcomes.contains(&json!("done")) && outcomes.contains(&json!("failed")), "{run:#}");
    account.sim.set_switches(|s| *s = aws_sim::Switches::default());
    account.config(0, &args);
    for vpc in [PRIVATE, RETIRED, OFFICE] {
        assert_eq!(account.vpc_tags(vpc)[ENROLLMENT], "auto");
        assert_eq!(account.vpc_tags(vpc)[TARGET], SENSORS);
    }
}

#[test]
fn a_lost_reply_and_throttling_are_no_failure() {
    let account = Account::demo();
    account.sim.fault("CreateTags", "lose-reply").times(1);
    account.sim.fault("CreateTags", "RequestLimitExceeded").times(2);
    account.config(0, &["--vpc-id", PRIVATE, "--target-id", SENSORS, "--yes"]);
    assert_eq!(account.vpc_tags(PRIVATE)[TARGET], SENSORS);
}

#[test]
fn an_account_that_cannot_be_read_is_not_configured() {
    let account = Account::demo();
    account.sim.set_switches(|s| s.deny = vec!["DescribeSubnets".to_owned()]);
    let run = account.config(1, &["--vpc-id", SHOP, "--disable", "--yes", "--output", "json"]);
    run.says(&["ec2:DescribeSubnets", "nothing was changed"]);
    assert_eq!(run.document()["error"]["kind"], "denied");
    account.only_read();
}

/// Links and endpoints only serve to say more.
#[test]
fn what_only_serves_to_say_more_may_be_denied() {
    let account = Account::demo();
    account.sim.set_switches(|s| {
        s.deny =
            ["DescribeVpcPeeringConnections", "DescribeVpcEndpoints"].map(str::to_owned).into();
    });
    let args = ["--vpc-id", PRIVATE, "--target-id", SENSORS, "--dry-run"];
    let run = account.config(0, &args);
    assert!(run.stdout.contains("whether one is there could not be read"), "{}", run.stdout);
    run.says(&["DescribeVpcPeeringConnections"]);
}

#[test]
fn a_peering_is_seen() {
    let account = Account::demo();
    let args = ["--vpc-id", PRIVATE, "--target-id", SENSORS, "--dry-run"];
    let run = account.config(0, &args);
    assert!(run.stdout.contains("transit gateway: none is there"), "{}", run.stdout);
    let peering = account.edit(|world| world.create_peering(PRIVATE, SHOP).unwrap());
    let run = account.config(0, &args);
    assert!(run.stdout.contains(&format!("{peering} links the two")), "{}", run.stdout);
}

#[test]
fn several_regions_are_listed_and_one_that_fails_does_not_hide_the_others() {
    let account = Account::demo();
    let document = account.config_json(0, &["--list", "--region", "us-east-1,eu-west-1"]);
    let names: Vec<&Value> =
        document["regions"].as_array().unwrap().iter().map(|r| &r["region"]).collect();
    assert_eq!(names, ["us-east-1", "eu-west-1"]);
    // One of the two cannot be read, whichever asks first.
    account.sim.fault("DescribeVpcs", "UnauthorizedOperation").times(1);
    let run = account.config(3, &["--list", "--region", "us-east-1,eu-west-1"]);
    run.says(&["UnauthorizedOperation"]);
    assert_eq!(run.stdout.matches("Traffic mirror targets in").count(), 1, "{}", run.stdout);
    account.sim.fault("DescribeVpcs", "UnauthorizedOperation").times(1);
    account.sim.clear_calls();
    let both = ["--region", "eu-west-1,us-east-1", "--vpc-id", PRIVATE];
    let run = account.config(1, &[&both[..], &["--target-id", SENSORS, "--yes"]].concat());
    run.says(&["nothing was changed"]);
    account.only_read();
    let run = account.config(
        0,
        &["--region", "eu-west-1,us-east-1", "--vpc-id", PRIVATE, "--target-id", SENSORS, "--yes"],
    );
    assert!(run.stdout.contains("region us-east-1"), "{}", run.stdout);
    assert_eq!(account.vpc_tags(PRIVATE)[TARGET], SENSORS);
}

#[test]
fn another_vendor_has_its_own_tags() {
    let account = Account::demo();
    account.config(0, &["--vendor", "Acme", "--vpc-id", SHOP, "--target-id", SENSORS, "--yes"]);
    assert_eq!(account.vpc_tags(SHOP)["Acme:session_mirroring_target"], SENSORS);
    assert_eq!(account.vpc_tags(SHOP)[TARGET], SENSORS);
}

#[test]
fn a_change_that_the_next_run_would_refuse_says_so() {
    let account = Account::fleet(12);
    account.tap_exits(0, &[]);
    let vpcs: Vec<String> = account.sim.snapshot()["regions"]["us-east-1"]["vpcs"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let run = account.config(0, &["--vpc-id", &vpcs.join(","), "--disable", "--yes"]);
    assert!(run.stdout.contains("--allow-mass-delete"), "{}", run.stdout);
    account.tap_exits(4, &[]);
}

/// What the preview says of some VPCs is what the tap then does there, also where their tags stay as they are.
#[test]
fn the_preview_is_what_the_tap_does() {
    let account = Account::demo();
    let vpcs: Vec<String> = account.sim.snapshot()["regions"]["us-east-1"]["vpcs"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let args = ["--vpc-id", &vpcs.join(","), "--target-id", SENSORS, "--enrollment", "auto"];
    let document = account.config_json(0, &[&args[..], &["--yes"]].concat());
    let effect = &document["regions"][0]["effect"];
    let tap = account.json(0, &["--dry-run"]);
    let of = |action: &str| {
        let all = tap["regions"][0]["decisions"].as_array().unwrap().iter();
        all.filter(|d| d["action"] == action && !d["vpc"].is_null()).count()
    };
    for action in ["create", "modify", "delete"] {
        assert_eq!(effect[action], of(action), "{action}: {effect:#}");
    }
    let again = account.config_json(0, &[&args[..], &["--yes"]].concat());
    assert_eq!(again["regions"][0]["effect"]["create"], of("create"));
}

#[test]
fn a_vpc_with_fifty_tags_is_refused_before_anything_is_made() {
    let account = Account::starter();
    let vpc = "vpc-0a000000000000001";
    account.edit(|world| {
        for n in 0..49 {
            assert!(world.set_tag(vpc, &format!("k{n}"), "v"));
        }
    });
    let args = ["--vpc-id", vpc, "--create-target", "eni=eni-0a000000000000005", "--yes"];
    let run = account.config(1, &args);
    run.says(&[vpc, "has 50 tags", "nothing was changed"]);
    account.only_read();
}

#[test]
fn a_result_that_cannot_be_printed_does_not_hide_what_was_written() {
    let account = Account::demo();
    let args = ["--vpc-id", PRIVATE, "--target-id", SENSORS, "--yes", "--output", "json"];
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let run = Run::of(account.program(CONFIG_VPC, &args).stdout(full).output().unwrap());
    assert_eq!(run.code, 3, "{}", run.stderr);
    run.says(&["the result could not be printed", "was written"]);
    assert_eq!(account.vpc_tags(PRIVATE)[TARGET], SENSORS);
}
