//! Rulings 1, 2 and 3: what the tags of VPCs and instances choose.

use tap_core::tags::TagKeys;
use tap_core::testing::scenario;

use crate::support::{case, case_with};

#[test]
fn ruling_1_the_tags_of_the_vectra_tool() {
    case("nothing there", scenario()).expects("").filter("use tmf-1").settles();
    case("enabled", scenario().instance("i-1").named("web"))
        .expects("eni-1 create not-mirrored")
        .changes("eni-1 create tmt-1 tmf-1 number 1")
        .eligible("eni-1")
        .settles();
    case("not enabled", scenario().not_enabled().instance("i-1"))
        .expects("eni-1 skip vpc-not-enabled")
        .eligible("")
        .settles();
    case("enrollment without target", scenario().not_enabled().enrollment("auto").instance("i-1"))
        .expects("eni-1 skip vpc-not-enabled")
        .settles();
    case("another vendor's tags", scenario().instance("i-1").owned("tms-1"))
        .expects("eni-1 keep in-sync")
        .settles();
    let other = |settings: &mut tap_core::settings::Settings| {
        settings.keys = TagKeys::of_vendor("Acme");
    };
    case_with(
        "the same account as another vendor",
        scenario().instance("i-1").owned("tms-1"),
        other,
    )
    .expects("eni-1 skip vpc-not-enabled")
    .filter("none")
    .settles();
}

#[test]
fn ruling_1_the_name_of_a_session_is_the_instances_name_else_its_id() {
    use tap_core::plan::Action;
    let name_of = |scenario| {
        let case = case("name", scenario);
        let name = match &case.plan().decisions[0].action {
            Action::Create { spec } => spec.name.to_string(),
            other => panic!("{other:?}"),
        };
        case.settles();
        name
    };
    assert_eq!(name_of(scenario().instance("i-1").named("web")), "web");
    assert_eq!(name_of(scenario().instance("i-1")), "i-1");
    assert_eq!(name_of(scenario().instance("i-1").named("")), "i-1");
}

#[test]
fn ruling_2_each_interface_by_its_own_vpc() {
    let spread = |first_vpc: &str| {
        scenario()
            .vpc("vpc-b")
            .target("tmt-2")
            .vpc("vpc-c")
            .not_enabled()
            .vpc(first_vpc)
            .instance("i-1")
            .vpc("vpc-b")
            .eni("eni-1b")
            .vpc("vpc-c")
            .eni("eni-1c")
    };
    case("interfaces in three VPCs", spread("vpc-a"))
        .expects(
            "eni-1 create not-mirrored; eni-1b create not-mirrored; eni-1c skip vpc-not-enabled",
        )
        .changes("eni-1 create tmt-1 tmf-1 number 1; eni-1b create tmt-2 tmf-1 number 1")
        .settles();
    case("the first one in the VPC that is not enabled", spread("vpc-c"))
        .expects(
            "eni-1 skip vpc-not-enabled; eni-1b create not-mirrored; eni-1c skip vpc-not-enabled",
        )
        .settles();
    let enrollments = scenario()
        .vpc("vpc-b")
        .enrollment("whitelist")
        .vpc("vpc-a")
        .instance("i-1")
        .blacklisted()
        .whitelisted()
        .vpc("vpc-b")
        .eni("eni-1b");
    case("blacklisted in one VPC, whitelisted in the other", enrollments)
        .expects("eni-1 skip blacklisted; eni-1b create not-mirrored")
        .settles();
    let unseen = scenario().instance("i-1").vpc("vpc-b").eni("eni-1b").with(|inv| {
        inv.vpcs.remove(&"vpc-b".into());
    });
    case("a VPC that this account cannot see", unseen)
        .expects("eni-1 create not-mirrored; eni-1b skip vpc-not-seen")
        .eligible("eni-1")
        .settles();
    let unseen = scenario().vpc("vpc-b").instance("i-1").owned("tms-1").with(|inv| {
        inv.vpcs.remove(&"vpc-b".into());
    });
    case("a session in a VPC that this account cannot see", unseen)
        .expects("eni-1 keep vpc-not-seen")
        .settles();
}

