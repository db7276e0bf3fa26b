//! `session_mirror_config_vpc` with a person at the terminal: every path of the dialog, every way out of it, and the screens
//! that the documents show.

use serde_json::{Value, json};

use crate::pty::Key::{CtrlC, Down, Enter, Esc, Space};
use crate::pty::{End, Key, NARROW, Pty, WINDOW};
use crate::support::{Account, CONFIG_VPC};

const SHOP: &str = "vpc-0a000000000000001";
const LAB: &str = "vpc-0a000000000000002";
const TARGET: &str = "Vectra:session_mirroring_target";
const ENROLLMENT: &str = "Vectra:session_mirroring_enrollment";

/// A question, known by a text that the screen shows, and how it is answered.
type Step = (&'static str, Answer);

#[derive(Clone, Copy)]
enum Answer {
    Keys(&'static [Key]),
    Types(&'static str),
}

use Answer::{Keys, Types};

const PICK_SHOP: Step = ("Which VPCs?", Keys(&[Space, Enter]));
const PICK_LAB: Step = ("Which VPCs?", Keys(&[Down, Space, Enter]));
const MIRROR: Step = ("Mirror them: choose a target", Keys(&[Enter]));
const AUTO: Step = ("Which instances are mirrored?", Keys(&[Enter]));
const ALL: Step = ("Which packets are mirrored?", Keys(&[Enter]));
const YES: Step = ("Write this?", Types("y"));

/// A new load balancer with the sensor behind it, from an account without any target.
const NEW_NLB: [Step; 9] = [
    PICK_SHOP,
    MIRROR,
    ("What does the new target deliver to?", Keys(&[Enter])),
    ("On which TCP port", Types("22\r")),
    ("Register sensors behind it now?", Types("y")),
    ("Which instances are sensors?", Keys(&[Down, Down, Down, Down, Space, Enter])),
    AUTO,
    ALL,
    YES,
];

fn start(account: &Account, window: (u16, u16)) -> Pty {
    Pty::start(&account.program(CONFIG_VPC, &[]), window)
}

fn answer(pty: &Pty, steps: &[Step]) {
    for (question, answer) in steps {
        pty.wait_for(question);
        match answer {
            Keys(keys) => pty.press(keys),
            Types(text) => pty.types(text),
        };
    }
}

/// Answers all questions and expects an exit code and a terminal that is as it was.
#[track_caller]
fn through(account: &Account, code: i32, steps: &[Step]) -> End {
    let pty = start(account, WINDOW);
    answer(&pty, steps);
    pty.ends_with(code)
}

fn with_target() -> Account {
    let account = Account::starter();
    through(&account, 0, &NEW_NLB);
    account
}

fn targets(account: &Account) -> serde_json::Map<String, Value> {
    account.sim.snapshot()["regions"]["us-east-1"]["targets"].as_object().unwrap().clone()
}

#[test]
fn from_an_empty_account_to_sessions_with_screens_for_the_documents() {
    let account = Account::starter();
    let pty = start(&account, WINDOW);
    pty.shows("docs/screens/config-vpc-1-vpcs.txt");
    answer(&pty, &NEW_NLB[..2]);
    pty.shows("docs/screens/config-vpc-2-new-target.txt");
    answer(&pty, &NEW_NLB[2..8]);
    pty.shows("docs/screens/config-vpc-3-before-writing.txt");
    answer(&pty, &NEW_NLB[8..]);
    let end = pty.ends();
    assert_eq!(end.code, 0, "{}", end.screen);
    assert!(end.screen.contains("Written to 1 VPC"), "{}", end.screen);
    let made: Vec<String> = targets(&account).keys().cloned().collect();
    assert_eq!(account.vpc_tags(SHOP)[TARGET], json!(made[0]));
    assert_eq!(account.vpc_tags(SHOP)[ENROLLMENT], "auto");
    assert_eq!(account.json(0, &[])["totals"]["create"], 4);
    account.is_settled();
}

#[test]
fn a_target_that_is_there_is_chosen_with_its_warnings_in_sight() {
    let account = with_target();
    let pty = start(&account, WINDOW);
    answer(&pty, &[PICK_LAB, MIRROR]);
    pty.wait_for("Which target?").shows("docs/screens/config-vpc-4-targets.txt");
    pty.press(&[Enter]);
    answer(&pty, &[("Which instances are mirrored?", Keys(&[Down, Enter])), ALL, YES]);
    assert_eq!(pty.ends().code, 0);
    assert_eq!(account.vpc_tags(LAB)[TARGET], account.vpc_tags(SHOP)[TARGET]);
    assert_eq!(account.vpc_tags(LAB)[ENROLLMENT], "whitelist");
}

#[test]
fn what_is_enabled_is_changed_and_disabled() {
    let account = with_target();
    let enroll: Step = ("What is to become of them?", Keys(&[Down, Enter]));
    let whitelist: Step = ("Which instances are mirrored?", Keys(&[Down, Enter]));
    through(&account, 0, &[PICK_SHOP, enroll, whitelist, YES]);
    assert_eq!(account.vpc_tags(SHOP)[ENROLLMENT], "whitelist");

    let retarget: Step = ("Change the target", Keys(&[Enter]));
    let another: Step = ("Which target?", Keys(&[Down, Enter]));
    let of_eni: Step = ("What does the new target deliver to?", Keys(&[Down, Down, Enter]));
    let sensor: Step = ("Which interface?", Keys(&[Down, Down, Down, Down, Enter]));
    let before = account.vpc_tags(SHOP)[TARGET].clone();
    through(&account, 0, &[PICK_SHOP, retarget, another, of_eni, sensor, YES]);
    let now = account.vpc_tags(SHOP)[TARGET].clone();
    assert_ne!(now, before);
    assert_eq!(account.vpc_tags(SHOP)[ENROLLMENT], "whitelist", "it is kept");
    assert_eq!(targets(&account)[now.as_str().unwrap()]["of"], "eni-0a000000000000005");

    account.tap(&[]);
    let narrower: Step = ("What is to become of them?", Keys(&[Down, Down, Enter]));
    let tcp: Step = ("Which packets are mirrored?", Keys(&[Down, Enter]));
    through(&account, 0, &[PICK_SHOP, narrower, tcp, YES]);
    assert_eq!(account.vpc_tags(SHOP)["Vectra:session_mirroring_filter_profile"], "all-tcp");

    account.tap(&[]);
    let disable: Step = ("What is to become of them?", Keys(&[Down, Down, Down, Enter]));
    through(&account, 0, &[PICK_SHOP, disable, YES]);
    assert_eq!(account.vpc_tags(SHOP), json!({ "Name": "shop" }));
}

#[test]
fn a_target_from_a_load_balancer_and_from_an_endpoint() {
    let account = Account::yaml(
        r#"
account: "111122223333"
regions:
  us-east-1:
    vpcs: [{name: shop, id: vpc-1, cidr: 10.1.0.0/16}, {name: lab, id: vpc-2, cidr: 10.2.0.0/16}]
    subnets: [{name: shop-a, id: subnet-1, vpc: shop, zone: us-east-1a, cidr: 10.1.1.0/24}]
    instances: [{name: web-1, id: i-1, type: m5.large, subnet: shop-a}]
    vpc_endpoints: [{name: sensors, id: vpce-1, vpc: shop, subnets: [shop-a]}]
    target_groups: [{name: sensors, vpc: shop, targets: [{target: web-1}]}]
    load_balancers: [{name: nlb-1, subnets: [shop-a], listeners: [{target_group: sensors}]}]
"#,
    );
    let of_nlb: Step = ("What does the new target deliver to?", Keys(&[Down, Enter]));
    let balancer: Step = ("Which load balancer?", Keys(&[Enter]));
    through(&account, 0, &[PICK_SHOP, MIRROR, of_nlb, balancer, AUTO, ALL, YES]);
    let first = targets(&account)[account.vpc_tags("vpc-1")[TARGET].as_str().unwrap()].clone();
    assert_eq!(first["type"], "network-load-balancer");

    let new: Step = ("Which target?", Keys(&[Down, Enter]));
    let of_gwlbe: Step = ("What does the new target deliver to?", Keys(&[Down, Down, Down, Enter]));
    let endpoint: Step = ("Which endpoint?", Keys(&[Enter]));
    through(&account, 0, &[PICK_LAB, MIRROR, new, of_gwlbe, endpoint, AUTO, ALL, YES]);
    let second = targets(&account)[account.vpc_tags("vpc-2")[TARGET].as_str().unwrap()].clone();
    assert_eq!(second["of"], "vpce-1");
}

#[test]
fn ctrl_c_and_esc_at_each_question_leave_the_account_as_it_was() {
    let account = Account::starter();
    let before = account.sim.snapshot();
    for (key, code, words) in
        [(CtrlC, 130, "interrupted: nothing was changed"), (Esc, 1, "nothing was changed")]
    {
        for n in 0..NEW_NLB.len() {
            let pty = start(&account, WINDOW);
            answer(&pty, &NEW_NLB[..n]);
            pty.wait_for(NEW_NLB[n].0).press(&[key]);
            let end = pty.ends();
            assert_eq!(end.code, code, "{key:?} at {}\n{}", NEW_NLB[n].0, end.screen);
            assert!(end.screen.contains(words), "{key:?} at {}\n{}", NEW_NLB[n].0, end.screen);
            assert!(end.cursor_is_visible && end.is_cooked, "{end:?}");
            assert_eq!(account.sim.snapshot(), before, "{key:?} at {}", NEW_NLB[n].0);
        }
    }
    account.only_read();
}

#[test]
fn no_is_no() {
    let account = Account::starter();
    let before = account.sim.snapshot();
    let mut steps = NEW_NLB;
    steps[8].1 = Types("n");
    let end = through(&account, 1, &steps);
    assert!(end.screen.contains("cancelled: nothing was changed"), "{}", end.screen);
    assert_eq!(account.sim.snapshot(), before);
}

/// Ctrl-C while the load balancer is waited for: what is made stays and is said, and the next try goes on from there.
#[test]
fn ctrl_c_while_it_is_made_says_what_is_there() {
    let account = Account::starter();
    account.sim.set_switches(|s| s.settle_ms = 3_600_000);
    let pty = start(&account, WINDOW);
    answer(&pty, &NEW_NLB);
    pty.wait_for("waiting until").press(&[CtrlC]);
    let end = pty.ends_with(3);
    assert!(end.screen.contains("run the same command again"), "{}", end.screen);
    assert_eq!(account.vpc_tags(SHOP)[TARGET], Value::Null);
    account.sim.advance(std::time::Duration::from_secs(7200));
    through(&account, 0, &NEW_NLB);
    assert_eq!(targets(&account).len(), 1);
}

#[test]
fn a_window_of_forty_columns() {
    let account = Account::starter();
    let pty = start(&account, NARROW);
    pty.shows("docs/screens/config-vpc-narrow.txt");
    answer(&pty, &NEW_NLB);
    let end = pty.ends();
    assert_eq!(end.code, 0, "{}", end.screen);
    assert!(end.screen.lines().all(|line| line.chars().count() <= 40), "{}", end.screen);
    assert_eq!(targets(&account).len(), 1);
}

#[test]
fn no_color_is_no_colour() {
    let account = Account::starter();
    let colours = |no_color: bool| {
        let mut command = account.program(CONFIG_VPC, &[]);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        let pty = Pty::start(&command, WINDOW);
        answer(&pty, &NEW_NLB[..8]);
        pty.wait_for("Write this?").press(&[CtrlC]);
        let raw = pty.ends().raw;
        ["\x1b[1m", "\x1b[32m", "\x1b[36m"].iter().any(|code| raw.contains(code))
    };
    assert!(colours(false));
    assert!(!colours(true));
}

/// A large account has hundreds of VPCs: they are searched.
#[test]
fn hundreds_of_vpcs_are_searched() {
    let vpcs: String = (0..300)
        .map(|n| format!("      - {{name: team-{n:03}, id: vpc-{n:03}, cidr: 10.0.0.0/16}}\n"))
        .collect();
    let subnet = "    subnets: [{name: a, vpc: team-000, zone: us-east-1a, cidr: 10.0.1.0/24}]";
    let eni = "    network_interfaces: [{name: sensor, id: eni-9, subnet: a}]";
    let target = "    targets: [{name: sensor, id: tmt-9, eni: eni-9}]";
    let account = Account::yaml(&format!(
        "account: \"111122223333\"\nregions:\n  us-east-1:\n    vpcs:\n{vpcs}{subnet}\n{eni}\n{target}\n"
    ));
    let pty = start(&account, WINDOW);
    pty.wait_for("300 to choose from").types("team-123\r");
    pty.wait_for("match `team-123`").press(&[Space, Enter]);
    pty.wait_for("> done: 1 of 300").press(&[Enter]);
    answer(&pty, &[MIRROR, ("Which target?", Keys(&[Enter])), AUTO, ALL, YES]);
    let end = pty.ends();
    assert_eq!(end.code, 0, "{}", end.screen);
    assert_eq!(account.vpc_tags("vpc-123")[TARGET], "tmt-9");
}
