//! What a person wants, asked. Nothing is written here: wishes are gathered until the person is done with them.

use std::collections::BTreeMap;

use tap_core::ids::InstanceId;
use tap_core::survey::MarkSurvey;

use super::check::{self, Wish, check, who};
use super::ids;
use super::table::{self, counted};
use super::view::{Subject, View};
use crate::layout::fill;
use crate::terminal::{CREATE, DELETE, HEADING, MODIFY, printable};
use crate::ui::{Question, Ui, UiError};

/// The flag of every question about what is to be done.
pub(super) const SUBCOMMANDS: &str = "add, remove or list";

/// How many instances of a list are shown before the first question.
const FIRST_LOOK: usize = 20;

/// What a person wants so far, by instance.
pub(super) type Wishes = BTreeMap<InstanceId, Wish>;

/// What can be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    PickToAdd,
    TypeToAdd,
    PickToRemove,
    TypeToRemove,
    Done,
}

/// Shows the lists.
pub(super) fn show(subject: &Subject, views: &[View], ui: &impl Ui) {
    ui.show(&|width| {
        let table = |view| table::region(view, subject, width, Some(FIRST_LOOK));
        let mut text = views.iter().map(table).collect::<Vec<_>>().join("\n");
        text.push('\n');
        text
    });
}

