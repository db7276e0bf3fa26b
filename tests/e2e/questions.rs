//! How people are asked on a terminal: every kind of question, with its answers, the ways back and the ways out. The program
//! is `bin/questions.rs`, which only asks.

use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::pty::Key::{Backspace, CtrlC, Down, Enter, Esc, Left, Right, Space, Up};
use crate::pty::{NARROW, Pty, WINDOW};
use crate::support::Run;

/// Every kind of question, and what is on the screen last when it waits for the answer.
const KINDS: [(&str, &str); 6] = [
    ("choose", "Büro-2"),
    ("choose --items 300", "search: |"),
    ("many", "Büro-2"),
    ("many --items 300", "\n>\n"),
    ("confirm", "[y/N]"),
    ("text", "\n>\n"),
];

fn command(line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_questions"));
    command.args(line.split(' '));
    command
}

fn ask(line: &str) -> Pty {
    Pty::start(&command(line), WINDOW)
}

fn ask_narrow(line: &str) -> Pty {
    Pty::start(&command(line), NARROW)
}

#[test]
fn one_of_a_few() {
    let pty = ask("choose");
    pty.wait_for("Büro-2").press(&[Down, Enter]);
    // Question and answer stay, whole; the list does not.
    assert_eq!(
        pty.ends_with(0).screen,
        "Which instance? i-0de0000000000001 db-1 m5.large [2J shop, the VPC of all shops\n\
         of the north\n\
         answer: i-0de0000000000001  db-1  m5.large\n"
    );
    let pty = ask("choose --current 2");
    pty.wait_for("> i-0de0000000000002").press(&[Up, Up, Up, Enter]);
    assert!(pty.ends_with(0).screen.contains("answer: i-0de0000000000002"));
}

#[test]
fn one_of_hundreds_is_found_by_typing() {
    let pty = ask("choose --items 300");
    pty.wait_for("i-0de0000000000019").types("db-29x");
    pty.wait_for("search: db-29x|").wait_gone("i-0de");
    pty.press(&[Backspace, Left, Left, Right]).wait_for("search: db-2|9").wait_for("> i-0de");
    pty.types("5").wait_for("search: db-25|9").press(&[Enter]);
    assert!(pty.ends_with(0).screen.contains("answer: i-0de0000000000259  db-259"));

    // Down past the last line that is shown, and up again.
    let pty = ask("choose --items 300 --current 18");
    pty.wait_for("> i-0de0000000000018").press(&[Down, Down, Down]);
    pty.wait_for("> i-0de0000000000021").wait_gone("i-0de0000000000001").press(&[Enter]);
    assert!(pty.ends_with(0).screen.contains("answer: i-0de0000000000021"));
}

#[test]
fn some_of_a_few() {
    let pty = ask("many");
    pty.wait_for("Büro-2").press(&[Enter]);
    // Nothing ticked looks like an answer to who presses Enter, and is none.
    pty.wait_for("nothing is ticked").press(&[Space, Down, Down, Space]);
    pty.wait_for("> [x] i-0de0000000000002").wait_for("  [x] i-0de0000000000000");
    pty.wait_for("  [ ] i-0de0000000000001").press(&[Enter]);
    let end = pty.ends_with(0);
    assert_eq!(
        end.screen,
        "nothing is ticked: space ticks the line at >, esc goes back\n\
         Which instances are to be left alone? 2 of 3\n\
         answer: [0, 2]\n"
    );
    let pty = ask("many");
    pty.wait_for("Büro-2").types("a").wait_for("[x] i-0de0000000000002").press(&[Enter]);
    assert!(pty.ends_with(0).screen.contains("answer: [0, 1, 2]"));
}

