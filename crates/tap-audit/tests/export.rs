//! What the code looks like that `export` writes: golden files of one account with something of everything, and what is left
//! out, referred to, escaped and refused. `UPDATE_GOLDEN=1` writes the files anew. Whether the formats' own checkers take it,
//! and whether the script does what a run does, is looked at in `tests/export`.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

#[path = "render/golden.rs"]
mod golden;

use serde_json::Value;
use tap_audit::export::{ExportError, Format, To, export};
use tap_core::inventory::{
    Direction, FilterRule, InstanceState, Inventory, MirrorFilter, TargetKind,
};
use tap_core::settings::Settings;
use tap_core::testing::{Scenario, scenario};
use uuid::Uuid;

fn code_with(inv: &Inventory, to: Option<&To>, format: Format) -> String {
    export(inv, &Settings::default(), to, format, Uuid::nil()).unwrap().text
}

fn code(inv: &Inventory, format: Format) -> String {
    code_with(inv, None, format)
}

fn template(inv: &Inventory, to: Option<&To>) -> Value {
    serde_json::from_str(&code_with(inv, to, Format::CloudFormation)).unwrap()
}

/// One session as it should be, one that differs, one too many, one missing, one that cannot be; two VPCs with a profile each.
fn everything() -> Inventory {
    scenario()
        .with(|inv| inv.scope.region = "us-east-1".into())
        .instance("i-1")
        .named("kept")
        .owned("tms-1")
        .instance("i-2")
        .named("moved")
        .owned("tms-2")
        .to("tmt-old")
        .any_target("tmt-old", TargetKind::GwlbEndpoint("vpce-1".to_owned()))
        .instance("i-3")
        .blacklisted()
        .owned("tms-3")
        .instance("i-4")
        .named("missing")
        .instance("i-5")
        .foreign("tms-5")
        .foreign("tms-6")
        .foreign("tms-7")
        .vpc("vpc-b")
        .profile("alb-client")
        .packet_length_tag("128")
        .instance("i-6")
        .build()
}

#[test]
fn everything_in_each_format() {
    for (format, file) in [
        (Format::CloudFormation, "export.json"),
        (Format::Terraform, "export.tf"),
        (Format::Cli, "export.sh"),
    ] {
        golden::is_golden(file, &code(&everything(), format));
    }
}

#[test]
fn what_is_left_out_is_said() {
    let left_out = |format| {
        export(&everything(), &Settings::default(), None, format, Uuid::nil()).unwrap().left_out
    };
    let full = "eni-5 is not mirrored: three sessions of others fill the interface".to_owned();
    assert_eq!(left_out(Format::Cli), std::slice::from_ref(&full));
    let removed = "tms-3 on eni-3 is to be deleted by hand or by session_mirror_tap: the instance is blacklisted";
    assert_eq!(left_out(Format::Terraform), [full.clone(), removed.to_owned()]);
    let repaired = "tms-2 on eni-2 is to be repaired by session_mirror_tap";
    let all = [full, removed.to_owned(), repaired.to_owned()];
    assert_eq!(left_out(Format::CloudFormation), all);
}

#[test]
fn a_healed_account_needs_nothing() {
    let inv = scenario().instance("i-1").owned("tms-1").build();
    let script = code(&inv, Format::Cli);
    assert!(!script.contains("aws ec2"), "{script}");
    let template = template(&inv, None);
    let resources = template["Resources"].as_object().unwrap();
    assert_eq!(resources.keys().collect::<Vec<_>>(), ["NothingIsMissing"]);
    assert_eq!(template["Metadata"]["SessionMirror"]["SessionsThatAreThere"][0], "tms-1");
    let terraform = code(&inv, Format::Terraform);
    for import in ["\"tmt-1\"", "\"tmf-1\"", "\"tms-1\""] {
        assert!(terraform.contains(&format!("id = {import}")), "{import}: {terraform}");
    }
}

/// As a name tag, a Name may be anything.
fn hostile() -> Scenario {
    scenario()
        .instance("i-1")
        .named("'; rm -rf / #\n${file(\"/etc/passwd\")} %{if x}\"\\ $(id) `id`")
}

