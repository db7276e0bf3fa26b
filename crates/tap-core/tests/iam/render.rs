//! Statements as text: JSON for the published files, YAML for the template.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::statements::{Condition, Statement};

/// A whole policy document.
pub fn json(statements: &[Statement]) -> String {
    let statements: Vec<String> = statements.iter().map(statement).collect();
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}\n",
        statements.join(",\n")
    )
}

/// One text as such, several as a list.
fn one_or_many<T: AsRef<str>>(texts: &[T]) -> Value {
    match texts {
        [one] => json!(one.as_ref()),
        many => many.iter().map(|text| json!(text.as_ref())).collect(),
    }
}

/// By operator, then by key.
fn conditions(when: &[Condition]) -> Value {
    let mut operators = Map::new();
    for Condition { operator, key, values } in when {
        let keys = operators.entry(*operator).or_insert_with(|| json!({}));
        keys[key] = one_or_many(values);
    }
    Value::Object(operators)
}

/// One statement; its fields in the order in which people read them.
fn statement(statement: &Statement) -> String {
    let mut fields = vec![
        ("Sid", json!(statement.sid)),
        ("Effect", json!("Allow")),
        ("Action", one_or_many(&statement.actions())),
        ("Resource", one_or_many(&statement.on)),
    ];
    if !statement.when.is_empty() {
        fields.push(("Condition", conditions(&statement.when)));
    }
    let lines: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            let value = serde_json::to_string_pretty(value).expect("plain values");
            format!("      \"{name}\": {}", value.replace('\n', "\n      "))
        })
        .collect();
    format!("    {{\n{}\n    }}", lines.join(",\n"))
}

/// The list of statements for a template, each line after `indent`.
pub fn yaml(statements: &[Statement], indent: &str) -> String {
    let mut text = String::new();
    for statement in statements {
        let lines = yaml_statement(statement);
        let lines: Vec<String> = match statement.only_if {
            None => lines,
            Some(condition) => {
                let mut wrapped = vec!["Fn::If:".to_owned(), format!("  - {condition}")];
                wrapped.extend(under_a_dash(&lines).map(|line| format!("  {line}")));
                wrapped.push("  - !Ref AWS::NoValue".to_owned());
                wrapped
            }
        };
        for line in under_a_dash(&lines) {
            writeln!(text, "{indent}{line}").expect("a String takes all");
        }
    }
    text
}

/// The lines as one item of a list.
fn under_a_dash(lines: &[String]) -> impl Iterator<Item = String> {
    let dash = |(n, line): (usize, &String)| format!("{}{line}", if n == 0 { "- " } else { "  " });
    lines.iter().enumerate().map(dash)
}

fn yaml_statement(statement: &Statement) -> Vec<String> {
    let mut lines = vec![format!("Sid: {}", statement.sid), "Effect: Allow".to_owned()];
    let item = |text: &str| format!("  - {}", yaml_text(text));
    lines.push("Action:".to_owned());
    lines.extend(statement.actions().iter().map(|action| item(action)));
    lines.push("Resource:".to_owned());
    lines.extend(statement.on.iter().map(|resource| item(resource)));
    if !statement.when.is_empty() {
        lines.push("Condition:".to_owned());
        let Value::Object(operators) = conditions(&statement.when) else { return lines };
        for (operator, keys) in &operators {
            // Quoted: `Null` alone is nothing to YAML.
            lines.push(format!("  \"{operator}\":"));
            for (key, value) in keys.as_object().into_iter().flatten() {
                match value {
                    Value::String(one) => lines.push(format!("    \"{key}\": {}", yaml_text(one))),
                    many => {
                        lines.push(format!("    \"{key}\":"));
                        let many = many.as_array().into_iter().flatten();
                        let many = many.filter_map(Value::as_str);
                        lines.extend(many.map(|text| format!("      - {}", yaml_text(text))));
                    }
                }
            }
        }
    }
    lines
}

/// A text, with what CloudFormation fills in.
fn yaml_text(text: &str) -> String {
    if text.contains("${") { format!("!Sub \"{text}\"") } else { format!("\"{text}\"") }
}
