//! `session_mirror_blacklist` and `session_mirror_whitelist` by their flags: what they list, what they write, and what they
//! refuse before anything is written.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;

use aws_sim::{Generate, InstanceState, Scenario};
use serde_json::{Value, json};

use crate::support::{Account, BLACKLIST, REGION, Run, WHITELIST};

pub const BLACK: &str = "Vectra:session_mirroring_blacklist";
pub const WHITE: &str = "Vectra:session_mirroring_whitelist";

/// One VPC of each sort, with an instance or two in each.
pub const SORTS: &str = r#"
account: "111122223333"
regions:
  us-east-1:
    vpcs:
      - {name: auto, id: vpc-1, cidr: 10.1.0.0/16, tags: {"Vectra:session_mirroring_target": tmt-1}}
      - name: white
        id: vpc-2
        cidr: 10.2.0.0/16
        tags: {"Vectra:session_mirroring_target": tmt-1, "Vectra:session_mirroring_enrollment": whitelist}
      - {name: off, id: vpc-3, cidr: 10.3.0.0/16}
      - name: typo
        id: vpc-4
        cidr: 10.4.0.0/16
        tags: {"Vectra:session_mirroring_target": tmt-1, "Vectra:session_mirroring_enrollment": whitelst}
    subnets:
      - {name: a, id: subnet-1, vpc: auto, zone: us-east-1a, cidr: 10.1.1.0/24}
      - {name: b, id: subnet-2, vpc: white, zone: us-east-1a, cidr: 10.2.1.0/24}
      - {name: c, id: subnet-3, vpc: off, zone: us-east-1a, cidr: 10.3.1.0/24}
      - {name: d, id: subnet-4, vpc: typo, zone: us-east-1a, cidr: 10.4.1.0/24}
    instances:
      - {name: web-1, id: i-1, type: m5.large, subnet: a}
      - {name: web-2, id: i-2, type: t2.micro, subnet: a}
      - {name: desk-1, id: i-3, type: m5.large, subnet: b}
      - {name: lab-1, id: i-4, type: m5.large, subnet: c}
      - {name: odd-1, id: i-5, type: m5.large, subnet: d}
      - {name: two, id: i-6, type: m5.large, subnet: c, enis: [{}, {subnet: a}]}
      - {name: neither, id: i-7, type: m5.large, subnet: c, enis: [{}, {subnet: b}]}
      - {name: sensor, id: i-9, type: m5.24xlarge, subnet: a}
    targets:
      - {name: sensor, id: tmt-1, eni: sensor}
  eu-west-1:
    vpcs:
      - {name: far, id: vpc-5, cidr: 10.5.0.0/16}
    subnets:
      - {name: e, id: subnet-5, vpc: far, zone: eu-west-1a, cidr: 10.5.1.0/24}
    instances:
      - {name: far-1, id: i-8, type: m5.large, subnet: e}
"#;

impl Account {
    pub fn sorts() -> Self {
        Self::yaml(SORTS)
    }

    pub fn instance_tags(&self, instance: &str) -> Value {
        self.sim.snapshot()["regions"][REGION]["instances"][instance]["tags"].clone()
    }

    /// Runs one of the lists' programs with `--output json`.
    pub fn list_json(&self, binary: &str, code: i32, args: &[&str]) -> Value {
        self.exits(binary, code, &[&["--output", "json"], args].concat()).document()
    }