/// Asks what is to be done until the person is done. Going back from a question leads here; going back from here leaves.
///
/// # Errors
/// What the terminal says; [`UiError::Declined`] for who leaves.
pub(super) fn ask(
    subject: &Subject,
    views: &[View],
    ui: &impl Ui,
    wishes: &mut Wishes,
) -> Result<(), UiError> {
    loop {
        let asking = Asking { subject, views, ui, wishes };
        let mut ways: Vec<(Next, String)> = Vec::new();
        if !asking.to_add().is_empty() {
            ways.push((Next::PickToAdd, "Pick instances to add".to_owned()));
        }
        ways.push((Next::TypeToAdd, "Type ids to add".to_owned()));
        if !asking.to_remove().is_empty() {
            ways.push((Next::PickToRemove, "Pick instances to remove".to_owned()));
        }
        ways.push((Next::TypeToRemove, "Type ids to remove".to_owned()));
        let done = match asking.wishes.len() {
            0 => "Done: nothing to write".to_owned(),
            n => format!("Done: look at what is written to {}", counted(n)),
        };
        ways.push((Next::Done, done));
        let current = if asking.wishes.is_empty() { 0 } else { ways.len() - 1 };
        let items: Vec<String> = ways.iter().map(|(_, text)| text.clone()).collect();
        let question = Question { text: "What is to be done?", flag: SUBCOMMANDS };
        let next = ways[ui.choose(question, &items, current)?].0;
        let answered = match next {
            Next::PickToAdd => asking.pick_to_add(),
            Next::TypeToAdd => asking.type_to_add(),
            Next::PickToRemove => asking.pick_to_remove(),
            Next::TypeToRemove => asking.type_to_remove(),
            Next::Done => return Ok(()),
        };
        match answered {
            Ok(()) => so_far(subject, views, ui, wishes),
            Err(UiError::Declined) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Shows what is wanted so far.
fn so_far(subject: &Subject, views: &[View], ui: &impl Ui, wishes: &Wishes) {
    if wishes.is_empty() {
        return;
    }
    let (list, other) = (subject.list, subject.list.other());
    ui.show(&|width| {
        let mut out = format!("{HEADING}Not written yet{HEADING:#}\n");
        for survey in views.iter().flat_map(|view| &view.surveys) {
            let line = match wishes.get(&survey.id) {
                None => continue,
                Some(Wish::Add { moving: true }) => {
                    format!(
                        "{MODIFY}~{MODIFY:#} {}: from the {other} onto the {list}",
                        name(survey)
                    )
                }
                Some(Wish::Add { moving: false }) => {
                    format!("{CREATE}+{CREATE:#} {}: onto the {list}", name(survey))
                }
                Some(Wish::Remove) => {
                    format!("{DELETE}-{DELETE:#} {}: off the {list}", name(survey))
                }
            };
            fill(&mut out, width, 2, 4, &line);
        }
        out
    });
}

fn name(survey: &MarkSurvey) -> String {
    printable(&who(&survey.id, survey.name.as_deref()))
}

struct Asking<'a, U> {
    subject: &'a Subject,
    views: &'a [View],
    ui: &'a U,
    wishes: &'a mut Wishes,
}

impl<U: Ui> Asking<'_, U> {
    /// The instances that could come onto the list.
    fn to_add(&self) -> Vec<(&View, &MarkSurvey)> {
        self.those(|survey, wish| match wish {
            Some(Wish::Add { .. }) => false,
            Some(Wish::Remove) => true,
            None => !survey.is_on || survey.is_on_other,
        })
    }

    /// The instances that are on the list, or will be.
    fn to_remove(&self) -> Vec<(&View, &MarkSurvey)> {
        let Subject { list, keys, .. } = self.subject;
        self.those(|survey, wish| match wish {
            Some(Wish::Add { .. }) => true,
            Some(Wish::Remove) => false,
            None => survey.is_listed(*list, keys),
        })
    }

    fn those(
        &self,
        fits: impl Fn(&MarkSurvey, Option<&Wish>) -> bool,
    ) -> Vec<(&View, &MarkSurvey)> {
        let all = self.views.iter().flat_map(|view| view.surveys.iter().map(move |s| (view, s)));
        all.filter(|(_, s)| !s.is_gone() && fits(s, self.wishes.get(&s.id))).collect()
    }

    fn pick_to_add(self) -> Result<(), UiError> {
        let picked = self.pick("Which instances are to be added?", "add ID", &self.to_add())?;
        self.add(picked)
    }

    fn pick_to_remove(self) -> Result<(), UiError> {
        let text = "Which instances are to be removed?";
        let picked = self.pick(text, "remove ID", &self.to_remove())?;
        self.remove(picked);
        Ok(())
    }

    fn type_to_add(self) -> Result<(), UiError> {
        let question = Question {
            text: "Ids of the instances to add, with commas between them",
            flag: "add ID",
        };
        let typed = self.typed(question, Wish::Add { moving: true })?;
        self.add(typed)
    }

    fn type_to_remove(self) -> Result<(), UiError> {
        let text = "Ids of the instances to remove, with commas between them";
        let typed = self.typed(Question { text, flag: "remove ID" }, Wish::Remove)?;
        self.remove(typed);
        Ok(())
    }

    fn pick(
        &self,
        text: &str,
        flag: &str,
        from: &[(&View, &MarkSurvey)],
    ) -> Result<Vec<InstanceId>, UiError> {
        let items: Vec<String> =
            from.iter().map(|(view, survey)| self.item(view, survey)).collect();
        let chosen = self.ui.choose_many(Question { text, flag }, &items)?;
        Ok(chosen.into_iter().map(|i| from[i].1.id.clone()).collect())
    }

    /// An instance in one line; what tells it apart first, since a narrow window cuts the end.
    fn item(&self, view: &View, survey: &MarkSurvey) -> String {
        let mut words = vec![survey.id.to_string()];
        words.extend(survey.name.clone());
        if survey.is_on_other {
            words.push(format!("on the {}", self.subject.list.other()));
        }
        if self.views.len() > 1 {
            words.push(view.scope.region.to_string());
        }
        let vpc = |id| view.vpc_name(id).map_or_else(|| id.to_string(), str::to_owned);
        words.extend(survey.vpcs.keys().map(vpc));
        words.push(survey.state.as_str().to_owned());
        words.push(survey.instance_type.to_string());
        words.join("  ")
    }

    /// Asks for ids until all of them are right, and says what is wrong with those that are not.
    fn typed(&self, question: Question<'_>, wish: Wish) -> Result<Vec<InstanceId>, UiError> {
        let read = |text: &str| -> Result<Vec<InstanceId>, String> {
            let ids = ids::parse(text).map_err(|wrong| wrong.replace(ids::BREAK, "; "))?;
            let wishes: Vec<(InstanceId, Wish)> = ids.iter().map(|id| (id.clone(), wish)).collect();
            match check(self.subject, &wishes, self.views) {
                Ok(_) => Ok(ids),
                Err(problems) => Err(check::lines(&problems).join("; ")),
            }
        };
        let text = self.ui.text(question, &|text| read(text).map(drop))?;
        Ok(read(&text).expect("the question takes only what can be read"))
    }

    fn survey(&self, id: &InstanceId) -> Option<&MarkSurvey> {
        self.views.iter().find_map(|view| view.survey(id))
    }

    /// Wants instances on the list. Those on the other list are asked about.
    fn add(self, ids: Vec<InstanceId>) -> Result<(), UiError> {
        let on_other = |id: &&InstanceId| self.survey(id).is_some_and(|s| s.is_on_other);
        let moving: Vec<&InstanceId> = ids.iter().filter(on_other).collect();
        let move_them = match moving.as_slice() {
            [] => false,
            moving => {
                let (list, other) = (self.subject.list, self.subject.list.other());
                let names: Vec<String> =
                    moving.iter().filter_map(|id| self.survey(id)).map(name).collect();
                let (verb, them) = if moving.len() == 1 { ("is", "it") } else { ("are", "them") };
                let text = format!(
                    "{} {verb} on the {other}. Move {them} to the {list}?",
                    names.join(", ")
                );
                self.ui.confirm(Question { text: &text, flag: "add --move" })?
            }
        };
        let mut already: Vec<String> = Vec::new();
        for id in &ids {
            let Some(survey) = self.views.iter().find_map(|view| view.survey(id)) else {
                continue;
            };
            if survey.is_on_other {
                if move_them {
                    self.wishes.insert(id.clone(), Wish::Add { moving: true });
                }
            } else if survey.is_on {
                if self.wishes.remove(id).is_none() {
                    already.push(name(survey));
                }
            } else {
                self.wishes.insert(id.clone(), Wish::Add { moving: false });
            }
        }
        note(self.ui, &format!("On the {} already", self.subject.list), &already);
        Ok(())
    }

    /// Wants instances off the list.
    fn remove(self, ids: Vec<InstanceId>) {
        let Subject { list, keys, .. } = self.subject;
        let mut not_on: Vec<String> = Vec::new();
        for id in &ids {
            let Some(survey) = self.views.iter().find_map(|view| view.survey(id)) else {
                continue;
            };
            if survey.is_listed(*list, keys) && !survey.is_gone() {
                self.wishes.insert(id.clone(), Wish::Remove);
            } else if self.wishes.remove(id).is_none() {
                not_on.push(name(survey));
            }
        }
        note(self.ui, &format!("Not on the {list}, or terminated"), &not_on);
    }
}

/// Says which instances need nothing.
fn note(ui: &impl Ui, what: &str, who: &[String]) {
    if who.is_empty() {
        return;
    }
    ui.show(&|width| {
        let mut out = String::new();
        fill(&mut out, width, 0, 2, &format!("{what}: {}", who.join(", ")));
        out
    });
}

#[cfg(test)]
mod tests;
