//! `rules check`: everything that is wrong with files of rules, without AWS.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use cli_common::errors::{self, Fault};
use cli_common::exit::Exit;
use cli_common::options::{CommonArgs, Output};
use cli_common::{output, terminal};
use serde_json::{Value, json};
use tap_core::ids::Region;
use tap_core::policy::rules::{Mistakes, Reading, Remark, RuleSet, Section};
use tap_core::report::SCHEMA_VERSION;
use uuid::Uuid;

use cli_common::rules;

/// A file, with what was found in it.
struct Checked {
    file: String,
    /// The rules, where they can be used.
    rules: Option<RuleSet>,
    mistakes: Vec<Remark>,
    warnings: Vec<Remark>,
}

/// Checks the files, and prints what is wrong with them.
///
/// # Errors
/// What the system says where the result cannot be written.
pub(crate) fn run(paths: &[PathBuf], common: &CommonArgs, run_id: Uuid) -> Result<Exit> {
    let checked = paths.iter().map(|path| of(path)).collect::<Result<Vec<Vec<Checked>>, Fault>>();
    let (checked, fault) = match checked {
        Ok(checked) => (checked.into_iter().flatten().collect(), None),
        Err(fault) => (Vec::new(), Some(fault)),
    };
    let is_fine = fault.is_none() && checked.iter().all(|file: &Checked| file.mistakes.is_empty());
    let exit = if is_fine { Exit::Done } else { Exit::Failed };
    if let Some(fault) = &fault {
        errors::print(fault, common.log_format);
    }
    output::stdout(&match common.output {
        Output::Table => text(&checked),
        Output::Json => document(&checked, run_id, exit, fault.as_ref()),
    })?;
    Ok(exit)
}

/// The file of a path, or those in a directory.
fn of(path: &Path) -> Result<Vec<Checked>, Fault> {
    if !path.is_dir() {
        return Ok(vec![check(path)?]);
    }
    let files = rules::in_directory(path)?;
    if files.is_empty() {
        let what = format!("{} has no file of rules", path.display());
        return Err(Fault::new("rules", what, "name a file after each region, as us-east-1.yaml"));
    }
    let mut checked = Vec::new();
    for file in files {
        let mut found = check(&file)?;
        let region = file.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        if Region::typed(&region).is_err() {
            let message =
                "no run reads this file: its name is not that of a region, as us-east-1.yaml";
            found.warnings.push(Remark {
                file: found.file.as_str().into(),
                line: 1,
                key: String::new(),
                message: message.to_owned(),
                allowed: None,
            });
        }
        checked.push(found);
    }
    Ok(checked)
}

fn check(path: &Path) -> Result<Checked, Fault> {
    let file = path.display().to_string();
    Ok(match rules::read(path)? {
        Ok(Reading { rules, warnings }) => {
            Checked { file, rules: Some(rules), mistakes: Vec::new(), warnings }
        }
        Err(Mistakes { mistakes, warnings }) => Checked { file, rules: None, mistakes, warnings },
    })
}

/// How many rules there are in a list.
fn count(rules: &RuleSet, section: Section) -> usize {
    rules.rules.iter().filter(|rule| rule.place.section == section).count()
}

fn text(checked: &[Checked]) -> String {
    let mut text = String::new();
    let mut say = |line: &dyn std::fmt::Display| {
        writeln!(text, "{line}").expect("a string takes any text");
    };
    for Checked { file, rules, mistakes, warnings } in checked {
        for mistake in mistakes {
            say(&terminal::printable(&mistake.to_string()));
        }
        for warning in warnings {
            say(&terminal::printable(&format!("warning: {warning}")));
        }
        match rules {
            Some(rules) => {
                let of = |section| (count(rules, section), section);
                let lists = Section::ALL.map(of).into_iter().filter(|(count, _)| *count > 0);
                let lists: Vec<String> =
                    lists.map(|(count, section)| format!("{} {count}", section.as_str())).collect();
                let all = number(rules.rules.len(), "rule");
                say(&format!("{file}: fine, {all}: {}", lists.join(", ")));
            }
            None => say(&format!("{file}: {}", number(mistakes.len(), "mistake"))),
        }
    }
    text
}