    /// Runs one of the lists' programs with something in stdin.
    fn piped(&self, binary: &str, code: i32, args: &[&str], stdin: &str) -> Run {
        let mut command = self.program(binary, args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let run = Run::of(child.wait_with_output().unwrap());
        assert_eq!(run.code, code, "{args:?}\n{}\n{}", run.stdout, run.stderr);
        run
    }

    /// The names of the instances that a list's program shows, each with the codes of its warnings.
    pub fn listed(&self, binary: &str, args: &[&str]) -> Vec<String> {
        let document = self.list_json(binary, 0, &[&["list"], args].concat());
        let regions = document["regions"].as_array().unwrap().iter();
        let all = regions.flat_map(|region| region["instances"].as_array().unwrap());
        all.map(|instance| {
            let warnings = instance["warnings"].as_array().unwrap().iter();
            let codes: String =
                warnings.map(|w| format!(" {}", w["code"].as_str().unwrap())).collect();
            format!("{}{codes}", instance["name"].as_str().unwrap_or("-"))
        })
        .collect()
    }
}

/// The calls that write, since they were counted anew.
pub fn writes(account: &Account) -> usize {
    let counts = account.sim.counts();
    ["CreateTags", "DeleteTags"].iter().filter_map(|call| counts.get(*call)).sum()
}

#[test]
fn an_account_that_vectras_tool_configured_is_listed_right() {
    let account = Account::demo();
    assert_eq!(account.listed(BLACKLIST, &[]), ["db-1", "db-2", "desk-5 on-both-lists no-effect"]);
    assert_eq!(
        account.listed(WHITELIST, &[]),
        ["desk-1", "desk-2", "desk-5 on-both-lists", "gateway-1"]
    );
    let table = account.exits(BLACKLIST, 0, &["list"]).stdout;
    for words in [
        "On the blacklist in account 111122223333, region us-east-1: 3 instances",
        "  i-0de00000000000004  db-1    vpc-0de00000000000001  running",
        "has the enrollment whitelist: only the whitelisted",
    ] {
        assert!(table.contains(words), "{words:?} is missing in\n{table}");
    }
    // What the list says is what the tap does.
    let tap = account.json(0, &["--dry-run"]);
    let decisions = tap["regions"][0]["decisions"].as_array().unwrap().iter();
    let left_out: BTreeSet<&str> = decisions
        .filter(|d| d["reason"] == "blacklisted")
        .map(|d| d["name"].as_str().unwrap())
        .collect();
    assert_eq!(left_out, BTreeSet::from(["db-1", "db-2"]));
    account.only_read();
}

#[test]
fn adding_and_removing_writes_the_tag_and_the_tap_acts_on_it() {
    let account = Account::sorts();
    account.tap(&[]);
    let before = account.sim.snapshot();
    let dry = account.exits(BLACKLIST, 0, &["add", "i-1,i-2", "--dry-run"]);
    for words in [
        "+ 2 instances onto the blacklist: tag Vectra:session_mirroring_blacklist is set to True",
        "warning: AWS does not mirror its instance type t2.micro",
        "Dry run: nothing was changed.",
    ] {
        assert!(dry.stdout.contains(words), "{words:?} is missing in\n{}", dry.stdout);
    }
    assert_eq!(account.sim.snapshot(), before);

    let run = account.exits(BLACKLIST, 0, &["add", "i-1", "i-2", "--yes"]);
    assert!(run.stdout.contains("session_mirror_tap acts on it at its next run"), "{}", run.stdout);
    assert_eq!(account.instance_tags("i-1"), json!({"Name": "web-1", BLACK: "True"}));
    assert_eq!(account.instance_tags("i-2")[BLACK], "True");
    let eni = account.eni("web-1");
    assert!(account.owned_by_eni().contains_key(&eni));
    account.tap(&[]);
    assert!(!account.owned_by_eni().contains_key(&eni), "the tap did not act on it");

    // Once more: nothing to do, no error, no question.
    account.sim.clear_calls();
    let again = account.exits(BLACKLIST, 0, &["add", "i-1", "i-2"]);
    assert!(again.stdout.contains("On the blacklist already: i-1 (web-1), i-2 (web-2)"));
    assert!(again.stdout.contains("Nothing to change."), "{}", again.stdout);
    account.only_read();

    let document = account.list_json(BLACKLIST, 0, &["remove", "i-1", "i-3", "--yes"]);
    let region = &document["regions"][0];
    assert_eq!(region["changes"][0]["action"], "remove");
    assert_eq!(region["changes"][0]["outcome"], "done");
    assert_eq!(region["changes"][0]["now_on"], "neither");
    let left = json!([{ "id": "i-3", "name": "desk-1", "reason": "not-on-list" }]);
    assert_eq!(region["unchanged"], left);
    assert_eq!(account.instance_tags("i-1"), json!({"Name": "web-1"}));
}

#[test]
fn where_a_list_has_no_effect_is_said_before_it_is_written() {
    let account = Account::sorts();
    let all = ["add", "i-1", "i-2", "i-3", "i-4", "i-5", "i-6", "i-7", "--dry-run"];
    let warned = |binary: &str| -> Vec<String> {
        let document = account.list_json(binary, 0, &all);
        let changes = document["regions"][0]["changes"].as_array().unwrap().iter();
        changes
            .flat_map(|c| {
                let name = c["name"].as_str().unwrap();
                let warnings = c["warnings"].as_array().unwrap().iter();
                warnings.map(move |w| format!("{name} {}", w["message"].as_str().unwrap()))
            })
            .collect()
    };
    let none = "has no effect on it:";
    assert_eq!(
        warned(BLACKLIST),
        [
            "web-2 AWS does not mirror its instance type t2.micro".to_owned(),
            format!(
                "desk-1 the blacklist {none} vpc-2 has the enrollment whitelist: only the whitelisted"
            ),
            "lab-1 the blacklist has no effect on it yet: vpc-3 is not enabled".to_owned(),
            format!(
                "odd-1 the blacklist {none} vpc-4 is left as it is: its enrollment tag is `whitelst`, \
                 which is neither auto nor whitelist"
            ),
            format!(
                "neither the blacklist {none} vpc-2 has the enrollment whitelist: only the whitelisted; \
                 vpc-3 is not enabled"
            ),
        ]
    );
    let warned = warned(WHITELIST);
    assert!(warned.contains(&format!(
        "web-1 the whitelist {none} vpc-1 has the enrollment auto: all but the blacklisted"
    )));
    // Two of its interfaces are in VPCs where the whitelist says nothing, one of "neither"'s is where it does.
    assert!(warned.iter().any(|w| w.starts_with("two ")), "{warned:#?}");
    assert!(!warned.iter().any(|w| w.starts_with("neither ")), "{warned:#?}");
}

/// AWS refuses a whole batch for it: it is seen before the first tag is written.
#[test]
fn an_instance_with_fifty_tags_is_named_before_anything_is_written() {
    let account = Account::sorts();
    account.edit(|world| {
        // Its name is the fiftieth.
        for n in 0..49 {
            assert!(world.set_tag("i-2", &format!("k{n}"), "v"));
        }
    });
    account.sim.clear_calls();
    let run = account.exits(BLACKLIST, 1, &["add", "i-1", "i-2", "--yes"]);
    run.says(&["i-2 (web-2) has 50 tags", "nothing was changed"]);
    assert_eq!(writes(&account), 0);
}

#[test]
fn one_wrong_id_of_many_means_that_nothing_is_written() {
    let account = Account::sorts();
    account.exits(WHITELIST, 0, &["add", "i-3", "--yes"]);
    account.edit(|world| {
        world.terminate_instance("lab-1");
        world.set_instance_state("odd-1", InstanceState::ShuttingDown);
    });
    account.sim.clear_calls();
    let before = account.sim.snapshot();
    let run = account.exits(
        BLACKLIST,
        1,
        &["add", "i-1", "i-2", "i-99", "i-3", "i-4", "i-5", "i-98", "--yes"],
    );
    let errors: Vec<&str> =
        run.stderr.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
    assert_eq!(
        errors,
        [
            "i-99 does not exist in account 111122223333, us-east-1",
            "i-3 (desk-1) is on the whitelist: `session_mirror_blacklist add --move i-3` takes it off the whitelist",
            "i-4 (lab-1) is terminated",
            "i-5 (odd-1) is shutting-down",
            "i-98 does not exist in account 111122223333, us-east-1",
            "5 of 7 instances cannot be changed on the blacklist: nothing was changed",
        ]
    );
    assert_eq!(account.sim.snapshot(), before);
    account.only_read();
    // The same as a document.
    let document = account.list_json(BLACKLIST, 1, &["add", "i-1", "i-99", "i-98", "--yes"]);
    assert_eq!(document["error"]["kind"], "no-such-instance");
    let message = document["error"]["message"].as_str().unwrap();
    assert!(message.contains("i-99 does not exist") && message.contains("i-98"), "{message}");
    // Of a thousand the first few are enough.
    let many: String = (1000..2000).map(|n| format!("i-{n}\n")).collect();
    let run = account.piped(BLACKLIST, 1, &["add", "-", "--yes"], &many);
    assert_eq!(run.stderr.matches("does not exist").count(), 10, "{}", run.stderr);
    run.says(&["\nand 990 more\n", "1000 of 1000 instances cannot be changed"]);
    let run = account.piped(BLACKLIST, 1, &["add", "-", "--yes", "--output", "json"], &many);
    let document = run.document();
    let message = document["error"]["message"].as_str().unwrap();
    assert_eq!(message.matches("does not exist").count(), 10, "{message}");
    assert!(message.ends_with("; and 990 more: nothing was changed"), "{message}");
    account.only_read();
}

#[test]
fn malformed_ids_are_named_all_at_once_and_aws_is_asked_nothing() {
    let account = Account::sorts();
    for verb in ["add", "remove"] {
        let run = account.exits(BLACKLIST, 64, &[verb, "i-1", "banana", "vpc-1,i-", "--yes"]);
        run.says(&["`banana` is not an instance id", "`vpc-1` is not", "`i-` is not"]);
    }
    account.exits(BLACKLIST, 64, &["add", "", "--yes"]).says(&["no instance was named"]);
    account.exits(BLACKLIST, 64, &["add", "--yes"]).says(&["<ID>..."]);
    assert!(account.sim.counts().is_empty(), "{:?}", account.sim.counts());
}

#[test]
fn ids_come_from_stdin() {
    let account = Account::sorts();
    account.piped(BLACKLIST, 0, &["add", "-", "--yes"], "i-1\ni-2,\t i-3\r\n\n");
    assert_eq!(account.listed(BLACKLIST, &[]).len(), 3);
    account.piped(BLACKLIST, 0, &["remove", "i-1", "-", "--yes"], "i-2");
    assert_eq!(account.listed(BLACKLIST, &[]), ["desk-1 no-effect"]);
    account.sim.clear_calls();
    // A program that has no answer gives no ids: that is no reason to go on.
    let empty = account.piped(BLACKLIST, 64, &["add", "-", "--yes"], " \n");
    empty.says(&["stdin is empty"]);
    let wrong = account.piped(BLACKLIST, 64, &["add", "-", "--yes"], "i-1\nweb-1\n");
    wrong.says(&["`web-1` is not an instance id"]);
    let nobody = account.exits(BLACKLIST, 64, &["add", "-"]);
    nobody.says(&["`--yes` or `--dry-run` is needed"]);
    assert!(account.sim.counts().is_empty(), "{:?}", account.sim.counts());
    account.piped(BLACKLIST, 0, &["add", "-", "--dry-run"], "i-1");
    account.only_read();
}

#[test]
fn nobody_to_ask_is_a_usage_error_that_names_what_is_missing() {
    let account = Account::sorts();
    account.exits(BLACKLIST, 64, &[]).says(&["`add, remove or list` is needed"]);
    assert!(account.sim.counts().is_empty(), "{:?}", account.sim.counts());
    let run = account.exits(BLACKLIST, 64, &["add", "i-1"]);
    run.says(&["`--yes` is needed: there is no terminal to ask on: nothing was changed"]);
    account.only_read();
}

#[test]
fn an_instance_moves_from_one_list_to_the_other_and_is_never_on_both() {
    let account = Account::sorts();
    account.exits(WHITELIST, 0, &["add", "i-3", "--yes"]);
    account.exits(BLACKLIST, 1, &["add", "i-3", "--yes"]).says(&["add --move i-3"]);
    account.sim.clear_calls();
    let document = account.list_json(BLACKLIST, 0, &["add", "--move", "i-3", "i-1", "--yes"]);
    let changes = document["regions"][0]["changes"].as_array().unwrap();
    assert_eq!((&changes[0]["action"], &changes[1]["action"]), (&json!("add"), &json!("move")));
    assert_eq!(changes[1]["now_on"], "blacklist");
    assert_eq!(account.instance_tags("i-3"), json!({"Name": "desk-1", BLACK: "True"}));
    let calls: Vec<String> = account
        .sim
        .calls()
        .iter()
        .filter(|c| c.params.values().any(|value| value == "i-3") && c.action.ends_with("Tags"))
        .map(|c| c.action.clone())
        .collect();
    assert_eq!(calls, ["DeleteTags", "CreateTags"], "it leaves before it comes");
}

#[test]
fn what_other_tools_wrote_is_shown_and_repaired() {
    let account = Account::sorts();
    account.edit(|world| {
        for (id, key, value) in [
            ("i-1", BLACK, "True"),
            ("i-1", WHITE, "True"),
            ("i-2", BLACK, "True"),
            ("i-2", WHITE, "True"),
            ("i-3", BLACK, "true"),
            ("i-4", BLACK, "yes"),
            ("i-5", BLACK, "False"),
        ] {
            world.set_tag(id, key, value);
        }
    });
    assert_eq!(
        account.listed(BLACKLIST, &[]),
        [
            "desk-1 mark-ignored",
            "lab-1 mark-ignored",
            "web-1 on-both-lists",
            "web-2 on-both-lists type-not-supported",
        ]
    );
    let table = account.exits(BLACKLIST, 0, &["list"]).stdout;
    assert!(table.contains("us-east-1: 2 instances"), "{table}");
    assert!(table.contains("Not on the blacklist, though the tag"), "{table}");
    let run = account.exits(BLACKLIST, 1, &["add", "i-1", "--yes"]);
    run.says(&["i-1 (web-1) is on both lists: `session_mirror_blacklist add --move i-1`"]);
    account.exits(BLACKLIST, 0, &["add", "--move", "i-1", "i-3", "--yes"]);
    account.exits(BLACKLIST, 0, &["remove", "i-2", "i-4", "i-5", "--yes"]);
    assert_eq!(account.instance_tags("i-1"), json!({"Name": "web-1", BLACK: "True"}));
    assert_eq!(account.instance_tags("i-2"), json!({"Name": "web-2", WHITE: "True"}));
    assert_eq!(account.instance_tags("i-3")[BLACK], "True");
    assert_eq!(account.instance_tags("i-4"), json!({"Name": "lab-1"}));
    assert_eq!(account.instance_tags("i-5")[BLACK], "False", "it was on no list");
}

#[test]
fn a_terminated_instance_is_left_as_it_is() {
    let account = Account::sorts();
    account.exits(BLACKLIST, 0, &["add", "i-1", "--yes"]);
    account.edit(|world| world.terminate_instance("web-1"));
    assert_eq!(account.listed(BLACKLIST, &[]), ["web-1 terminated"]);
    account.sim.clear_calls();
    let run = account.exits(BLACKLIST, 0, &["remove", "i-1", "--yes"]);
    assert!(run.stdout.contains("Terminated, so that their tags mean nothing any more: i-1"));
    account.only_read();
}

#[test]
fn another_vendor_has_lists_of_its_own() {
    let account = Account::sorts();
    account.exits(BLACKLIST, 0, &["add", "i-1", "--vendor", "Acme", "--yes"]);
    assert_eq!(account.instance_tags("i-1")["Acme:session_mirroring_blacklist"], "True");
    assert_eq!(account.listed(BLACKLIST, &[]), [""; 0]);
    // To this vendor no VPC is enabled.
    assert_eq!(account.listed(BLACKLIST, &["--vendor", "Acme"]), ["web-1 no-effect"]);
    // An instance may be on one vendor's blacklist and on the other's whitelist.
    account.exits(WHITELIST, 0, &["add", "i-1", "--yes"]);
    let empty = account.exits(BLACKLIST, 0, &["list"]).stdout;
    assert!(empty.contains("us-east-1: no instance"), "{empty}");
}

#[test]
fn ids_are_found_in_whichever_region_they_are() {
    let account = Account::sorts();
    let both = ["--region", "us-east-1,eu-west-1"];
    let run = account.exits(BLACKLIST, 1, &["add", "i-8", "--yes"]);
    run.says(&["i-8 does not exist in account 111122223333, us-east-1: nothing was changed"]);
    account.exits(BLACKLIST, 0, &[&["add", "i-1", "i-8", "--yes"][..], &both].concat());
    assert_eq!(account.listed(BLACKLIST, &both), ["web-1", "far-1 no-effect"]);
    assert_eq!(account.listed(BLACKLIST, &["--region", "all"]).len(), 2);
    let far = account.sim.snapshot()["regions"]["eu-west-1"]["instances"]["i-8"]["tags"].clone();
    assert_eq!(far[BLACK], "True");
    let run = account.exits(BLACKLIST, 1, &[&["add", "i-99", "--yes"][..], &both].concat());
    run.says(&["i-99 does not exist in account 111122223333, us-east-1, eu-west-1"]);
}

#[test]
fn thousands_of_instances_are_listed_to_the_last_page() {
    let account = Account::of(Scenario::generate(&Generate {
        instances: 3_000,
        blacklisted: 1.0,
        region: REGION.to_owned(),
        ..Generate::default()
    }));
    let all = account.edit(|world| world.instance_ids().len());
    account.sim.set_switches(|s| {
        (s.pages.cap, s.pages.short, s.pages.empty) = (Some(97), true, true);
    });
    // The sensor behind the load balancer is the one that is on no list.
    assert_eq!(account.listed(BLACKLIST, &[]).len(), all - 1);
    let table = account.exits(BLACKLIST, 0, &["list"]).stdout;
    assert!(table.contains(&format!("us-east-1: {} instances", all - 1)));
    assert_eq!(table.lines().filter(|line| line.starts_with("  i-")).count(), all - 1);
    assert!(account.sim.counts()["DescribeInstances"] > 60);
    account.only_read();
}
