//! Profiles on the command line: the files of the user's own, and the word that names one.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tap_core::policy::custom_filter::{CustomFilter, CustomReading};
use tap_core::policy::profile::Profile;
use tap_core::policy::rules::{MAX_BYTES, Mistakes};

use crate::errors::Fault;

const HINT: &str = "correct it and try again; docs/filters.md shows such a file";

/// The files that define profiles.
#[derive(Debug, Clone, Default, Args)]
pub struct CustomFilterArgs {
    /// YAML file that defines the filter profile custom:NAME: repeat it for several
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    #[arg(env = "SESSION_MIRROR_CUSTOM_FILTER", help_heading = "Filter options")]
    pub custom_filter: Vec<PathBuf>,
}

/// Reads a profile that a person typed.
///
/// # Errors
/// What may be said instead.
pub fn profile(text: &str) -> Result<Profile, String> {
    text.parse::<Profile>().map_err(|_| format!("expected {}", Profile::ALLOWED))
}

impl CustomFilterArgs {
    /// The profiles that the files define, by name. All files are read before anything is said.
    ///
    /// # Errors
    /// A [`Fault`]: a file cannot be read or has mistakes, or two define the same name.
    pub fn filters(&self) -> Result<BTreeMap<Arc<str>, CustomFilter>, Fault> {
        let mut found: BTreeMap<Arc<str>, CustomFilter> = BTreeMap::new();
        let mut wrong: Vec<String> = Vec::new();
        for path in &self.custom_filter {
            match read(path)? {
                Ok(CustomReading { filter, warnings }) => {
                    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
                    if let Some(first) = found.get(&filter.name) {
                        let (one, name) = (&first.file, &filter.name);
                        wrong.push(format!(
                            "{}: the name {name} is that of {one}, too",
                            path.display()
                        ));
                    }
                    found.insert(Arc::clone(&filter.name), filter);
                }
                Err(Mistakes { mistakes, warnings }) => {
                    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
                    wrong.extend(mistakes.iter().map(ToString::to_string));
                }
            }
        }
        let what = match wrong.as_slice() {
            [] => return Ok(found),
            [mistake] => mistake.clone(),
            several => {
                several.iter().for_each(|mistake| tracing::error!("{mistake}"));
                format!("there are {} mistakes", several.len())
            }
        };
        let what = format!("the custom filters cannot be used: {what}: nothing was changed");
        Err(Fault::new("custom-filter", what, HINT))
    }
}

/// Reads a file: what it defines, or what is wrong with it.
fn read(path: &Path) -> Result<Result<CustomReading, Mistakes>, Fault> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path);
    let done = file.and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    if let Err(error) = done {
        let what = format!("cannot read {}: {error}: nothing was changed", path.display());
        let hint = "check the path and who may read it, or leave --custom-filter out";
        return Err(Fault::new("custom-filter", what, hint));
    }
    Ok(CustomFilter::read(&path.display().to_string(), &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: &str = "name: web\nrules:\n- {direction: egress, action: accept, source: '::/0'}\n";

    fn of(files: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let directory = tempfile::tempdir().unwrap();
        let paths = files.iter().map(|(name, text)| {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            path
        });
        let args = CustomFilterArgs { custom_filter: paths.collect() };
        let there = directory.path().display().to_string();
        match args.filters() {
            Ok(found) => Ok(found.keys().map(ToString::to_string).collect()),
            Err(fault) => Err(fault.message.replace(&there, "DIR")),
        }
    }

    #[test]
    fn each_file_defines_a_profile_of_its_own() {
        let other = WEB.replace("web", "db");
        assert_eq!(of(&[("a.yaml", WEB), ("b.yaml", &other)]).unwrap(), ["db", "web"]);
        let twice = of(&[("a.yaml", WEB), ("b.yaml", WEB)]).unwrap_err();
        assert!(twice.contains("DIR/b.yaml: the name web is that of DIR/a.yaml, too"), "{twice}");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let one = of(&[("a.yaml", &WEB.replace("egress", "out"))]).unwrap_err();
        assert!(one.contains("DIR/a.yaml:3: rules[0].direction: `out` is unknown"), "{one}");
        let several = WEB.replace("egress", "out").replace("accept", "take");
        assert!(of(&[("a.yaml", &several)]).unwrap_err().contains("2 mistakes"));
        let args = CustomFilterArgs { custom_filter: vec!["no/such.yaml".into()] };
        assert!(args.filters().unwrap_err().message.starts_with("cannot read no/such.yaml"));
    }
}
