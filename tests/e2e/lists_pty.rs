//! `session_mirror_blacklist` and `session_mirror_whitelist` as a person uses them: keys typed, screens read, tags read back.

use std::process::{Command, Stdio};

use aws_sim::Delay;
use serde_json::json;

use crate::lists::{BLACK, WHITE};
use crate::pty::Key::{Backspace, CtrlC, Down, Enter, Esc, Space, Up};
use crate::pty::{End, NARROW, Pty, WINDOW};
use crate::support::{Account, BLACKLIST, WHITELIST};

const MENU: &str = "What is to be done?";
const PICK: &str = "Which instances are to be added?";
const PICK_OUT: &str = "Which instances are to be removed?";
const TYPE: &str = "Ids of the instances to add";
const TYPE_OUT: &str = "Ids of the instances to remove";
const SURE: &str = "Write this? [y/N]";

/// An account with `desk-1` on the whitelist and `lab-1` on the blacklist.
fn account() -> Account {
    let account = Account::sorts();
    account.edit(|world| {
        world.set_tag("i-3", WHITE, "True");
        world.set_tag("i-4", BLACK, "True");
    });
    account
}

fn start(account: &Account, args: &[&str]) -> Pty {
    Pty::start(&account.program(BLACKLIST, args), WINDOW)
}

/// Waits for the first question and takes one of the ways by its text.
#[track_caller]
fn take(pty: &Pty, way: &str) {
    pty.wait_for(MENU).wait_for("> ");
    let lines: Vec<String> = pty.wait_for("Done: ").screen().lines().map(str::to_owned).collect();
    let menu = lines.iter().rposition(|line| line.starts_with(MENU)).unwrap();
    let at = |part: &str| lines[menu..].iter().position(|line| line.contains(part));
    let (from, to) = (at("> ").unwrap(), at(way).unwrap_or_else(|| panic!("no {way}: {lines:#?}")));
    let key = if from < to { Down } else { Up };
    for _ in 0..from.abs_diff(to) {
        pty.press(&[key]);
    }
    pty.wait_for(&format!("> {way}")).press(&[Enter]).wait_gone(&format!("> {way}"));
}

/// Ends by agreeing.
#[track_caller]
fn writes(pty: &Pty) -> End {
    take(pty, "Done");
    pty.wait_for(SURE).types("y");
    pty.ends_with(0)
}

#[test]
fn picking_adds() {
    let account = account();
    let pty = start(&account, &[]);
    pty.wait_for("On the blacklist in account 111122223333, region us-east-1: 1 instance");
    pty.wait_for("warning: the blacklist has no effect on it yet: vpc-3 is not enabled");
    take(&pty, "Pick instances to add");
    pty.wait_for(PICK).wait_for("i-1  web-1  auto  running  m5.large");
    assert!(!pty.screen().contains("[ ] i-4"), "lab-1 is there already");
    let lines: Vec<String> = pty.screen().lines().map(str::to_owned).collect();
    let first = lines.iter().position(|line| line.starts_with("> [ ]")).unwrap();
    let web = lines.iter().position(|line| line.contains("web-1")).unwrap();
    for _ in first..web {
        pty.press(&[Down]);
    }
    pty.wait_for("> [ ] i-1").press(&[Space]).wait_for("> [x] i-1").press(&[Enter]);
    pty.wait_for("+ i-1 (web-1): onto the blacklist");
    let end = writes(&pty);
    assert!(end.screen.contains("Written to 1 instance."), "{}", end.screen);
    assert_eq!(account.instance_tags("i-1"), json!({"Name": "web-1", BLACK: "True"}));
}

#[test]
fn typing_adds_once_it_is_right() {
    let account = account();
    let pty = start(&account, &[]);
    take(&pty, "Type ids to add");
    pty.wait_for(TYPE).types("i-1, i-77").press(&[Enter]);
    pty.wait_for("i-77 does not exist in account 111122223333, us-east-1").wait_for("> i-1, i-77");
    pty.press(&[Backspace; 2]).types("2").press(&[Enter]);
    pty.wait_for("+ i-2 (web-2): onto the blacklist");
    writes(&pty);
    for id in ["i-1", "i-2"] {
        assert_eq!(account.instance_tags(id)[BLACK], "True");
    }
}

#[test]
fn picking_and_typing_remove() {
    for way in ["Pick instances to remove", "Type ids to remove"] {
        let account = account();
        let pty = start(&account, &[]);
        take(&pty, way);
        match way {
            "Type ids to remove" => pty.wait_for(TYPE_OUT).types("i-4").press(&[Enter]),
            _ => pty.wait_for(PICK_OUT).wait_for("> [ ] i-4").press(&[Space, Enter]),
        };
        pty.wait_for("- i-4 (lab-1): off the blacklist");
        let end = writes(&pty);
        assert!(end.screen.contains("1 instance off the blacklist"), "{}", end.screen);
        assert_eq!(account.instance_tags("i-4"), json!({"Name": "lab-1"}), "{way}");
    }
}

