//! A simulated account, the real binary run against it as a process, and what both say afterwards.

use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};

use aws_sim::{After, Deed, Generate, RegionWorld, Scenario, Simulator, Switches};
use serde_json::Value;

/// `session_mirror_tap`.
pub const TAP: &str = env!("CARGO_BIN_EXE_session_mirror_tap_dup");

/// `session_mirror_audit`.
pub const AUDIT: &str = env!("CARGO_BIN_EXE_session_mirror_audit_dup");

/// `session_mirror_config_vpc`.
pub const CONFIG_VPC: &str = env!("CARGO_BIN_EXE_session_mirror_config_vpc_dup");

/// `session_mirror_blacklist`.
pub const BLACKLIST: &str = env!("CARGO_BIN_EXE_session_mirror_blacklist_dup");

/// `session_mirror_whitelist`.
pub const WHITELIST: &str = env!("CARGO_BIN_EXE_session_mirror_whitelist_dup");

/// The region that all scenarios use.
pub const REGION: &str = "us-east-1";

/// An account to run against.
pub struct Account {
    pub sim: Simulator,
}

/// What one run left behind.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A session as the account has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub eni: String,
    pub target: String,
    pub filter: String,
    pub number: u64,
    pub ours: bool,
    pub all: Value,
}

impl Account {
    pub fn of(scenario: Scenario) -> Self {
        Self { sim: Simulator::start(scenario, Switches::default()).unwrap() }
    }

    pub fn demo() -> Self {
        Self::of(Scenario::demo())
    }

    pub fn yaml(text: &str) -> Self {
        Self::of(Scenario::from_yaml("test.yaml", text).unwrap())
    }

    /// A fleet of running, supported instances in enabled VPCs, none of which is mirrored yet.
    pub fn fleet(instances: usize) -> Self {
        Self::of(Scenario::generate(&Generate {
            instances,
            existing_sessions: 0.0,
            stopped: 0.0,
            blacklisted: 0.0,
            unsupported: 0.0,
            region: REGION.to_owned(),
            ..Generate::default()
        }))
    }

    /// A run of the tap that talks to this account and knows nothing of the machine that it runs on.
    pub fn command(&self, args: &[&str]) -> Command {
        self.program(TAP, args)
    }

    /// The same for any binary.
    pub fn program(&self, binary: &str, args: &[&str]) -> Command {
        let mut command = hermetic(binary, args);
        command
            .env("AWS_ENDPOINT_URL", self.sim.endpoint_url())
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", REGION);
        command
    }

    pub fn tap(&self, args: &[&str]) -> Run {
        Run::of(self.command(args).output().unwrap())
    }

    /// Runs and expects an exit code.
    pub fn tap_exits(&self, code: i32, args: &[&str]) -> Run {
        let run = self.tap(args);
        assert_eq!(run.code, code, "{args:?}\n{}\n{}", run.stdout, run.stderr);
        run
    }

    /// Runs any binary and expects an exit code.
    pub fn exits(&self, binary: &str, code: i32, args: &[&str]) -> Run {
        let run = Run::of(self.program(binary, args).output().unwrap());
        assert_eq!(run.code, code, "{args:?}\n{}\n{}", run.stdout, run.stderr);
        run
    }

    /// Runs with `--output json`, expects an exit code and gives the document.
    pub fn json(&self, code: i32, args: &[&str]) -> Value {
        let args = [&["--output", "json"], args].concat();
        self.tap_exits(code, &args).document()
    }

    pub fn edit<T>(&self, change: impl FnOnce(&mut RegionWorld) -> T) -> T {
        self.sim.edit(REGION, change)
    }

    /// How many calls were refused for their rate.
    pub fn refused(&self) -> usize {
        let is_refusal = |error: &Option<String>| error.as_deref() == Some("RequestLimitExceeded");
        self.sim.calls().iter().filter(|call| is_refusal(&call.error)).count()
    }

    /// All sessions by id.
    pub fn sessions(&self) -> BTreeMap<String, Session> {
        let snapshot = self.sim.snapshot();
        let sessions = snapshot["regions"][REGION]["sessions"].as_object().cloned();
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let sessions = sessions.unwrap_or_default().into_iter();
        sessions
            .map(|(id, all)| {
                let session = Session {
                    eni: text(&all, "eni"),
                    target: text(&all, "target"),
                    filter: text(&all, "filter"),
                    number: all["number"].as_u64().unwrap(),
                    ours: all["tags"]["Creator"] == "Vectra:Tap",
                    all,
                };
                (id, session)
            })
            .collect()
    }

    /// The sessions that are not ours, whole.
    pub fn foreign(&self) -> BTreeMap<String, Session> {
        self.sessions().into_iter().filter(|(_, session)| !session.ours).collect()
    }

    /// The owned sessions by interface. Fails where an interface has two.
    pub fn owned_by_eni(&self) -> BTreeMap<String, Session> {
        let mut by_eni = BTreeMap::new();
        for (id, session) in self.sessions().into_iter().filter(|(_, session)| session.ours) {
            let double = by_eni.insert(session.eni.clone(), session);
            assert_eq!(double, None, "{id} is the second owned session on its interface");
        }
        by_eni
    }

    /// The interface of an instance by its name: the first.
    pub fn eni(&self, instance: &str) -> String {
        self.edit(|world| world.enis_of_instance(instance).first().cloned().unwrap())
    }

    /// Checks that there is nothing left to do, and that every eligible interface has exactly one owned session.
    pub fn is_settled(&self) {
        let before = self.sim.snapshot();
        let plan = self.json(0, &["--dry-run", "--detailed-exitcode"]);
        let totals = &plan["totals"];
        assert_eq!(totals["mirrored"], totals["eligible"], "{totals:#}");
        let owned = self.owned_by_eni().len();
        assert_eq!(totals["sessions"], owned, "{totals:#}");
        assert_eq!(self.sim.snapshot(), before, "a dry run changed something");
    }
}

/// Something that happens after the how-manieth call of an action.
pub fn after(call: usize, action: &str, deed: Deed) -> After {
    After { call, action: Some(action.to_owned()), deed }
}

impl Run {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The JSON document on stdout.
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}\n{}\n{}", self.stdout, self.stderr))
    }

    /// Checks that each of the words is said on stderr.
    #[track_caller]
    pub fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is missing in:\n{}", self.stderr);
        }
    }
}

/// A binary with nothing of this machine's environment.
pub fn hermetic(binary: &str, args: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command
        .args(args)
        .env_clear()
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null());
    command
}

/// The decisions of the only region, as `name action reason outcome`.
pub fn decisions(document: &Value) -> Vec<String> {
    let of_region = document["regions"][0]["decisions"].as_array().unwrap();
    of_region
        .iter()
        .map(|d| {
            let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let (name, action) = (word(&d["name"]), word(&d["action"]));
            format!("{name} {action} {} {}", word(&d["reason"]), word(&d["outcome"]["code"]))
        })
        .collect()
}
