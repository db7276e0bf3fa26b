//! Instance ids as people give them: words, comma lists, and `-` for what stands in stdin.

use std::collections::BTreeSet;
use std::io::Read;

use tap_core::ids::InstanceId;

use crate::exit::UsageError;

/// The word that stands for stdin.
pub(super) const STDIN: &str = "-";

/// Between two words that are wrong: a line each, below each other behind `error: `.
pub(super) const BREAK: &str = "\n       ";

/// How many ids are named that are malformed, or wrong: who pipes the wrong file need not see all of it.
pub(super) const MOST_NAMED: usize = 10;

/// Reads ids with white space or commas between them; of two that are the same the first counts.
///
/// # Errors
/// What is wrong with each word that is no id, one line each; that there is none.
pub(super) fn parse(text: &str) -> Result<Vec<InstanceId>, String> {
    let mut ids = Vec::new();
    let mut seen = BTreeSet::new();
    let mut wrong: Vec<String> = Vec::new();
    for word in words(text) {
        match InstanceId::typed(word) {
            Ok(id) if seen.insert(id.clone()) => ids.push(id),
            Ok(_) => {}
            Err(error) => wrong.push(error.to_string()),
        }
    }
    if wrong.len() > MOST_NAMED {
        let more = wrong.len() - MOST_NAMED;
        wrong.truncate(MOST_NAMED);
        wrong.push(format!("and {more} more that are no instance ids"));
    }
    if !wrong.is_empty() {
        return Err(wrong.join(BREAK));
    }
    if ids.is_empty() {
        return Err("there is no instance id in it".to_owned());
    }
    Ok(ids)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty())
}

/// Whether a part of the words stands in stdin.
pub(super) fn names_stdin(given: &[String]) -> bool {
    given.iter().flat_map(|text| words(text)).any(|word| word == STDIN)
}

/// The words of the command line but for `-`, as one text.
fn typed(given: &[String]) -> String {
    let words: Vec<&str> =
        given.iter().flat_map(|text| words(text)).filter(|word| *word != STDIN).collect();
    words.join(" ")
}

/// Checks what was typed on the command line, without a look into stdin.
///
/// # Errors
/// As [`parse`].
pub(super) fn check(given: &[String]) -> Result<(), String> {
    let typed = typed(given);
    // Where stdin has ids, none need to be typed.
    if typed.is_empty() && names_stdin(given) {
        return Ok(());
    }
    let none =
        |_| "no instance was named: give ids such as i-0a1b2c3d, or - to read them from stdin";
    if typed.is_empty() {
        parse(&typed).map(drop).map_err(none).map_err(str::to_owned)
    } else {
        parse(&typed).map(drop)
    }
}

/// All ids: those of the command line, then those in stdin if `-` asks for it.
///
/// # Errors
/// As [`parse`]; that stdin cannot be read.
pub(super) fn gather(given: &[String], stdin: impl Read) -> Result<Vec<InstanceId>, UsageError> {
    let mut text = typed(given);
    if names_stdin(given) {
        let read = std::io::read_to_string(stdin)
            .map_err(|error| UsageError(format!("stdin cannot be read: {error}")))?;
        if words(&read).next().is_none() {
            let empty = "stdin is empty: it should hold instance ids, with spaces, commas or line breaks between them";
            return Err(UsageError(empty.to_owned()));
        }
        text = format!("{text} {read}");
    }
    parse(&text).map_err(UsageError)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn gathered(words: &[&str], stdin: &str) -> Result<Vec<String>, String> {
        let ids = gather(&given(words), stdin.as_bytes()).map_err(|error| error.to_string())?;
        Ok(ids.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn words_comma_lists_and_stdin_in_any_mix() {
        for (words, stdin, expected) in [
            (&["i-1", "i-2"][..], "", &["i-1", "i-2"][..]),
            (&["i-1,i-2", "i-3,"], "", &["i-1", "i-2", "i-3"]),
            (&["i-1, i-2"], "", &["i-1", "i-2"]),
            (&["i-1", "i-1,i-1"], "", &["i-1"]),
            (&["-"], "i-1\ni-2\r\n", &["i-1", "i-2"]),
            (&["-"], "\t i-1,i-2 ,\n\n,i-3", &["i-1", "i-2", "i-3"]),
            (&["-", "i-9"], "i-1 i-9", &["i-9", "i-1"]),
            (&["-", "-"], "i-1", &["i-1"]),
        ] {
            assert_eq!(gathered(words, stdin).unwrap(), expected, "{words:?} {stdin:?}");
            assert_eq!(check(&given(words)), Ok(()), "{words:?}");
        }
    }

    #[test]
    fn stdin_is_read_only_where_it_is_asked_for() {
        assert_eq!(gathered(&["i-1"], "i-2").unwrap(), ["i-1"]);
    }

    #[test]
    fn every_wrong_word_is_named_on_a_line_of_its_own() {
        let wrong = check(&given(&["i-1", "banana", "vpc-1"])).unwrap_err();
        let lines: Vec<&str> = wrong.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("`banana` is not an instance id"), "{wrong}");
        assert!(lines[1].starts_with("       `vpc-1` is not an instance id"), "{wrong}");
        assert!(gathered(&["-"], "i-1\nweb-1").unwrap_err().contains("`web-1`"));
        let file = "lorem ".repeat(500);
        let wrong = gathered(&["-"], &file).unwrap_err();
        assert_eq!(wrong.lines().count(), 11);
        assert!(wrong.ends_with("and 490 more that are no instance ids"), "{wrong}");
    }

    #[test]
    fn nothing_at_all_is_an_error_that_says_so() {
        for words in [&[""][..], &[","], &[" ", ", ,"]] {
            assert!(
                check(&given(words)).unwrap_err().contains("no instance was named"),
                "{words:?}"
            );
        }
        for stdin in ["", " \n", ",\n,"] {
            assert!(gathered(&["-"], stdin).unwrap_err().contains("stdin is empty"), "{stdin:?}");
        }
        let bytes: &[u8] = &[0xff, 0xfe];
        let error = gather(&given(&["-"]), bytes).unwrap_err();
        assert!(error.to_string().contains("stdin cannot be read"), "{error}");
    }
}