#[test]
fn several_things_are_written_at_once_and_moving_is_asked() {
    let account = account();
    let pty = start(&account, &[]);
    take(&pty, "Type ids to remove");
    pty.wait_for(TYPE_OUT).types("i-4").press(&[Enter]);
    take(&pty, "Type ids to add");
    pty.wait_for(TYPE).types("i-1,i-3").press(&[Enter]);
    pty.wait_for("i-3 (desk-1) is on the whitelist. Move it to the blacklist? [y/N]").types("y");
    pty.wait_for("~ i-3 (desk-1): from the whitelist onto the blacklist");
    assert_eq!(account.sim.counts().get("CreateTags"), None, "it is too early");
    let end = writes(&pty);
    assert!(end.screen.contains("Written to 3 instances."), "{}", end.screen);
    assert_eq!(account.instance_tags("i-1")[BLACK], "True");
    assert_eq!(account.instance_tags("i-3"), json!({"Name": "desk-1", BLACK: "True"}));
    assert_eq!(account.instance_tags("i-4"), json!({"Name": "lab-1"}));
}

#[test]
fn who_does_not_want_to_move_it_leaves_it_where_it_is() {
    for answer in ["n", "\u{1b}"] {
        let account = account();
        let before = account.sim.snapshot();
        let pty = start(&account, &[]);
        take(&pty, "Type ids to add");
        pty.wait_for(TYPE).types("i-3").press(&[Enter]);
        pty.wait_for("Move it to the blacklist? [y/N]").types(answer).wait_gone("[y/N]");
        take(&pty, "Done: nothing to write");
        assert!(pty.ends_with(0).screen.contains("Nothing to change."));
        assert_eq!(account.sim.snapshot(), before);
    }
}

/// Every prompt: the keys that lead to it, and what it says.
type Prompt = (&'static str, fn(&Pty), &'static str);

const PROMPTS: [Prompt; 7] = [
    ("menu", |_| {}, MENU),
    ("pick", |pty| take(pty, "Pick instances to add"), PICK),
    ("type", |pty| take(pty, "Type ids to add"), TYPE),
    ("pick out", |pty| take(pty, "Pick instances to remove"), PICK_OUT),
    ("type out", |pty| take(pty, "Type ids to remove"), TYPE_OUT),
    (
        "move",
        |pty| {
            take(pty, "Type ids to add");
            pty.wait_for(TYPE).types("i-3").press(&[Enter]);
        },
        "Move it to the blacklist? [y/N]",
    ),
    (
        "sure",
        |pty| {
            take(pty, "Type ids to add");
            pty.wait_for(TYPE).types("i-1").press(&[Enter]).wait_for("Not written yet");
            take(pty, "Done: look at");
        },
        SURE,
    ),
];

#[test]
fn ctrl_c_at_any_prompt_leaves_the_account_as_it_was() {
    let account = account();
    let before = account.sim.snapshot();
    for (name, lead, prompt) in PROMPTS {
        let pty = start(&account, &[]);
        lead(&pty);
        pty.wait_for(prompt).press(&[CtrlC]);
        let end = pty.ends_with(130);
        assert!(
            end.screen.ends_with("interrupted: nothing was changed\n"),
            "{name}: {}",
            end.screen
        );
    }
    assert_eq!(account.sim.snapshot(), before);
    account.only_read();
}

#[test]
fn esc_goes_back_to_the_first_question_and_from_there_out() {
    let account = account();
    for (name, lead, prompt) in PROMPTS {
        let pty = start(&account, &[]);
        lead(&pty);
        pty.wait_for(prompt);
        if prompt != MENU {
            pty.press(&[Esc]).wait_gone(prompt).wait_for(MENU).wait_for("Done");
        }
        if name == "sure" {
            // What was wanted is wanted still.
            pty.wait_for("> Done: look at what is written to 1 instance");
        }
        pty.press(&[Esc]);
        let end = pty.ends_with(1);
        assert!(end.screen.ends_with("cancelled: nothing was changed\n"), "{name}: {}", end.screen);
    }
    account.only_read();
}

#[test]
fn no_is_no() {
    let account = account();
    for (args, lead) in [(&[][..], true), (&["add", "i-1"][..], false)] {
        for key in ["n", "\r"] {
            let pty = start(&account, args);
            if lead {
                PROMPTS[6].1(&pty);
            }
            pty.wait_for(SURE).types(key);
            assert!(pty.ends_with(1).screen.contains("cancelled: nothing was changed"));
        }
    }
    account.only_read();
}

