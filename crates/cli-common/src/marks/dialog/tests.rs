//! A person with answers given in advance, at the front door of the dialog.

use console::strip_ansi_codes;
use tap_core::inventory::InstanceState;
use tap_core::policy::mark::Mark;
use tap_core::testing::{Scenario, scenario};

use super::super::testing::{subject, view};
use super::*;
use crate::ui::{Answer, Asked, Scripted};

const PICK: &str = "Pick instances to add";
const TYPE: &str = "Type ids to add";
const PICK_OUT: &str = "Pick instances to remove";
const TYPE_OUT: &str = "Type ids to remove";
const DONE: &str = "Done";

fn takes(part: &str) -> Answer {
    Answer::Takes(part.to_owned())
}

fn ticks(parts: &[&str]) -> Answer {
    Answer::Ticks(parts.iter().map(|part| (*part).to_owned()).collect())
}

fn types(text: &str) -> Answer {
    Answer::Types(text.to_owned())
}

/// Two instances on no list, one on each, one on both, one that is terminated.
fn account() -> Scenario {
    scenario()
        .instance("i-1")
        .named("web-1")
        .instance("i-2")
        .named("web-2")
        .instance("i-3")
        .named("black")
        .blacklisted()
        .instance("i-4")
        .named("white")
        .whitelisted()
        .instance("i-5")
        .named("both")
        .blacklisted()
        .whitelisted()
        .instance("i-6")
        .named("gone")
        .blacklisted()
        .state(InstanceState::Terminated)
}

struct Told {
    wishes: Vec<(String, Wish)>,
    asked: Vec<Asked>,
    shown: String,
    ended: Result<(), UiError>,
}

/// What the blacklist's dialog makes of these answers.
fn tell(answers: impl IntoIterator<Item = Answer>) -> Told {
    let subject = subject(Mark::Blacklist);
    let views = [view(account(), &subject)];
    let person = Scripted::new(answers);
    let mut wishes = Wishes::new();
    let ended = ask(&subject, &views, &person, &mut wishes);
    let shown = strip_ansi_codes(&person.shown().concat()).into_owned();
    let asked = person.done();
    let wishes = wishes.into_iter().map(|(id, wish)| (id.to_string(), wish)).collect();
    Told { wishes, asked, shown, ended }
}

fn wants(answers: impl IntoIterator<Item = Answer>) -> Vec<(String, Wish)> {
    let told = tell(answers);
    assert!(told.ended.is_ok(), "{:?}", told.ended);
    told.wishes
}

const ADD: Wish = Wish::Add { moving: false };
const MOVE: Wish = Wish::Add { moving: true };

fn wish(id: &str, wish: Wish) -> (String, Wish) {
    (id.to_owned(), wish)
}

#[test]
fn picking_offers_who_is_not_there_yet_and_the_living_only() {
    let told = tell([takes(PICK), ticks(&["web-1", "web-2"]), takes(DONE)]);
    assert_eq!(told.wishes, [wish("i-1", ADD), wish("i-2", ADD)]);
    assert_eq!(
        told.asked[1].items,
        [
            "i-5  both  on the whitelist  vpc-a  running  m5.large",
            "i-1  web-1  vpc-a  running  m5.large",
            "i-2  web-2  vpc-a  running  m5.large",
            "i-4  white  on the whitelist  vpc-a  running  m5.large",
        ]
    );
    assert_eq!(told.asked[1].flag, "add ID");
    assert_eq!(told.asked[0].flag, "add, remove or list");
    assert!(told.shown.contains("+ i-1 (web-1): onto the blacklist"), "{}", told.shown);
    // What is wanted already is not offered again.
    let told = tell([takes(PICK), ticks(&["web-1"]), takes(PICK), ticks(&["web-2"]), takes(DONE)]);
    assert_eq!(told.wishes.len(), 2);
    assert!(!told.asked[3].items.iter().any(|item| item.contains("web-1")));
}

#[test]
fn removing_offers_who_is_on_the_list_or_will_be() {
    let told = tell([takes(PICK_OUT), ticks(&["black", "both"]), takes(DONE)]);
    assert_eq!(told.wishes, [wish("i-3", Wish::Remove), wish("i-5", Wish::Remove)]);
    assert_eq!(told.asked[1].items.len(), 2);
    assert!(told.shown.contains("- i-3 (black): off the blacklist"), "{}", told.shown);
}

