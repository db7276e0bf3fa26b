//! Rulings 7 and 8: the states of instances and attachments.

use tap_core::inventory::{Attachment, InstanceState};
use tap_core::testing::scenario;

use crate::support::case;

#[test]
fn ruling_7_what_does_not_run_is_not_mirrored() {
    case("stopped", scenario().stopped("i-1")).expects("eni-1 skip not-running").settles();
    case("stopped with a session", scenario().stopped("i-1").owned("tms-1"))
        .expects("eni-1 delete not-running")
        .eligible("")
        .settles();
    let terminated = || scenario().instance("i-1").state(InstanceState::Terminated);
    case("terminated", terminated()).expects("eni-1 skip not-running").settles();
    case("terminated with a session", terminated().owned("tms-1"))
        .expects("eni-1 delete not-running")
        .because("the instance is terminated")
        .settles();
}

#[test]
fn ruling_8_what_is_on_its_way_is_left_alone() {
    for state in [InstanceState::Pending, InstanceState::Stopping, InstanceState::ShuttingDown] {
        let name = state.as_str();
        case(name, scenario().instance("i-1").state(state))
            .expects("eni-1 skip in-transition")
            .eligible("")
            .settles();
        case(name, scenario().instance("i-1").state(state).owned("tms-1").owned("tms-2"))
            .expects("eni-1 keep in-transition; eni-1 keep in-transition")
            .settles();
        case(name, scenario().instance("i-1").state(state).owned("tms-1").to("tmt-old"))
            .expects("eni-1 keep in-transition")
            .settles();
        case(name, scenario().instance("i-1").state(state).owned("tms-1").blacklisted())
            .expects("eni-1 keep in-transition")
            .settles();
        let disabled = scenario().not_enabled().instance("i-1").state(state).owned("tms-1");
        case(name, disabled).expects("eni-1 keep in-transition").settles();
    }
}

#[test]
fn ruling_8_an_attachment_on_its_way() {
    let changing = || scenario().instance("i-1").attachment(Attachment::Changing);
    case("attaching", changing()).expects("eni-1 skip in-transition").eligible("").settles();
    case("attaching with a session", changing().owned("tms-1"))
        .expects("eni-1 keep in-transition")
        .settles();
    case("attaching, blacklisted", changing().owned("tms-1").blacklisted())
        .expects("eni-1 delete blacklisted")
        .settles();
}

#[test]
fn ruling_7_an_interface_attached_to_nothing() {
    let detached = || scenario().instance("i-1").attachment(Attachment::Detached);
    case("detached", detached()).expects("eni-1 skip eni-detached").settles();
    case("detached with a session", detached().owned("tms-1"))
        .expects("eni-1 delete eni-detached")
        .settles();
}

#[test]
fn ruling_7_running_again() {
    case("a session missing after a restart", scenario().instance("i-1").eni("eni-1b").owned("t"))
        .expects("eni-1 create not-mirrored; eni-1b keep in-sync")
        .eligible("eni-1; eni-1b")
        .settles();
}