#[test]
fn some_of_hundreds() {
    let pty = ask("many --items 300");
    pty.wait_for("300 to choose from").types("nowhere").press(&[Enter]);
    pty.wait_for("nothing matches `nowhere`").types("db-2").press(&[Enter]);
    pty.wait_for("36 of 300 match `db-2`").wait_for("[Page 1/2]").wait_for("> [ ]");
    pty.press(&[Enter]).wait_for("nothing is ticked").types("db-29").press(&[Enter]);
    pty.wait_for("3 of 300 match `db-29`").wait_for("db-298").press(&[Space, Down, Space]);
    pty.wait_for("> [x] i-0de0000000000295").press(&[Enter]);
    pty.wait_for("> done: 2 of 300").press(&[Down, Enter]);
    // An id that was ticked before is ticked still, whatever is searched.
    pty.wait_for("300 to choose from").types("0000000000295").press(&[Enter]);
    pty.wait_for("> [x] i-0de0000000000295").press(&[Space, Enter]);
    pty.wait_for("> done: 1 of 300").press(&[Down, Down, Enter]);
    pty.wait_for("what is ticked").wait_for("> [x] i-0de0000000000292").press(&[Esc]);
    pty.wait_for("> done: 1 of 300").press(&[Enter]);
    assert!(pty.ends_with(0).screen.contains("answer: [292]"));
}

#[test]
fn yes_is_said_and_never_assumed() {
    for (keys, answer) in
        [("y", "yes\nanswer: agreed"), ("n", "no\nanswer: refused"), ("\r", "no\nanswer: refused")]
    {
        let pty = ask("confirm");
        pty.wait_for("[y/N]").types(keys);
        let question = "Remove 12 sessions of vpc-0de00000000000001, now and here?";
        assert_eq!(pty.ends_with(0).screen, format!("{question} {answer}\n"));
    }
}

#[test]
fn a_text_is_asked_for_until_it_is_right() {
    let pty = ask("text");
    pty.wait_for("\n>\n").types("i-1, banana").press(&[Enter]);
    pty.wait_for("`banana` is not an instance id").wait_for("> i-1, banana");
    pty.press(&[Backspace; 6]).wait_for("> i-1,\n").types("i-ü").press(&[Enter]);
    assert_eq!(
        pty.ends_with(0).screen,
        "`banana` is not an instance id\nIds of instances: i-1, i-ü\nanswer: i-1, i-ü\n"
    );
}

#[test]
fn a_pasted_list_is_longer_than_a_line_and_leaves_nothing_behind() {
    let ids: Vec<String> = (0..20).map(|n| format!("i-0de0000000000{n:04}")).collect();
    let pty = ask_narrow("text");
    pty.wait_for("\n>\n").types(&ids.join(",")).wait_for("00018,i-0de00000000000019\n");
    assert_eq!(pty.screen().lines().count(), 3, "{}", pty.screen());
    pty.press(&[Enter]);
    let screen = pty.ends_with(0).screen;
    assert!(!screen.contains("> ") && screen.starts_with("Ids of instances:"), "{screen}");
    assert_eq!(screen.matches("Ids of").count(), 1, "{screen}");
}

#[test]
fn a_pasted_column_of_ids_is_taken_whole() {
    let pty = ask("text");
    pty.wait_for("\n>\n").types("i-1\ri-2\r\ni-3").wait_for("> i-1 i-2  i-3").press(&[Enter]);
    assert!(pty.ends_with(0).screen.ends_with("answer: i-1 i-2  i-3\n"));
    // With a line break at its end it is an answer.
    let pty = ask("text");
    pty.wait_for("\n>\n").types("i-1\ri-2\r");
    assert!(pty.ends_with(0).screen.ends_with("answer: i-1 i-2\n"));
}

#[test]
fn thousands_of_pasted_ids_are_taken_whole() {
    let ids: Vec<String> = (0..5000).map(|n| format!("i-0de0000000000{n:04}")).collect();
    let pty = ask("text");
    pty.wait_for("\n>\n").types(&ids.join("\r")).wait_for("00000004998 i-0de00000000004999\n");
    pty.press(&[Enter]);
    let raw = pty.ends_with(0).raw;
    let (_, answer) = raw.split_once("answer: ").unwrap();
    let taken: Vec<&str> = answer.split_whitespace().take(ids.len()).collect();
    assert!(taken == ids, "{} ids: {answer:.200}", taken.len());
}

#[test]
fn pasted_line_breaks_do_not_answer_the_next_question() {
    let pty = ask("both");
    pty.wait_for("\n>\n").types("i-1\ry\ry\r");
    pty.wait_for("`y` is not an instance id").wait_for("> i-1 y y\n");
    pty.press(&[Backspace; 4]).wait_for("> i-1\n").press(&[Enter]);
    pty.wait_for("Sure? [y/N]").press(&[Enter]);
    assert!(pty.ends_with(0).screen.contains("answer: i-1, sure: false"));
}