#[test]
fn what_is_taken_back_is_forgotten() {
    let added_and_removed =
        [takes(PICK), ticks(&["web-1"]), takes(PICK_OUT), ticks(&["web-1"]), takes(DONE)];
    assert_eq!(wants(added_and_removed), []);
    let removed_and_added = [takes(TYPE_OUT), types("i-3"), takes(TYPE), types("i-3"), takes(DONE)];
    assert_eq!(wants(removed_and_added), []);
}

#[test]
fn ids_are_typed_until_they_are_right() {
    let told = tell([
        takes(TYPE),
        types(""),
        types("banana, i-1"),
        types("i-9 i-6"),
        types("i-1, i-2"),
        takes(DONE),
    ]);
    assert_eq!(told.wishes, [wish("i-1", ADD), wish("i-2", ADD)]);
    let wrong: Vec<&str> = told.asked.iter().filter_map(|asked| asked.wrong.as_deref()).collect();
    assert_eq!(wrong.len(), 3);
    assert!(wrong[0].contains("no instance id"), "{wrong:?}");
    assert!(wrong[1].contains("`banana`"), "{wrong:?}");
    assert_eq!(
        wrong[2],
        "i-9 does not exist in account 111122223333, eu-west-1; i-6 (gone) is terminated"
    );
    let told = tell([takes(TYPE_OUT), types("i-9"), types("i-3"), takes(DONE)]);
    assert_eq!(told.wishes, [wish("i-3", Wish::Remove)]);
}

#[test]
fn who_needs_nothing_is_named() {
    let told = tell([takes(TYPE), types("i-3"), takes(TYPE_OUT), types("i-1, i-6"), takes(DONE)]);
    assert_eq!(told.wishes, []);
    assert!(told.shown.contains("On the blacklist already: i-3 (black)"), "{}", told.shown);
    assert!(
        told.shown.contains("Not on the blacklist, or terminated: i-1 (web-1), i-6 (gone)"),
        "{}",
        told.shown
    );
}

#[test]
fn who_is_on_the_other_list_moves_only_if_the_person_says_so() {
    let answers = |yes| [takes(TYPE), types("i-1,i-4,i-5"), Answer::Says(yes), takes(DONE)];
    let told = tell(answers(true));
    assert_eq!(told.wishes, [wish("i-1", ADD), wish("i-4", MOVE), wish("i-5", MOVE)]);
    assert_eq!(
        (told.asked[2].text.as_str(), told.asked[2].flag.as_str()),
        ("i-4 (white), i-5 (both) are on the whitelist. Move them to the blacklist?", "add --move")
    );
    assert!(told.shown.contains("~ i-4 (white): from the whitelist onto the blacklist"));
    assert_eq!(wants(answers(false)), [wish("i-1", ADD)]);
    let back = [takes(PICK), ticks(&["i-4"]), Answer::GoesBack, takes(DONE)];
    assert_eq!(wants(back), []);
}

#[test]
fn going_back_leads_to_the_first_question_and_from_there_out() {
    for way in [PICK, TYPE, PICK_OUT, TYPE_OUT] {
        assert_eq!(wants([takes(way), Answer::GoesBack, takes(DONE)]), [], "{way}");
    }
    let left = tell([takes(PICK), ticks(&["web-1"]), Answer::GoesBack]);
    assert!(matches!(left.ended, Err(UiError::Declined)));
}

#[test]
fn only_what_can_be_done_is_offered() {
    let subject = subject(Mark::Whitelist);
    let views = [view(scenario(), &subject)];
    let person = Scripted::new([takes(DONE)]);
    ask(&subject, &views, &person, &mut Wishes::new()).unwrap();
    let ways = ["Type ids to add", "Type ids to remove", "Done: nothing to write"];
    assert_eq!(person.done()[0].items, ways);
}

#[test]
fn the_first_look_is_short() {
    let subject = subject(Mark::Blacklist);
    let account = (0..30).fold(scenario(), |s, i| s.instance(&format!("i-{i}")).blacklisted());
    let person = Scripted::new([]);
    show(&subject, &[view(account, &subject)], &person);
    let shown = person.shown().concat();
    assert!(shown.contains("30 instances"), "{shown}");
    assert!(shown.contains("and 10 more: `session_mirror_blacklist list` shows all"), "{shown}");
}