#[test]
fn what_flags_leave_open_is_asked() {
    let account = account();
    let pty = start(&account, &["add", "i-1"]);
    pty.wait_for("tag Vectra:session_mirroring_blacklist is set").wait_for(SURE).types("y");
    assert!(pty.ends_with(0).screen.contains("Written to 1 instance."));
    assert_eq!(account.instance_tags("i-1")[BLACK], "True");
    // `--yes` and `--dry-run` answer the last question of the dialog too.
    for (args, written) in [(["--dry-run"], false), (["--yes"], true)] {
        let pty = start(&account, &args);
        take(&pty, "Type ids to add");
        pty.wait_for(TYPE).types("i-2").press(&[Enter]).wait_for("Not written yet");
        take(&pty, "Done: look at");
        let end = pty.ends_with(0);
        assert_eq!(
            end.screen.contains("Dry run: nothing was changed."),
            !written,
            "{}",
            end.screen
        );
        assert_eq!(account.instance_tags("i-2")[BLACK] == "True", written);
    }
}

#[test]
fn one_of_hundreds_is_found_by_its_name() {
    let account = Account::fleet(300);
    let name =
        account.instance_tags(&account.edit(|world| world.instance_ids())[123])["Name"].clone();
    let name = name.as_str().unwrap();
    let pty = Pty::start(&account.program(WHITELIST, &[]), NARROW);
    take(&pty, "Pick instances to add");
    pty.wait_for("to choose from").types(name).press(&[Enter]);
    pty.wait_for(&format!("match `{name}`")).press(&[Space, Enter]);
    pty.wait_for("> done: 1 of").press(&[Enter]).wait_for("onto the whitelist");
    writes(&pty);
    let document = account.list_json(WHITELIST, 0, &["list"]);
    let listed = document["regions"][0]["instances"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["name"], name);
}

#[test]
fn ctrl_c_while_tags_are_written_stops_in_good_order() {
    let account = Account::fleet(250);
    let ids = account.edit(|world| world.instance_ids());
    account.sim.set_switches(|s| {
        s.latency.actions.insert("CreateTags".to_owned(), Delay::Fixed(1500));
    });
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let pty = start(&account, &[&["add", "--yes"], &ids[..]].concat());
    while !account.sim.counts().contains_key("CreateTags") {
        std::thread::yield_now();
    }
    pty.press(&[CtrlC]);
    let end = pty.ends_with(3);
    let words = end.raw.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("could be tried"), "{words}");
    assert!(words.contains("On the blacklist now ("), "{words}");
}

#[test]
fn the_list_and_the_questions_as_they_look() {
    for (window, end) in [(WINDOW, ""), (NARROW, "-narrow")] {
        let account = Account::starter();
        let screen = |name: &str| format!("docs/screens/blacklist-{name}{end}.txt");
        let pty = Pty::start(&account.program(BLACKLIST, &[]), window);
        pty.wait_for("Done: nothing").shows(&screen("1-menu"));
        take(&pty, "Pick instances to add");
        pty.wait_for(PICK).wait_for("[ ] i-").press(&[Down; 3]).press(&[Space]);
        pty.wait_for("> [x] i-0a000000000000005").shows(&screen("2-pick")).press(&[Enter]);
        take(&pty, "Done: look at");
        pty.wait_for(SURE).shows(&screen("3-before-writing")).types("y");
        pty.ends_with(0);
        let pty = Pty::start(&account.program(BLACKLIST, &["list"]), window);
        pty.ends_with(0);
        pty.shows(&screen("4-list"));
    }
}

#[test]
fn no_color_means_the_same_screen_without_colours() {
    let account = account();
    let coloured = start(&account, &[]);
    coloured.wait_for(MENU).wait_for("Done");
    let plain = Pty::start(account.program(BLACKLIST, &[]).env("NO_COLOR", "1"), WINDOW);
    plain.wait_for(MENU).wait_for("Done").wait_screen(&coloured.screen());
    let (coloured, plain) = (coloured.press(&[CtrlC]).ends(), plain.press(&[CtrlC]).ends());
    assert!(coloured.raw.contains("\u{1b}[1m"), "{:?}", coloured.raw);
    assert!(!plain.raw.contains("\u{1b}[1m"), "{:?}", plain.raw);
}

#[test]
fn without_a_terminal_it_says_what_is_missing() {
    let account = account();
    let off = |args: &[&str], redirect: fn(&mut Command)| {
        let pty = Pty::start_with(&account.program(BLACKLIST, args), WINDOW, redirect);
        let end = pty.ends_with(64);
        end.screen.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let nobody: fn(&mut Command) = |starter| {
        starter.stdin(Stdio::null());
    };
    let said = off(&[], nobody);
    assert!(said.contains("`add, remove or list` is needed"), "{said}");
    let said = off(&["add", "i-1"], nobody);
    assert!(said.contains("`--yes` is needed"), "{said}");
    account.only_read();
}
