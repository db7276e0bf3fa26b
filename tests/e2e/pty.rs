//! A person at a terminal: a program started on a real pseudo-terminal, keys that are pressed, and the screen that they are
//! answered with. Nothing sleeps: whoever waits, waits for what is to be seen.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// The program that gives another its terminal.
const ON_TERMINAL: &str = env!("CARGO_BIN_EXE_on_terminal");

/// How long something that must come may take, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// While golden screens are written: how long nothing may happen before a screen counts as complete.
const CALM: Duration = Duration::from_millis(500);

/// The usual window: 80 columns, 24 lines.
pub const WINDOW: (u16, u16) = (80, 24);

/// A narrow one.
pub const NARROW: (u16, u16) = (40, 24);

/// What is written to the terminal behind all that the program wrote: no terminal shows it. Where the last one just lets go
/// of a terminal, the system throws away what was not read yet.
const LAST: &[u8] = b"\x1b]last\x07";

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Enter,
    Space,
    Up,
    Down,
    Left,
    Right,
    Backspace,
    /// Comes alone: what follows at once is taken for a part of it.
    Esc,
    CtrlC,
}

impl Key {
    fn bytes(self) -> &'static str {
        match self {
            Self::Enter => "\r",
            Self::Space => " ",
            Self::Up => "\x1b[A",
            Self::Down => "\x1b[B",
            Self::Right => "\x1b[C",
            Self::Left => "\x1b[D",
            Self::Backspace => "\x7f",
            Self::Esc => "\x1b",
            Self::CtrlC => "\x03",
        }
    }
}

/// A program on a terminal.
pub struct Pty {
    keys: File,
    pid: Pid,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// The program's end of the terminal, held so that nothing is lost when the program lets go of it.
    theirs: File,
}

struct State {
    parser: vt100::Parser,
    raw: Vec<u8>,
    /// The exit code, and whether the terminal was left as it was found.
    exit: Option<(i32, bool)>,
    /// Whether all that was written is read.
    closed: bool,
}

/// How a program left its terminal.
#[derive(Debug)]
pub struct End {
    pub code: i32,
    /// The last screen.
    pub screen: String,
    /// All that was written.
    pub raw: String,
    pub cursor_is_visible: bool,
    /// Whether keys are shown and lines edited again, as before.
    pub is_cooked: bool,
}

impl Pty {
    /// Starts a program in a window of so many columns and lines. It gets the arguments and the variables of the command, and
    /// nothing else of this machine's environment.
    pub fn start(command: &Command, window: (u16, u16)) -> Self {
        Self::start_with(command, window, |_| {})
    }