fn number(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

fn document(checked: &[Checked], run_id: Uuid, exit: Exit, error: Option<&Fault>) -> String {
    let files: Vec<Value> = checked.iter().map(file_document).collect();
    let document = json!({
        "schema_version": SCHEMA_VERSION,
        "run_id": run_id.to_string(),
        "files": files,
        "exit": { "code": exit.code(), "name": exit.name() },
        "error": error.map(|fault| errors::document(fault)),
    });
    format!("{document:#}\n")
}

fn file_document(Checked { file, rules, mistakes, warnings }: &Checked) -> Value {
    let remarks = |remarks: &[Remark]| remarks.iter().map(remark_document).collect::<Vec<Value>>();
    let lists = rules.as_ref().map(|rules| {
        let [tags, subnets, vpcs] = Section::ALL.map(|section| count(rules, section));
        json!({ "tags": tags, "subnets": subnets, "vpcs": vpcs })
    });
    json!({
        "file": file,
        "rules": lists,
        "mistakes": remarks(mistakes),
        "warnings": remarks(warnings),
    })
}

fn remark_document(Remark { file: _, line, key, message, allowed }: &Remark) -> Value {
    let key = Some(key).filter(|key| !key.is_empty());
    json!({ "line": line, "key": key, "message": message, "allowed": allowed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Checked {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("us-east-1.yaml");
        std::fs::write(&path, text).unwrap();
        let mut checked = check(&path).unwrap();
        checked.file = "us-east-1.yaml".to_owned();
        let remarks = checked.mistakes.iter_mut().chain(&mut checked.warnings);
        remarks.for_each(|remark| remark.file = "us-east-1.yaml".into());
        checked
    }

    const ODD: &str = "vpcs:\n- {vpcId: vpc-1, targetId: tmt-1}\n- {vpcId: vpc-1, ignore: true}\ntags:\n\
                       - {tagList: [{Key: a, Value: b}], ignore: true}\n";

    #[test]
    fn a_fine_file_is_summed_up() {
        assert_eq!(
            text(&[checked(ODD)]),
            "warning: us-east-1.yaml:3: vpcs[1]: is never reached: the rule of line 2 is about the same and comes first\n\
             us-east-1.yaml: fine, 3 rules: tags 1, vpcs 2\n"
        );
    }

    #[test]
    fn a_wrong_file_has_a_line_for_each_mistake() {
        assert_eq!(
            text(&[checked("vpcs:\n- {vpcId: vpc-1, targetId: 5}\nvpc: []\n")]),
            "us-east-1.yaml:2: vpcs[0].targetId: `5` is not a target id; allowed: the id of a target, as in \
             tmt-0a1b2c3d\n\
             us-east-1.yaml:3: vpc: unknown key; did you mean vpcs? allowed: tags, subnets, vpcs\n\
             us-east-1.yaml: 2 mistakes\n"
        );
    }

    #[test]
    fn the_document_of_a_wrong_file_has_the_keys_of_a_fine_one() {
        let read = |checked: &[Checked]| -> Value {
            serde_json::from_str(&document(checked, Uuid::nil(), Exit::Done, None)).unwrap()
        };
        let value = read(&[checked(ODD), checked("")]);
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&value["files"][0]), keys(&value["files"][1]));
        assert_eq!(value["files"][0]["rules"], json!({ "tags": 1, "subnets": 0, "vpcs": 2 }));
        assert_eq!(value["files"][0]["warnings"][0]["line"], 3);
        assert_eq!(value["files"][1]["rules"], Value::Null);
        assert_eq!(value["files"][1]["mistakes"][0]["key"], Value::Null);
        assert_eq!(value["files"][1]["mistakes"][0]["line"], 1);
    }
}