#[test]
fn names_of_others_are_never_code() {
    let inv = hostile().build();
    let script = code(&inv, Format::Cli);
    // Within single quotes nothing is special, and the quote itself is written as '\''.
    let words = script.lines().find(|line| line.contains("--tag-specifications")).unwrap();
    assert!(words.contains(r#"'\''; rm -rf / #\n${file(\"/etc/passwd\")}"#), "{words}");
    let terraform = code(&inv, Format::Terraform);
    assert!(terraform.contains(r#"$${file(\"/etc/passwd\")} %%{if x}"#), "{terraform}");
    // Escaped once: twice would be another name.
    assert!(!terraform.contains(" ${file") && !terraform.contains("$$$"), "{terraform}");
    let template = template(&inv, None);
    let session = &template["Resources"]["SessionEni1"]["Properties"];
    let name = session["Tags"].as_array().unwrap().iter().find(|tag| tag["Key"] == "Name").unwrap();
    assert_eq!(Some(name["Value"].as_str().unwrap()), inv.instances[&"i-1".into()].tags.name());
}

#[test]
fn a_vpc_without_a_target_gets_one_and_says_so() {
    let inv = scenario().not_enabled().instance("i-1").instance("i-9").only_vpc("vpc-a").build();
    assert!(!code(&inv, Format::Cli).contains("create-traffic-mirror"), "it is not enabled");
    let to = To::Kind(TargetKind::Eni("eni-9".into()));
    let script = code_with(&inv, Some(&to), Format::Cli);
    for part in [
        "target_new=$(aws ec2 create-traffic-mirror-target",
        "--network-interface-id eni-9",
        r#"--tags '[{"Key":"Vectra:session_mirroring_target","Value":"'"$target_new"'"}]'"#,
        "--traffic-mirror-target-id \"$target_new\"",
        "--network-interface-id eni-1 ",
    ] {
        assert!(script.contains(part), "{part}: {script}");
    }
    // The receiver is no source (ruling 5).
    assert_eq!(script.matches("create-traffic-mirror-session").count(), 1);
    let template = template(&inv, Some(&to));
    assert_eq!(template["Resources"]["TargetNew"]["Properties"]["NetworkInterfaceId"], "eni-9");
    let session = &template["Resources"]["SessionEni1"]["Properties"];
    assert_eq!(session["TrafficMirrorTargetId"]["Ref"], "TargetNew");
    let not_done = &template["Metadata"]["SessionMirror"]["NotInHere"][0];
    assert!(not_done.as_str().unwrap().contains("the next run of session_mirror_tap removes"));
    let terraform = code_with(&inv, Some(&to), Format::Terraform);
    assert!(
        terraform.contains("value       = aws_ec2_traffic_mirror_target.target_new.id"),
        "{terraform}"
    );
}

#[test]
fn a_thing_that_is_a_target_already_is_not_made_one_again() {
    let inv = scenario()
        .not_enabled()
        .instance("i-1")
        .appliance("tmt-9", "i-9")
        .only_vpc("vpc-a")
        .build();
    let script = code_with(&inv, Some(&To::Kind(TargetKind::Eni("eni-9".into()))), Format::Cli);
    assert!(!script.contains("create-traffic-mirror-target "), "{script}");
    assert!(script.contains("--traffic-mirror-target-id tmt-9"), "{script}");
    let missing = export(
        &inv,
        &Settings::default(),
        Some(&To::Target("tmt-0".into())),
        Format::Cli,
        Uuid::nil(),
    );
    assert!(matches!(missing, Err(ExportError::NoSuchTarget(id)) if id.as_str() == "tmt-0"));
}

#[test]
fn an_unfinished_filter_is_finished_before_its_sessions() {
    let without = |filter: &mut MirrorFilter| {
        filter.rules.truncate(1);
        filter.dns = false;
    };
    let inv = scenario().filter_as("tmf-1", without).instance("i-1").build();
    let script = code(&inv, Format::Cli);
    let at = |part: &str| script.find(part).unwrap_or_else(|| panic!("{part}: {script}"));
    assert_eq!(script.matches("create-traffic-mirror-filter-rule").count(), 3);
    assert!(at("create-traffic-mirror-filter-rule") < at("create-traffic-mirror-session"));
    assert!(at("--add-network-services amazon-dns") < at("create-traffic-mirror-session"));
    assert!(!script.contains("create-traffic-mirror-filter "), "{script}");
    let template = template(&inv, None);
    let rules = template["Resources"]["SessionEni1"]["DependsOn"].as_array().unwrap();
    assert_eq!(rules.len(), 3);
    let dns = &template["Metadata"]["SessionMirror"]["NotInHere"][0];
    assert_eq!(dns, "amazon-dns is to be switched on in tmf-1, which is there already");
}

#[test]
fn a_target_of_another_account_is_named_and_not_taken_over() {
    let inv = scenario()
        .with(|inv| {
            inv.targets.get_mut(&"tmt-1".into()).unwrap().owner = "999988887777".into();
        })
        .instance("i-1")
        .build();
    let terraform = code(&inv, Format::Terraform);
    assert!(!terraform.contains("resource \"aws_ec2_traffic_mirror_target\""), "{terraform}");
    assert!(terraform.contains("traffic_mirror_target_id = \"tmt-1\""), "{terraform}");
}

#[test]
fn what_a_run_would_refuse_is_refused() {
    let mut account = scenario().not_enabled();
    for n in 1..=12 {
        account = account.instance(&format!("i-{n}")).owned(&format!("tms-{n}"));
    }
    let inv = account.build();
    let refused = export(&inv, &Settings::default(), None, Format::Cli, Uuid::nil());
    assert!(matches!(refused, Err(ExportError::Refused(_))), "{refused:?}");
    let settings = Settings { allow_mass_delete: true, ..Settings::default() };
    let script = export(&inv, &settings, None, Format::Cli, Uuid::nil()).unwrap().text;
    assert_eq!(script.matches("delete-traffic-mirror-session").count(), 12);
}

#[test]
fn two_scripts_never_share_a_token_and_one_never_changes_its_own() {
    let inv = hostile().build();
    let settings = Settings::default();
    let with = |run| export(&inv, &settings, None, Format::Cli, run).unwrap().text;
    assert_eq!(with(Uuid::nil()), with(Uuid::nil()));
    assert_ne!(with(Uuid::nil()), with(Uuid::max()));
}

#[test]
fn more_than_a_template_holds_is_refused_and_not_cut() {
    let mut account = scenario();
    for n in 1..=501 {
        account = account.instance(&format!("i-{n}"));
    }
    let inv = account.build();
    let many = export(&inv, &Settings::default(), None, Format::CloudFormation, Uuid::nil());
    assert!(matches!(many, Err(ExportError::TooMany(501))), "{many:?}");
}

#[test]
fn a_vpc_with_nothing_to_mirror_gets_its_target_all_the_same() {
    let inv = scenario().not_enabled().instance("i-9").only_vpc("vpc-a").build();
    let to = To::Kind(TargetKind::Eni("eni-9".into()));
    let script = code_with(&inv, Some(&to), Format::Cli);
    assert!(script.contains("target_new=$(aws ec2 create-traffic-mirror-target"), "{script}");
    assert!(!script.contains("create-traffic-mirror-session"), "{script}");
    // The policies allow only what is marked as ours.
    assert!(script.contains(r#"{"Key":"Creator","Value":"Vectra:Tap"}"#), "{script}");
    let terraform = code_with(&inv, Some(&to), Format::Terraform);
    assert!(
        terraform.contains("value       = aws_ec2_traffic_mirror_target.target_new.id"),
        "{terraform}"
    );
    assert!(!script.contains("not-made-yet") && !terraform.contains("(the new target)"));
    assert!(template(&inv, Some(&to))["Resources"]["TargetNew"].is_object());
}

#[test]
fn a_target_is_for_vpcs_that_have_none() {
    let export = |inv: &Inventory, to: &To| {
        export(inv, &Settings::default(), Some(to), Format::Cli, Uuid::nil())
    };
    let to = To::Kind(TargetKind::Eni("eni-77".into()));
    let enabled = scenario().instance("i-1").only_vpc("vpc-a").build();
    assert!(matches!(export(&enabled, &to), Err(ExportError::Enabled(ids)) if ids == "vpc-a"));
    let one = scenario().instance("i-1").vpc("vpc-b").not_enabled().instance("i-2");
    let one = one.only_vpc("vpc-a").only_vpc("vpc-b").build();
    let left_out = export(&one, &to).unwrap().left_out;
    assert!(left_out[0].starts_with("vpc-a is enabled already"), "{left_out:?}");
    assert!(left_out[1].starts_with("whether eni-77 exists"), "{left_out:?}");
}

/// Ten sources fill the appliance of `tmt-9`: one of them is not wanted any more, and an eleventh waits for its place.
fn full() -> Inventory {
    let mut account = scenario().with(|inv| inv.targets.clear()).appliance("tmt-9", "i-99");
    account = account.target_tag(Some("tmt-9"));
    for n in 1..=10 {
        account = account.instance(&format!("i-{n}")).owned(&format!("tms-{n}")).to("tmt-9");
    }
    account
        .instance("i-11")
        .with(|inv| {
            inv.instances.get_mut(&"i-1".into()).unwrap().state = InstanceState::Stopped;
        })
        .build()
}

#[test]
fn what_waits_for_a_place_comes_after_what_frees_it() {
    let script = code(&full(), Format::Cli);
    let at = |part: &str| script.find(part).unwrap_or_else(|| panic!("{part}: {script}"));
    assert!(at("--traffic-mirror-session-id tms-1") < at("--network-interface-id eni-11"));
    // A stack cannot delete what is not its own, and would fail as a whole.
    let template = template(&full(), None);
    assert!(template["Resources"]["SessionEni11"].is_null(), "{template:#}");
    let not_in_here = template["Metadata"]["SessionMirror"]["NotInHere"].as_array().unwrap();
    let waits = "eni-11 has no place on its target until tms-1 is gone from it";
    assert!(not_in_here.iter().any(|sentence| sentence == waits), "{not_in_here:?}");
}

#[test]
fn a_rule_that_does_not_count_where_it_stands_is_not_taken_for_the_missing_one() {
    let first = |filter: &mut MirrorFilter| {
        filter.description = "Vectra Full Traffic + DNS Filter (alb-client, vpc-a)".to_owned();
        filter.rules = vec![FilterRule::within(Direction::Ingress, 1, true, "0.0.0.0/0")];
    };
    let inv = scenario().profile("alb-client").filter_as("tmf-7", first).instance("i-1").build();
    let script = code(&inv, Format::Cli);
    assert!(!script.contains("--rule-number 1 "), "{script}");
    assert!(!code(&inv, Format::Terraform).contains("rule_number              = 1\n"));
}

#[test]
fn a_filter_that_cannot_be_made_keeps_only_its_own_sessions_from_being_made() {
    let script = code(&everything(), Format::Cli);
    // Its variable is empty then, and a call with an empty word is left out.
    assert!(script.contains("failed=1\n    filter_alb_client_vpc_b=\nfi"), "{script}");
    assert!(script.contains("if [ -z \"$word\" ]"), "{script}");
}

#[test]
fn a_session_waits_for_the_rules_of_its_filter() {
    let terraform = code(&everything(), Format::Terraform);
    let session =
        terraform.split("\"session_eni_6\" {").nth(1).unwrap().split("\n}\n").next().unwrap();
    assert_eq!(
        session.matches("aws_ec2_traffic_mirror_filter_rule.filter_alb_client_vpc_b").count(),
        4
    );
    let kept =
        terraform.split("\"session_eni_1\" {").nth(1).unwrap().split("\n}\n").next().unwrap();
    assert!(!kept.contains("depends_on"), "{kept}");
}

#[test]
fn a_template_is_ascii_whatever_the_names() {
    let inv = scenario().instance("i-1").named("a\u{9b}b é 𝄞").build();
    let text = code(&inv, Format::CloudFormation);
    assert!(text.is_ascii(), "{text}");
    let template: Value = serde_json::from_str(&text).unwrap();
    let tags =
        template["Resources"]["SessionEni1"]["Properties"]["Tags"].as_array().unwrap().clone();
    assert!(tags.iter().any(|tag| tag["Value"] == "a\u{9b}b é 𝄞"), "{tags:?}");
}
