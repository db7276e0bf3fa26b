//! The IAM policies in `deploy/iam/`, and the one in the SAM template, are made from the table of calls. `UPDATE_GOLDEN=1`
//! writes them anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tap_core::call::{Access, Call, Program};

#[path = "iam/render.rs"]
mod render;
#[path = "iam/statements.rs"]
mod statements;

use statements::{Names, Statement};

const TEMPLATE: &str = "deploy/sam/template.yaml";
const BEGIN: &str = "# Made from the table of calls; UPDATE_GOLDEN=1 cargo test -p tap-core --test iam writes it anew.\n";
const END: &str = "# End of what is made from the table of calls.";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The statements of one program, in the published files' names.
fn of(program: Program) -> Vec<Statement> {
    let all = statements::all(&Names::published());
    all.into_iter().filter(|statement| statement.programs.contains(&program)).collect()
}

/// Compares a file with what it should be, or writes it.
fn is_current(file: &str, expected: &str) {
    let path = root().join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, expected).expect("the file can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{file} is not what the table of calls says: UPDATE_GOLDEN=1 cargo test -p tap-core --test iam"
    );
}

/// A call without a statement would be denied, and a statement without a call is a right that nobody needs.
#[test]
fn every_call_has_a_statement_and_every_statement_a_call() {
    for program in Program::ALL {
        let made = Call::ALL.iter().filter(|call| call.programs().contains(&program));
        let needed: BTreeSet<&str> = made.filter_map(|call| call.iam_action()).collect();
        let statements = of(program);
        let allowed: BTreeSet<&str> = statements
            .iter()
            .flat_map(|statement| statement.calls.iter().filter_map(|call| call.iam_action()))
            .collect();
        let wrong: Vec<_> = needed.symmetric_difference(&allowed).collect();
        assert!(wrong.is_empty(), "{program:?}: called or allowed, but not both: {wrong:?}");
        for statement in &statements {
            let actions = statement.actions();
            assert!(!actions.is_empty(), "{program:?}: {} allows nothing", statement.sid);
        }
    }
}

/// Neither by the table nor by what stands in the policy: it is given away without a second thought.
#[test]
fn the_audit_only_reads() {
    let made = || Call::ALL.iter().filter(|call| call.programs().contains(&Program::Audit));
    assert!(made().count() > 20);
    for call in made() {
        assert_eq!(call.access(), Access::Read, "{call}");
    }
    let policy: serde_json::Value =
        serde_json::from_str(&render::json(&of(Program::Audit))).expect("it is JSON");
    let statements = policy["Statement"].as_array().expect("a list");
    assert!(!statements.is_empty());
    for statement in statements {
        assert_eq!(statement["Effect"], "Allow");
        assert!(statement.get("NotAction").is_none(), "{statement:#}");
        let actions = &statement["Action"];
        let one = std::slice::from_ref(actions);
        for action in actions.as_array().map_or(one, |several| several) {
            let (_, name) = action.as_str().and_then(|a| a.split_once(':')).expect("an action");
            let reads = ["Describe", "List", "Get"].iter().any(|verb| name.starts_with(verb));
            assert!(reads && !name.contains('*'), "{action}");
        }
    }
}

/// What IAM asks of a statement's name, and what a person needs to find it.
#[test]
fn every_statement_has_a_name_of_its_own() {
    for program in Program::ALL {
        let mut seen = BTreeSet::new();
        for Statement { sid, .. } in of(program) {
            assert!(sid.chars().all(|c| c.is_ascii_alphanumeric()), "{program:?}: {sid}");
            assert!(seen.insert(sid), "{program:?}: {sid} twice");
        }
    }
}

#[test]
fn the_published_policies_are_those_of_the_table() {
    for program in Program::ALL {
        is_current(program.policy_file(), &render::json(&of(program)));
    }
}

/// A managed policy holds 6,144 characters and all inline policies of a role 10,240; IAM counts no white space.
#[test]
fn the_policies_fit_into_managed_policies_and_into_roles() {
    for program in Program::ALL {
        let text = render::json(&of(program));
        let size = text.chars().filter(|c| !c.is_whitespace()).count();
        assert!(size <= 6_144, "{}: {size}", program.policy_file());
    }
}

/// The part of the template between the marks; the indentation is that of the first mark.
#[test]
fn the_policy_in_the_template_is_that_of_the_table() {
    let text = std::fs::read_to_string(root().join(TEMPLATE)).expect("the template can be read");
    let (before, rest) = text.split_once(BEGIN).expect("the template has the first mark");
    let (_, after) = rest.split_once(END).expect("the template has the second mark");
    let indent = before.rsplit('\n').next().unwrap_or_default();
    assert!(indent.chars().all(|c| c == ' '), "the mark stands alone on its line");
    let all = statements::all(&Names::of_the_template());
    let policy: Vec<Statement> =
        all.into_iter().filter(|statement| statement.programs.contains(&Program::Lambda)).collect();
    let block = render::yaml(&policy, indent);
    is_current(TEMPLATE, &format!("{before}{BEGIN}{block}{indent}{END}{after}"));
}