#[test]
fn keys_that_mean_nothing_and_marks_around_a_paste_are_no_text() {
    let pty = ask("text");
    pty.wait_for("\n>\n").types("\x1b[200~i-1\x1b[201~").wait_for("> i-1\n");
    // Ctrl-Right, F5, F1.
    pty.types("\x1b[1;5C\x1b[15~\x1bOP,i-2").wait_for("> i-1,i-2\n").press(&[Enter]);
    assert!(pty.ends_with(0).screen.ends_with("answer: i-1,i-2\n"));
}

#[test]
fn esc_goes_back_from_every_question() {
    for (kind, shown) in KINDS {
        let pty = ask(kind);
        pty.wait_for(shown).press(&[Esc]);
        assert_eq!(pty.ends_with(1).screen, "cancelled: nothing was changed\n", "{kind}");
    }
}

#[test]
fn ctrl_c_and_signals_end_every_question_and_give_the_terminal_back() {
    let ctrl_c: fn(&Pty) -> &Pty = |pty| pty.press(&[CtrlC]);
    let ways_out = [
        ("Ctrl-C", ctrl_c),
        ("SIGINT", |pty| pty.signal(Signal::INT)),
        ("SIGTERM", |pty| pty.signal(Signal::TERM)),
    ];
    for (kind, shown) in KINDS {
        for (way, leave) in ways_out {
            let pty = ask(kind);
            leave(pty.wait_for(shown));
            let screen = pty.ends_with(130).screen;
            assert!(
                screen.ends_with("\ninterrupted: nothing was changed\n"),
                "{kind}, {way}: {screen}"
            );
            assert!(!screen.contains("answer"), "{kind}, {way}: {screen}");
        }
    }
}

#[test]
fn while_nothing_is_written_a_signal_ends_at_once() {
    for signal in [Signal::INT, Signal::TERM] {
        let pty = ask("read");
        pty.wait_for("reading the account").signal(signal);
        assert!(pty.ends_with(130).screen.ends_with("interrupted: nothing was changed\n"));
    }
    let pty = ask("read");
    pty.wait_for("reading the account").press(&[CtrlC]);
    assert!(pty.ends_with(130).screen.ends_with("interrupted: nothing was changed\n"));
}

#[test]
fn while_something_is_written_the_first_signal_stops_in_good_order() {
    let pty = ask("write");
    pty.wait_for("writing").press(&[CtrlC]).wait_for("stopped: interrupted").press(&[CtrlC]);
    let screen = pty.ends_with(130).screen;
    let line = "interrupted: changes were under way: the same command, run again, completes";
    assert!(screen.contains(line), "{screen}");
}

#[test]
fn moving_in_a_narrow_window_leaves_no_rubbish() {
    // Each with its last line.
    let kinds = [
        ("choose", "> ", "Büro-2  m5.larg…\n"),
        ("choose --items 300", "> ", "web-18  m5.large…\n"),
        ("many", "> [ ] ", "Büro-2  m5.l…\n"),
        ("many --items 60", "> [ ] ", "web-18  m5.l…\n"),
    ];
    for (kind, cursor, last) in kinds {
        let pty = ask_narrow(kind);
        if kind == "many --items 60" {
            pty.wait_for("\n>\n").press(&[Enter]);
        }
        let first = pty.wait_for(last).screen();
        // Only the mark of the cursor moves, and no line is too long.
        let item = |n: usize| format!("{}i-0de000000000000{n}", &cursor[2..]);
        let at = |n: usize| {
            let unmarked = first.replace(&format!("> {}", item(0)), &format!("  {}", item(0)));
            unmarked.replace(&format!("  {}", item(n)), &format!("> {}", item(n)))
        };
        assert!(first.contains(&format!("{cursor}i-0de0000000000000")), "{first}");
        let mut lines = first.lines();
        assert_eq!(lines.find(|line| line.chars().count() >= NARROW.0.into()), None, "{kind}");
        for (key, n) in [(Down, 1), (Down, 2), (Up, 1), (Up, 0)] {
            pty.press(&[key]).wait_screen(&at(n));
        }
    }
}

