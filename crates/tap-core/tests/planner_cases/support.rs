//! `case()`: one row of a case table. It plans a scenario, compares everything that the plan says, applies the plan to an
//! account that keeps AWS's limits, and plans again: nothing may be left to do.
//!
//! A row must end with [`Case::settles`] or, where the plan is refused, with [`Case::ends_refused`]; and it must name every
//! note and finding, so that none appears unasked.

use tap_core::apply::Outcome;
use tap_core::inventory::Inventory;
use tap_core::plan::{FilterPlan, FilterStep, Plan, guard, plan};
use tap_core::settings::Settings;
use tap_core::testing::{Scenario, TestCloud};

use crate::common::{carry_out, change_line, foreign, line};

/// A row being checked.
#[must_use]
pub struct Case {
    name: String,
    inventory: Inventory,
    settings: Settings,
    plan: Plan,
    notes_named: bool,
    findings_named: bool,
}

/// Plans a scenario under the default settings.
pub fn case(name: &str, scenario: Scenario) -> Case {
    case_with(name, scenario, |_| {})
}

/// Plans a scenario under settings of its own.
#[track_caller]
pub fn case_with(name: &str, scenario: Scenario, change: impl FnOnce(&mut Settings)) -> Case {
    let mut settings = Settings::default();
    change(&mut settings);
    let inventory = scenario.build();
    let plan = match plan(&inventory, &settings) {
        Ok(plan) => guard(plan, &settings),
        Err(error) => panic!("{name}: {error}"),
    };
    Case {
        name: name.to_owned(),
        inventory,
        settings,
        plan,
        notes_named: false,
        findings_named: false,
    }
}

impl Case {
    /// Compares all decisions, in the order of the plan: `eni-1 skip not-running; eni-2 keep in-sync`.
    #[track_caller]
    pub fn expects(self, lines: &str) -> Self {
        let decided: Vec<String> = self.plan.decisions.iter().map(line).collect();
        self.same("decisions", decided, lines)
    }

    /// As [`Case::expects`], for the decisions that are not as in `but`.
    #[track_caller]
    pub fn expects_beside(self, but: &str, lines: &str) -> Self {
        let decided = self.plan.decisions.iter().map(line);
        let left: Vec<String> = decided.filter(|l| !l.ends_with(but)).collect();
        self.same("decisions", left, lines)
    }

    /// Compares how many decisions end like this: `create not-mirrored`.
    #[track_caller]
    pub fn counts(self, what: &str, expected: usize) -> Self {
        let decided = self.plan.decisions.iter().map(line);
        let found = decided.filter(|l| l.ends_with(what)).count();
        assert_eq!(found, expected, "{}: decisions `{what}`", self.name);
        self
    }

    /// Compares all changes with their facts, as [`change_line`] shows them.
    #[track_caller]
    pub fn changes(self, lines: &str) -> Self {
        let changes: Vec<String> = self.plan.decisions.iter().filter_map(change_line).collect();
        self.same("changes", changes, lines)
    }

    /// Compares all notes: `eni-1 second-in-line`.
    #[track_caller]
    pub fn notes(mut self, lines: &str) -> Self {
        self.notes_named = true;
        let notes = self.note_lines();
        self.same("notes", notes, lines)
    }

    /// Compares the codes of all findings.
    #[track_caller]
    pub fn finds(mut self, codes: &str) -> Self {
        self.findings_named = true;
        let found = self.plan.findings.iter().map(|f| f.code().to_owned()).collect();
        self.same("findings", found, codes)
    }

    /// Compares the sentences of all findings, one line each.
    #[track_caller]
    pub fn says(self, sentences: &str) -> Self {
        let said: Vec<String> = self.plan.findings.iter().map(ToString::to_string).collect();
        assert_eq!(said.join("\n"), sentences, "{}", self.name);
        self
    }

    /// Compares what becomes of the filter of the run: `use tmf-1`, `complete tmf-1`, `create`, `none`.
    #[track_caller]
    pub fn filter(self, expected: &str) -> Self {
        let of_run = self.plan.filter_of_run(&self.settings);
        let is = of_run.map_or_else(|| "none".to_owned(), |(_, filter)| step(filter));
        assert_eq!(is, expected, "{}: filter", self.name);
        self
    }

