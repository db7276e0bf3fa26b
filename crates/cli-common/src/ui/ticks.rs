//! Choosing many of more items than fit on the screen: a search, the boxes to tick of what it finds, and again, until the
//! person is done. What was ticked stays ticked.

use std::collections::BTreeSet;

use super::UiError;
use super::search::matches;

/// What the person does in between.
pub(super) trait Steps {
    /// Types what to search for; nothing means everything.
    fn search(&self, hint: &str) -> Result<String, UiError>;

    /// Ticks some of the items; none is an answer as well. `items` and `ticked` are of the same length.
    fn tick(&self, hint: &str, items: &[String], ticked: &[bool]) -> Result<Vec<usize>, UiError>;

    /// Takes one of the ways on.
    fn go_on(&self, ways: &[String]) -> Result<usize, UiError>;

    /// Reads what is wrong.
    fn wrong(&self, line: &str) -> Result<(), UiError>;
}

/// Lets the person search and tick until it is done.
///
/// # Errors
/// [`UiError::Declined`], where the person goes back with nothing ticked; others of the steps.
pub(super) fn search_and_tick(
    person: &impl Steps,
    items: &[String],
) -> Result<Vec<usize>, UiError> {
    let total = items.len();
    let mut ticked: BTreeSet<usize> = BTreeSet::new();
    loop {
        let hint = format!(
            "{total} to choose from: type a part of what you look for, or nothing for all; esc goes back"
        );
        match person.search(&hint) {
            Ok(text) => search(person, items, &text, &mut ticked)?,
            Err(UiError::Declined) if !ticked.is_empty() => {}
            Err(error) => return Err(error),
        }
        while !ticked.is_empty() {
            let ways = [
                format!("done: {} of {total}", ticked.len()),
                "search again".to_owned(),
                "look at what is ticked".to_owned(),
            ];
            match person.go_on(&ways) {
                Ok(0) => return Ok(ticked.into_iter().collect()),
                Ok(1) | Err(UiError::Declined) => break,
                Ok(_) => {
                    let all: Vec<usize> = ticked.iter().copied().collect();
                    tick(person, items, &all, "what is ticked", &mut ticked)?;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn search(
    person: &impl Steps,
    items: &[String],
    text: &str,
    ticked: &mut BTreeSet<usize>,
) -> Result<(), UiError> {
    let found = matches(items, text);
    if found.is_empty() {
        return person.wrong(&format!("nothing matches `{text}`"));
    }
    let what = match text {
        "" => format!("all {}", items.len()),
        text => format!("{} of {} match `{text}`", found.len(), items.len()),
    };
    tick(person, items, &found, &what, ticked)?;
    if ticked.is_empty() { person.wrong(NONE_TICKED) } else { Ok(()) }
}

/// What is said to who presses Enter and has ticked nothing.
pub(super) const NONE_TICKED: &str = "nothing is ticked: space ticks the line at >, esc goes back";

/// Shows some of the items with their boxes. Going back leaves the boxes as they were.
fn tick(
    person: &impl Steps,
    items: &[String],
    shown: &[usize],
    hint: &str,
    ticked: &mut BTreeSet<usize>,
) -> Result<(), UiError> {
    let texts: Vec<String> = shown.iter().map(|i| items[*i].clone()).collect();
    let boxes: Vec<bool> = shown.iter().map(|i| ticked.contains(i)).collect();
    match person.tick(hint, &texts, &boxes) {
        Ok(answer) => {
            ticked.retain(|i| !shown.contains(i));
            ticked.extend(answer.into_iter().map(|i| shown[i]));
            Ok(())
        }
        Err(UiError::Declined) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use super::*;

    /// What a person does, step by step; what it saw is kept.
    struct Person {
        steps: RefCell<VecDeque<Step>>,
        saw: RefCell<Vec<String>>,
    }

    enum Step {
        Search(&'static str),
        Tick(&'static [usize]),
        Take(usize),
        Back,
    }

    impl Person {
        fn next(&self) -> Step {
            self.steps.borrow_mut().pop_front().unwrap()
        }

        fn see(&self, line: String) {
            self.saw.borrow_mut().push(line);
        }
    }

    impl Steps for Person {
        fn search(&self, _: &str) -> Result<String, UiError> {
            match self.next() {
                Step::Search(text) => Ok(text.to_owned()),
                Step::Back => Err(UiError::Declined),
                Step::Tick(_) | Step::Take(_) => panic!("a search was asked for"),
            }
        }

        fn tick(
            &self,
            hint: &str,
            items: &[String],
            boxes: &[bool],
        ) -> Result<Vec<usize>, UiError> {
            let shown =
                items.iter().zip(boxes).map(|(i, b)| format!(" {}{i}", if *b { "+" } else { "-" }));
            self.see(format!("{hint}:{}", shown.collect::<String>()));
            match self.next() {
                Step::Tick(ticked) => Ok(ticked.to_vec()),
                Step::Back => Err(UiError::Declined),
                Step::Search(_) | Step::Take(_) => panic!("ticks were asked for"),
            }
        }

        fn go_on(&self, ways: &[String]) -> Result<usize, UiError> {
            self.see(ways[0].clone());
            match self.next() {
                Step::Take(way) => Ok(way),
                Step::Back => Err(UiError::Declined),
                Step::Search(_) | Step::Tick(_) => panic!("a way on was asked for"),
            }
        }

        fn wrong(&self, line: &str) -> Result<(), UiError> {
            self.see(line.to_owned());
            Ok(())
        }
    }

    fn run(steps: Vec<Step>) -> (Result<Vec<usize>, String>, Vec<String>) {
        let items = ["web-1", "web-2", "db-1"].map(str::to_owned);
        let person = Person { steps: RefCell::new(steps.into()), saw: RefCell::default() };
        let answer = search_and_tick(&person, &items).map_err(|error| error.to_string());
        assert!(person.steps.borrow().is_empty(), "a step was not asked for");
        (answer, person.saw.into_inner())
    }

    #[test]
    fn what_was_ticked_stays_ticked_over_searches() {
        use Step::{Back, Search, Take, Tick};
        let (answer, saw) = run(vec![
            Search("web"),
            Tick(&[1]),
            Take(1),
            Search("-1"),
            Tick(&[1]),
            Take(1),
            Search("web"),
            Back,
            Take(2),
            Tick(&[0]),
            Take(0),
        ]);
        assert_eq!(answer, Ok(vec![1]));
        assert_eq!(
            saw,
            [
                "2 of 3 match `web`: -web-1 -web-2",
                "done: 1 of 3",
                "2 of 3 match `-1`: -web-1 -db-1",
                "done: 2 of 3",
                "2 of 3 match `web`: -web-1 +web-2",
                "done: 2 of 3",
                "what is ticked: +web-2 +db-1",
                "done: 1 of 3",
            ]
        );
    }

    #[test]
    fn nothing_found_and_nothing_ticked_is_said() {
        use Step::{Back, Search, Take, Tick};
        let (answer, saw) = run(vec![Search("x"), Search(""), Tick(&[]), Back]);
        assert_eq!(answer, Err("cancelled".to_owned()));
        assert_eq!(saw, ["nothing matches `x`", "all 3: -web-1 -web-2 -db-1", NONE_TICKED]);
        // With something ticked, back from the search is back to the ways on.
        let (answer, _) = run(vec![Search(""), Tick(&[2]), Back, Back, Take(0)]);
        assert_eq!(answer, Ok(vec![2]));
    }
}
