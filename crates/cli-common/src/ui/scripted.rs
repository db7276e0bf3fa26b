//! A person whose answers are given in advance, and who keeps what was asked.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::{Question, Ui, UiError};

/// An answer given in advance. Items are named by a part of their text that no other item has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Takes this item.
    Takes(String),
    /// Ticks these items.
    Ticks(Vec<String>),
    /// Says yes or no.
    Says(bool),
    /// Types this text.
    Types(String),
    /// Goes back.
    GoesBack,
}

/// A question that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its text.
    pub text: String,
    /// The flag that answers it.
    pub flag: String,
    /// What there was to choose from.
    pub items: Vec<String>,
    /// What was wrong with the text typed before, where the question was asked once more.
    pub wrong: Option<String>,
}

/// Somebody who gives the answers in their order. A question of another kind than the next answer fails the test, and so
/// does one too many.
#[derive(Debug, Default)]
pub struct Scripted {
    answers: RefCell<VecDeque<Answer>>,
    asked: RefCell<Vec<Asked>>,
    shown: RefCell<Vec<String>>,
}

impl Scripted {
    /// Somebody with these answers.
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: RefCell::new(answers.into_iter().collect()), ..Self::default() }
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.borrow().clone()
    }

    /// What was shown so far.
    pub fn shown(&self) -> Vec<String> {
        self.shown.borrow().clone()
    }

    /// What was asked, once all answers are given.
    ///
    /// # Panics
    /// Where answers are left over.
    #[track_caller]
    pub fn done(self) -> Vec<Asked> {
        let left = self.answers.into_inner();
        assert!(left.is_empty(), "nobody asked for {left:?}");
        self.asked.into_inner()
    }

    fn next(
        &self,
        question: Question<'_>,
        items: &[String],
        wrong: Option<String>,
    ) -> Result<Answer, UiError> {
        let asked = Asked {
            text: question.text.to_owned(),
            flag: question.flag.to_owned(),
            items: items.to_vec(),
            wrong,
        };
        self.asked.borrow_mut().push(asked);
        match self.answers.borrow_mut().pop_front() {
            Some(Answer::GoesBack) => Err(UiError::Declined),
            Some(answer) => Ok(answer),
            None => panic!("there is no answer to `{}` {items:?}", question.text),
        }
    }
}

fn other(question: Question<'_>, answer: &Answer) -> ! {
    panic!("{answer:?} does not answer `{}`", question.text)
}

fn index(items: &[String], part: &str) -> usize {
    let found: Vec<usize> =
        items.iter().enumerate().filter(|(_, item)| item.contains(part)).map(|(i, _)| i).collect();
    match found.as_slice() {
        [one] => *one,
        several => panic!("`{part}` is in {} of {items:?}", several.len()),
    }
}

fn no_items(question: Question<'_>) -> UiError {
    UiError::NoItems { question: question.text.to_owned() }
}

impl Ui for Scripted {
    fn show(&self, render: &dyn Fn(Option<usize>) -> String) {
        self.shown.borrow_mut().push(render(None));
    }

    fn choose(&self, question: Question<'_>, items: &[String], _: usize) -> Result<usize, UiError> {
        if items.is_empty() {
            return Err(no_items(question));
        }
        match self.next(question, items, None)? {
            Answer::Takes(part) => Ok(index(items, &part)),
            answer => other(question, &answer),
        }
    }

    fn choose_many(&self, question: Question<'_>, items: &[String]) -> Result<Vec<usize>, UiError> {
        if items.is_empty() {
            return Err(no_items(question));
        }
        match self.next(question, items, None)? {
            Answer::Ticks(parts) => {
                assert!(!parts.is_empty(), "nothing ticked is no answer");
                let mut ticked: Vec<usize> = parts.iter().map(|part| index(items, part)).collect();
                ticked.sort_unstable();
                ticked.dedup();
                Ok(ticked)
            }
            answer => other(question, &answer),
        }
    }

    fn confirm(&self, question: Question<'_>) -> Result<bool, UiError> {
        match self.next(question, &[], None)? {
            Answer::Says(yes) => Ok(yes),
            answer => other(question, &answer),
        }
    }

    fn text(
        &self,
        question: Question<'_>,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<String, UiError> {
        let mut wrong = None;
        loop {
            match self.next(question, &[], wrong)? {
                Answer::Types(text) => match check(&text) {
                    Ok(()) => return Ok(text),
                    Err(message) => wrong = Some(message),
                },
                answer => other(question, &answer),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHICH: Question<'_> = Question { text: "Which?", flag: "--which" };

    fn items() -> Vec<String> {
        ["vpc-1 shop", "vpc-2 office"].map(str::to_owned).into()
    }

    #[test]
    fn answers_come_in_their_order_and_questions_are_kept() {
        let person = Scripted::new([
            Answer::Takes("office".to_owned()),
            Answer::Ticks(vec!["vpc-2".to_owned(), "vpc-1".to_owned()]),
            Answer::Types("x".to_owned()),
            Answer::Types("long".to_owned()),
            Answer::Says(true),
            Answer::GoesBack,
        ]);
        assert_eq!(person.choose(WHICH, &items(), 0).unwrap(), 1);
        assert_eq!(person.choose_many(WHICH, &items()).unwrap(), [0, 1]);
        let long = |text: &str| if text.len() > 1 { Ok(()) } else { Err("too short".to_owned()) };
        assert_eq!(person.text(WHICH, &long).unwrap(), "long");
        assert!(person.confirm(WHICH).unwrap());
        assert!(matches!(person.confirm(WHICH), Err(UiError::Declined)));
        assert!(matches!(person.choose(WHICH, &[], 0), Err(UiError::NoItems { .. })));
        let asked = person.done();
        assert_eq!(asked.len(), 6);
        assert_eq!(asked[0].items, items());
        assert_eq!(asked[3].wrong.as_deref(), Some("too short"));
        assert!(asked.iter().all(|asked| asked.flag == "--which"));
    }

    #[test]
    #[should_panic(expected = "is in 2 of")]
    fn an_item_that_is_not_the_only_one_is_no_answer() {
        let _ = Scripted::new([Answer::Takes("vpc".to_owned())]).choose(WHICH, &items(), 0);
    }

    #[test]
    #[should_panic(expected = "nobody asked for")]
    fn an_answer_left_over_fails_the_test() {
        Scripted::new([Answer::Says(true)]).done();
    }
}