    /// Compares what becomes of all filters, one line each: `all: use tmf-1`.
    #[track_caller]
    pub fn filters(self, lines: &str) -> Self {
        let filters = self.plan.filters.iter();
        let is: Vec<String> = filters.map(|(key, f)| format!("{key}: {}", step(f))).collect();
        assert_eq!(is.join("; "), lines, "{}: filters", self.name);
        self
    }

    /// Compares the interfaces that count as eligible.
    #[track_caller]
    pub fn eligible(self, enis: &str) -> Self {
        let counted = self.plan.decisions.iter().filter(|d| d.eligible);
        let counted: Vec<String> = counted.map(|d| d.eni.to_string()).collect();
        self.same("eligible", counted, enis)
    }

    /// Compares the reasons' sentences, for all decisions.
    #[track_caller]
    pub fn because(self, sentences: &str) -> Self {
        let said = self.plan.decisions.iter().map(|d| d.reason.to_string());
        let said: Vec<String> = said.collect();
        assert_eq!(said.join("\n"), sentences, "{}", self.name);
        self
    }

    /// The plan, for what there is no word for.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Ends a row whose plan is refused: nothing at all is written.
    #[track_caller]
    pub fn ends_refused(self, deletes: usize, owned: usize) {
        self.nothing_unasked();
        let Some(refusal) = &self.plan.refusal else {
            panic!("{}: is not refused", self.name);
        };
        assert_eq!((refusal.deletes, refusal.owned), (deletes, owned));
        let cloud = TestCloud::new(self.inventory.clone());
        let applied = carry_out(&self.plan, &self.settings, &cloud);
        assert!(applied.outcomes.is_empty(), "{}", self.name);
        assert_eq!(cloud.attempts(), Vec::<String>::new(), "{}", self.name);
    }

    /// Ends a row: the plan is applied as AWS's limits allow, every change succeeds, nobody else's session is touched, and
    /// a second plan has nothing to change.
    #[track_caller]
    pub fn settles(self) {
        self.nothing_unasked();
        let Self { name, inventory, settings, plan: first, .. } = self;
        assert_eq!(first.refusal, None, "{name}: is refused");
        let cloud = TestCloud::new(inventory.clone());
        let applied = carry_out(&first, &settings, &cloud);
        for (&i, outcome) in &applied.outcomes {
            let done = matches!(outcome, Outcome::Done { .. });
            let decided = line(&first.decisions[i]);
            assert!(done, "{name}: {decided}: {outcome:?}");
        }
        let changes = first.decisions.iter().filter(|d| d.action.is_change());
        assert_eq!(applied.outcomes.len(), changes.count(), "{name}: outcomes");
        let after = cloud.now();
        assert_eq!(
            foreign(&after, &settings),
            foreign(&inventory, &settings),
            "{name}: foreign sessions"
        );
        let second = plan(&after, &settings).map(|plan| guard(plan, &settings));
        let second = second.expect("what was there is still there");
        let left: Vec<String> = second.decisions.iter().filter_map(change_line).collect();
        assert!(
            !second.has_changes(),
            "{name}: is left to do: {left:?}, filter {:?}",
            second.filters
        );
    }

    fn note_lines(&self) -> Vec<String> {
        let noted = self.plan.decisions.iter();
        noted.flat_map(|d| d.notes.iter().map(move |n| format!("{} {}", d.eni, n.code()))).collect()
    }

    #[track_caller]
    fn nothing_unasked(&self) {
        if !self.notes_named {
            let notes = self.note_lines();
            assert!(notes.is_empty(), "{}: notes unasked: {notes:?}", self.name);
        }
        if !self.findings_named {
            let findings = &self.plan.findings;
            assert!(findings.is_empty(), "{}: findings unasked: {findings:?}", self.name);
        }
    }

    #[track_caller]
    fn same(self, what: &str, is: Vec<String>, expected: &str) -> Self {
        let expected: Vec<&str> =
            expected.split([';', '\n']).map(str::trim).filter(|l| !l.is_empty()).collect();
        assert_eq!(is, expected, "{}: {what}", self.name);
        self
    }
}

/// What becomes of one filter, in two words.
fn step(filter: &FilterPlan) -> String {
    match &filter.step {
        FilterStep::Use(id) => format!("use {id}"),
        FilterStep::Complete { filter, .. } => format!("complete {filter}"),
        FilterStep::Create => "create".to_owned(),
    }
}