#[test]
fn how_they_look() {
    for (window, size) in [(WINDOW, 80), (NARROW, 40)] {
        let pty = Pty::start(&command("choose --items 9"), window);
        pty.shows(&format!("tests/golden/choose-{size}.txt")).types("Bü");
        pty.shows(&format!("tests/golden/choose-searched-{size}.txt")).press(&[Enter]);
        pty.ends_with(0);
        let pty = Pty::start(&command("many --items 60"), window);
        pty.shows(&format!("tests/golden/many-search-{size}.txt")).types("-1").press(&[Enter]);
        pty.wait_for("i-0de0000000000019").press(&[Space, Down]);
        pty.shows(&format!("tests/golden/many-{size}.txt")).press(&[Enter]);
        pty.shows(&format!("tests/golden/many-done-{size}.txt")).press(&[Enter]);
        pty.ends_with(0);
    }
}

#[test]
fn no_color_means_the_same_screen_without_colours() {
    for (kind, shown) in KINDS {
        let coloured = ask(kind);
        coloured.wait_for(shown);
        let plain = Pty::start(command(kind).env("NO_COLOR", "1"), WINDOW);
        plain.wait_for(shown).wait_screen(&coloured.screen());
        let (coloured, plain) = (coloured.press(&[CtrlC]).ends(), plain.press(&[CtrlC]).ends());
        assert!(!paints(&plain.raw), "{kind}: {:?}", plain.raw);
        assert!(paints(&coloured.raw), "{kind}: {:?}", coloured.raw);
    }
}

/// Whether anything changes colours or weights: `ESC [ … m`.
fn paints(raw: &str) -> bool {
    raw.split("\u{1b}[").skip(1).any(|rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m')
    })
}

#[test]
fn without_a_terminal_the_flag_is_named() {
    for (kind, _) in KINDS {
        let run = Run::of(command(kind).env_clear().stdin(Stdio::null()).output().unwrap());
        assert_eq!((run.code, run.stdout.as_str()), (64, ""), "{kind}: {}", run.stderr);
        run.says(&["`--answer` is needed: there is no terminal to ask on", "Usage: questions"]);

        // A terminal to write to is not enough: what comes from a pipe is no person's answer.
        let pty = Pty::start_with(&command(kind), WINDOW, |starter| {
            starter.stdin(Stdio::null());
        });
        assert!(pty.ends_with(64).screen.contains("`--answer` is needed"));
    }
}

#[test]
fn a_window_that_is_too_small_is_said() {
    for window in [(80, 5), (29, 24)] {
        let pty = Pty::start(&command("many"), window);
        let end = pty.ends();
        assert_eq!(end.code, 1);
        let words = end.raw.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("it has less than 6 lines of 30 columns"), "{words}");
    }
}

#[test]
fn in_the_smallest_window_the_question_stays_in_sight() {
    let start = |kind: &str| Pty::start(&command(kind), (30, 6));
    // Each with what it begins with, and the line that the answer is given in.
    for (kind, question, answer) in [
        ("choose", "Which instance?\n", "> i-0de"),
        ("choose --items 300", "Which instance?\n", "> i-0de"),
        // Three do not fit, so that they are searched too.
        ("many", "Which instances are to be", "\n>\n"),
        ("many --items 300", "Which instances are to be", "\n>\n"),
        ("confirm", "Remove 12 sessions of", "[y/N]"),
        ("text", "Ids of instances\n", "\n>\n"),
    ] {
        let pty = start(kind);
        pty.wait_for(answer).wait_for(question).press(&[Esc]);
        let screen = pty.ends_with(1).screen;
        assert_eq!(screen, "cancelled: nothing was\n  changed\n", "{kind}");
    }
    // What is found is drawn once more for every key.
    let pty = start("many --items 300");
    pty.wait_for("\n>\n").types("db").press(&[Enter]);
    pty.wait_for("> [ ] i-0de0000000000001").press(&[Down]);
    pty.wait_for("> [ ] i-0de0000000000004").wait_for("Which instances are to be");
    pty.press(&[Up]).wait_for("> [ ] i-0de0000000000001").wait_for("Which instances are to be");
    let pty = start("choose --items 300");
    pty.wait_for("> i-0de0000000000000").press(&[Down, Down, Down]);
    pty.wait_for("> i-0de0000000000003").wait_for("Which instance?\n");
}