#[test]
fn ruling_3_auto_takes_all_but_the_blacklisted() {
    let vpc = || scenario().enrollment("auto");
    case("auto", vpc().instance("i-1").eni("eni-1b"))
        .expects("eni-1 create not-mirrored; eni-1b create not-mirrored")
        .settles();
    case("blacklisted", vpc().instance("i-1").eni("eni-1b").blacklisted())
        .expects("eni-1 skip blacklisted; eni-1b skip blacklisted")
        .eligible("")
        .settles();
    case("whitelisted in auto", vpc().instance("i-1").whitelisted())
        .expects("eni-1 create not-mirrored")
        .settles();
    case("both marks in auto", vpc().instance("i-1").whitelisted().blacklisted())
        .expects("eni-1 skip blacklisted")
        .settles();
    case("ruling 7: blacklisted now", vpc().instance("i-1").owned("tms-1").blacklisted())
        .expects("eni-1 delete blacklisted")
        .changes("eni-1 delete tms-1")
        .settles();
}

#[test]
fn ruling_3_whitelist_takes_only_the_whitelisted() {
    let vpc = || scenario().enrollment("whitelist");
    case("no mark", vpc().instance("i-1")).expects("eni-1 skip not-whitelisted").settles();
    case("whitelisted", vpc().instance("i-1").whitelisted())
        .expects("eni-1 create not-mirrored")
        .settles();
    case("the blacklist does not apply", vpc().instance("i-1").whitelisted().blacklisted())
        .expects("eni-1 create not-mirrored")
        .settles();
    case("ruling 7: whitelisted no more", vpc().instance("i-1").owned("tms-1"))
        .expects("eni-1 delete not-whitelisted")
        .settles();
}

#[test]
fn ruling_1_only_the_exact_value_is_a_mark() {
    let mark = |key: &str, value: &str| {
        scenario().instance("i-1").instance_tag(&format!("Vectra:session_mirroring_{key}"), value)
    };
    case("a near miss is noted", mark("blacklist", "true"))
        .expects("eni-1 create not-mirrored")
        .notes("eni-1 mark-ignored")
        .settles();
    case("False is a plain no", mark("blacklist", "False"))
        .expects("eni-1 create not-mirrored")
        .settles();
    let whitelist = scenario()
        .enrollment("whitelist")
        .instance("i-1")
        .instance_tag("Vectra:session_mirroring_whitelist", "yes");
    case("a near miss on the whitelist", whitelist)
        .expects("eni-1 skip not-whitelisted")
        .notes("eni-1 mark-ignored")
        .settles();
    let key = "vectra:session_mirroring_blacklist";
    case("keys are case-sensitive", scenario().instance("i-1").instance_tag(key, "True"))
        .expects("eni-1 create not-mirrored")
        .settles();
}

#[test]
fn ruling_7_a_vpc_no_longer_enabled_loses_its_sessions() {
    let vpc = scenario().instance("i-1").owned("tms-1").eni("eni-1b").owned("tms-2").not_enabled();
    case("no longer enabled", vpc)
        .expects("eni-1 delete vpc-not-enabled; eni-1b delete vpc-not-enabled")
        .changes("eni-1 delete tms-1; eni-1b delete tms-2")
        .settles();
}

#[test]
fn ruling_18_ids_of_any_form() {
    let odd = scenario()
        .vpc("net one")
        .target("traf-mir-tgt/1")
        .instance("Server_1")
        .eni("0")
        .owned("mirror:7")
        .eni("\u{e9}ni");
    case("not of AWS's form", odd)
        .expects("eni-Server_1 create not-mirrored; 0 keep in-sync; \u{e9}ni create not-mirrored")
        .settles();
}