    /// The same with other streams than the terminal; stderr stays there.
    pub fn start_with(
        command: &Command,
        (columns, rows): (u16, u16),
        redirect: impl FnOnce(&mut Command),
    ) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let ours = openpt(flags).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&ours, size).unwrap();
        let theirs = File::from(ioctl_tiocgptpeer(&ours, flags).unwrap());
        let stream = || Stdio::from(theirs.try_clone().unwrap());

        let mut starter = Command::new(ON_TERMINAL);
        starter.arg(command.get_program()).args(command.get_args()).env_clear();
        starter.env("TERM", "xterm-256color");
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => starter.env(name, value),
                None => starter.env_remove(name),
            };
        }
        starter.stdin(stream()).stdout(stream()).stderr(stream());
        redirect(&mut starter);
        let mut child = starter.spawn().unwrap();
        // The command holds ends of the terminal too.
        drop(starter);

        let size = |n| NonZeroU16::new(n).unwrap();
        let state = State {
            parser: vt100::Parser::new(size(rows), size(columns), 0),
            raw: Vec::new(),
            exit: None,
            closed: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), theirs });
        let pid = Pid::from_child(&child);
        let reader = File::from(ours.try_clone().unwrap());
        std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.read(reader)
        });
        std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                let status = child.wait().unwrap();
                shared.exit(status.code().unwrap_or(-1));
            }
        });
        Self { keys: File::from(ours), pid, shared }
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> &Self {
        self.wait_until(&format!("`{text}`"), |state| contents(state).contains(text))
    }

    /// Waits until the screen shows a text no more.
    #[track_caller]
    pub fn wait_gone(&self, text: &str) -> &Self {
        self.wait_until(&format!("no `{text}`"), |state| !contents(state).contains(text))
    }

    /// Waits until the screen is this one.
    #[track_caller]
    pub fn wait_screen(&self, screen: &str) -> &Self {
        self.wait_until(&format!("the screen\n{screen}"), |state| contents(state) == screen)
    }

    /// Waits until the screen is the one in a file, by its path in this repository. `UPDATE_GOLDEN=1` writes it.
    #[track_caller]
    pub fn shows(&self, path: &str) -> &Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&file, self.calm()).unwrap();
        }
        let golden = std::fs::read_to_string(&file).unwrap_or_default();
        let what = format!("{path} (UPDATE_GOLDEN=1 writes it):\n{golden}");
        self.wait_until(&what, |state| contents(state) == golden)
    }

    /// Presses keys, one after the other.
    pub fn press(&self, keys: &[Key]) -> &Self {
        let bytes: String = keys.iter().map(|key| key.bytes()).collect();
        self.types(&bytes)
    }

    /// Types, or pastes, a text.
    pub fn types(&self, text: &str) -> &Self {
        (&self.keys).write_all(text.as_bytes()).unwrap();
        self
    }

    /// Sends a signal, as another process would, while the program runs.
    pub fn signal(&self, signal: Signal) -> &Self {
        assert!(self.shared.lock().exit.is_none(), "it has ended");
        kill_process(self.pid, signal).unwrap();
        self
    }

    /// The screen as it is now.
    pub fn screen(&self) -> String {
        contents(&self.shared.lock())
    }

    /// Waits until the program has ended and all that it wrote was read.
    #[track_caller]
    pub fn ends(&self) -> End {
        self.wait_until("the end", |state| state.closed);
        let state = self.shared.lock();
        let (code, is_cooked) = state.exit.unwrap();
        End {
            code,
            screen: contents(&state),
            raw: String::from_utf8_lossy(&state.raw).into_owned(),
            cursor_is_visible: !state.parser.screen().hide_cursor(),
            is_cooked,
        }
    }

    /// Waits for the end, and checks the exit code and that the terminal was given back as it was.
    #[track_caller]
    pub fn ends_with(&self, code: i32) -> End {
        let end = self.ends();
        assert_eq!(end.code, code, "{}", end.screen);
        assert!(end.cursor_is_visible && end.is_cooked, "{end:?}");
        end
    }

    /// Waits until nothing happens any more.
    fn calm(&self) -> String {
        let mut state = self.shared.lock();
        loop {
            let written = state.raw.len();
            state = self.shared.wait(state, CALM);
            if state.raw.len() == written {
                return contents(&state);
            }
        }
    }

    #[track_caller]
    fn wait_until(&self, what: &str, is: impl Fn(&State) -> bool) -> &Self {
        let patience = Instant::now() + PATIENCE;
        let mut state = self.shared.lock();
        while !is(&state) {
            let left = patience.saturating_duration_since(Instant::now());
            if left.is_zero() || state.closed {
                let (screen, exit) = (contents(&state), state.exit);
                // Not while it is locked: other threads still need it.
                drop(state);
                panic!("waited for {what}\n--- screen, exit {exit:?}:\n{screen}---");
            }
            state = self.shared.wait(state, left);
        }
        self
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if self.shared.lock().exit.is_none() {
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, guard: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(guard, time).unwrap_or_else(PoisonError::into_inner).0
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Shows what is written to the terminal.
    fn read(&self, mut terminal: File) {
        let mut bytes = [0; 4096];
        let mut is_last = false;
        while !is_last {
            let n = terminal.read(&mut bytes).unwrap();
            self.change(|state| {
                state.parser.process(&bytes[..n]);
                state.raw.extend_from_slice(&bytes[..n]);
                is_last = state.raw.ends_with(LAST);
                state.closed = is_last;
            });
        }
    }

    /// Takes note of the end of the program.
    fn exit(&self, code: i32) {
        let modes = tcgetattr(&self.theirs).unwrap().local_modes;
        let is_cooked = modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
        self.change(|state| state.exit = Some((code, is_cooked)));
        (&self.theirs).write_all(LAST).unwrap();
    }
}

/// The screen as text: no spaces at the ends of lines, no empty lines at its end.
fn contents(state: &State) -> String {
    let screen = state.parser.screen();
    let (_, columns) = screen.size();
    let rows: Vec<String> =
        screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect();
    let text = rows.join("\n");
    format!("{}\n", text.trim_end_matches('\n'))
}
