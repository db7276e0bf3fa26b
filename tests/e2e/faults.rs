//! The account that most fault tests use, and what AWS refuses in between. The faults themselves have a file for each theme:
//! `faults_network`, `faults_kill`, `faults_people`, `faults_denied`, `faults_lag`; `random` draws from all of them.

use crate::story::SMALL;
use crate::support::{Account, after, decisions};
use aws_sim::Deed;

/// The same account with our filter there already: nobody has to wait until a fresh one is seen.
pub fn mixed_with_filter() -> String {
    let rule = |direction: &str, number: u32, block: &str| {
        format!(
            "{{direction: {direction}, number: {number}, source: '{block}', destination: '{block}'}}"
        )
    };
    let rules = ["ingress", "egress"].map(|direction| {
        format!("{}, {}", rule(direction, 100, "0.0.0.0/0"), rule(direction, 200, "::/0"))
    });
    let filter = format!(
        "- {{id: tmf-3, description: Vectra Full Traffic + DNS Filter, network_services: [amazon-dns], rules: [{}]}}",
        rules.join(", ")
    );
    MIXED.replace("- {id: tmf-2,", &format!("{filter}\n      - {{id: tmf-2,"))
}

/// The name of the create.
pub const CREATE: &str = "CreateTrafficMirrorSession";

/// The name of the delete.
pub const DELETE: &str = "DeleteTrafficMirrorSession";

/// An account in which a run makes every one of its calls: four sessions to create, one to change, four to delete, a filter
/// to make; other people's sessions besides.
pub const MIXED: &str = r#"
account: "111122223333"
regions:
  us-east-1:
    vpcs:
      - {name: shop, id: vpc-1, cidr: 10.1.0.0/16, tags: {"Vectra:session_mirroring_target": tmt-1}}
      - {name: lab, id: vpc-2, cidr: 10.2.0.0/16, tags: {"Vectra:session_mirroring_target": tmt-1, "Vectra:session_mirroring_enrollment": whitelist}}
    subnets:
      - {name: shop-a, id: subnet-1, vpc: shop, zone: us-east-1a, cidr: 10.1.1.0/24}
      - {name: lab-a, id: subnet-2, vpc: lab, zone: us-east-1a, cidr: 10.2.1.0/24}
    instances:
      - {name: web-1, id: i-1, type: m5.large, subnet: shop-a}
      - {name: web-2, id: i-2, type: m5.large, subnet: shop-a, enis: [{}, {}]}
      - {name: drift-1, id: i-3, type: m5.large, subnet: shop-a}
      - {name: black-1, id: i-4, type: m5.large, subnet: shop-a, tags: {"Vectra:session_mirroring_blacklist": "True"}}
      - {name: idle-1, id: i-5, type: m5.large, subnet: shop-a, state: stopped}
      - {name: desk-1, id: i-6, type: m5.large, subnet: lab-a, tags: {"Vectra:session_mirroring_whitelist": "True"}}
      - {name: desk-2, id: i-7, type: m5.large, subnet: lab-a}
      - {name: sensor, id: i-8, type: m5.large, subnet: shop-a}
      - {name: spare, id: i-9, type: m5.24xlarge, subnet: lab-a}
    network_interfaces:
      - {name: loose, id: eni-1, subnet: shop-a}
    target_groups:
      - {name: sensors, vpc: shop, targets: [{target: sensor}]}
    load_balancers:
      - {name: nlb, subnets: [shop-a], listeners: [{target_group: sensors}]}
    targets:
      - {id: tmt-1, nlb: nlb}
      - {id: tmt-2, eni: spare}
    filters:
      - {id: tmf-1, description: old}
      - {id: tmf-2, description: other}
    sessions:
      - {id: tms-1, eni: web-1, target: tmt-1, filter: tmf-1, tags: {Team: dns}}
      - {id: tms-2, eni: drift-1, target: tmt-1, filter: tmf-1, tags: {Creator: "Vectra:Tap", Name: drift-1}}
      - {id: tms-3, eni: black-1, target: tmt-1, filter: tmf-1, tags: {Creator: "Vectra:Tap", Name: black-1}}
      - {id: tms-4, eni: idle-1, target: tmt-1, filter: tmf-1, tags: {Creator: "Vectra:Tap", Name: idle-1}}
      - {id: tms-5, eni: desk-2, target: tmt-1, filter: tmf-1, tags: {Creator: "Vectra:Tap", Name: desk-2}}
      - {id: tms-6, eni: loose, target: tmt-1, filter: tmf-1, tags: {Creator: "Vectra:Tap", Name: loose}}
      - {id: tms-7, eni: desk-2, target: tmt-2, filter: tmf-2, number: 5, tags: {Team: lab}}
"#;

#[test]
fn a_target_that_fills_up_during_a_run() {
    let account = Account::demo();
    let foreign_before = account.foreign().len();
    account.sim.fault(CREATE, "TrafficMirrorSourcesPerTargetLimitExceeded").times(1);
    let document = account.json(3, &["--vpc-id", "vpc-0de00000000000003", "--concurrency", "1"]);
    let not_done = decisions(&document).into_iter().filter(|line| line.ends_with(" not-done"));
    assert!(not_done.count() >= 1);
    let creates = account.sim.counts()[CREATE];
    assert_eq!(creates, 1, "a target that is full was tried again");
    assert_eq!(account.foreign().len(), foreign_before);
}

#[test]
fn aws_old_and_new_spellings_of_gone() {
    for spelling in [aws_sim::NotFoundCodes::Live, aws_sim::NotFoundCodes::Documented] {
        let account = Account::yaml(SMALL);
        account.tap_exits(0, &[]);
        let session = account.sessions().keys().next().unwrap().clone();
        account.edit(|world| assert!(world.delete_tag("vpc-1", "Vectra:session_mirroring_target")));
        account.sim.set_switches(|s| {
            s.not_found = spelling;
            s.after = vec![after(1, "DescribeTrafficMirrorSessions", Deed::DeleteSession(session))];
        });
        let document = account.json(0, &[]);
        assert_eq!(document["totals"]["failed"], 0, "{document:#}");
    }
}
