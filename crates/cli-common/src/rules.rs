//! Rules in files: which file is a region's, and what it says.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::errors::Fault;
use tap_core::ids::Region;
use tap_core::policy::rules::{MAX_BYTES, Mistakes, Reading, RuleSet};

/// What a file of rules may be called behind the region's name.
const ENDINGS: [&str; 2] = ["yaml", "yml"];

const HINT: &str =
    "correct it and try again; `session_mirror_tap rules check` looks at files alone";

/// Where the rules of a run are.
#[derive(Debug)]
pub enum Source {
    /// In one file, for the region of the run.
    File(PathBuf, RuleSet),
    /// In a directory, with a file for each region.
    Directory(PathBuf),
}

impl Source {
    /// Opens what the user named. A file is read at once; of a directory, the files of the run's regions are read when these
    /// are known.
    ///
    /// # Errors
    /// A [`Fault`]: nothing is there, it cannot be read, or it has mistakes.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        if path.is_dir() {
            return Ok(Self::Directory(path.to_owned()));
        }
        Ok(Self::File(path.to_owned(), file(path)?))
    }

    /// The rules of some regions. All files are read before anything is said.
    ///
    /// # Errors
    /// A [`Fault`]: a file cannot be read or has mistakes, or there is none for any of the regions.
    pub fn of<'r>(
        &self,
        regions: impl IntoIterator<Item = &'r Region>,
    ) -> Result<BTreeMap<Region, RuleSet>, Fault> {
        let directory = match self {
            Self::File(path, rules) => {
                let each = |region: &Region| {
                    warn_of_another_region(path, region);
                    (region.clone(), rules.clone())
                };
                return Ok(regions.into_iter().map(each).collect());
            }
            Self::Directory(directory) => directory,
        };
        let (mut found, mut without, mut faults) = (BTreeMap::new(), Vec::new(), Vec::new());
        for region in regions {
            match of_region(directory, region) {
                Ok(Some(path)) => match file(&path) {
                    Ok(rules) => {
                        found.insert(region.clone(), rules);
                    }
                    Err(fault) => faults.push(fault),
                },
                Ok(None) => without.push(region),
                Err(fault) => faults.push(fault),
            }
        }
        if let Some(fault) = together(faults) {
            return Err(fault);
        }
        let directory = directory.display();
        if found.is_empty() {
            let names: Vec<String> =
                without.iter().map(|region| format!("{region}.yaml")).collect();
            let what = format!("{directory} has no {}", names.join(", no "));
            return Err(Fault::new(
                "rules",
                what,
                "name a file after each region, or leave --rules out",
            ));
        }
        for region in without {
            tracing::warn!(
                %region,
                "{directory} has no {region}.yaml: this region runs without rules, and sessions that rules made are kept there"
            );
        }
        Ok(found)
    }
}

/// A file that is called after another region is most likely the wrong one. Who copied it under any name meant it.
fn warn_of_another_region(path: &Path, region: &Region) {
    let Some(name) = path.file_stem().and_then(OsStr::to_str) else { return };
    if name != region.as_str() && Region::typed(name).is_ok() {
        tracing::warn!(%region, "the rules are in {}, whose name is that of another region", path.display());
    }
}

/// The file of a region in a directory, if there is one.
fn of_region(directory: &Path, region: &Region) -> Result<Option<PathBuf>, Fault> {
    let paths = ENDINGS.map(|ending| directory.join(format!("{region}.{ending}")));
    let mut there = Vec::new();
    for path in paths {
        // A link that leads nowhere is there all the same, and cannot be read.
        match path.symlink_metadata() {
            Ok(_) => there.push(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&path, &error)),
        }
    }
    match there.as_slice() {
        [one, other, ..] => {
            let what = format!("{} and {} are of the same region", one.display(), other.display());
            Err(Fault::new("rules", what, "keep one of them"))
        }
        _ => Ok(there.pop()),
    }
}

/// The rules of a file. What is odd about them is logged, and of several mistakes each.
fn file(path: &Path) -> Result<RuleSet, Fault> {
    let Mistakes { mistakes, warnings } = match read(path)? {
        Ok(Reading { mut rules, warnings }) => {
            warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
            // Every decision names its rule: the file's name tells which, and where it lies the user knows.
            if let Some(name) = path.file_name().and_then(OsStr::to_str) {
                let name: Arc<str> = name.into();
                for rule in &mut rules.rules {
                    Arc::make_mut(&mut rule.place).file = Arc::clone(&name);
                }
            }
            return Ok(rules);
        }
        Err(mistakes) => mistakes,
    };
    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let what = match mistakes.as_slice() {
        [mistake] => mistake.to_string(),
        _ => {
            mistakes.iter().for_each(|mistake| tracing::error!("{mistake}"));
            let path = path.display();
            format!("{path} has {} mistakes", mistakes.len())
        }
    };
    Err(Fault::new("rules", format!("the rules cannot be used: {what}: nothing was changed"), HINT))
}

/// Reads a file of rules: what it says, or what is wrong with it.
///
/// # Errors
/// A [`Fault`] where the system does not let it be read.
pub fn read(path: &Path) -> Result<Result<Reading, Mistakes>, Fault> {
    let bytes = bytes(path).map_err(|error| unreadable(path, &error))?;
    Ok(RuleSet::read(&path.display().to_string(), &bytes))
}

/// What stands in a file. Of one that is longer than any file of rules, just enough to show that.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The files of a directory that are called as files of rules are, by name.
///
/// # Errors
/// A [`Fault`] where the system does not let it be read.
pub fn in_directory(directory: &Path) -> Result<Vec<PathBuf>, Fault> {
    let list = || -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
            if ENDINGS.contains(&ending) && !path.is_dir() {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    };
    list().map_err(|error| unreadable(directory, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Fault {
    let what = format!("cannot read {}: {error}: nothing was changed", path.display());
    Fault::new("rules", what, "check the path and who may read it, or leave --rules out")
}

/// One fault that says what several say, if there is any.
fn together(faults: Vec<Fault>) -> Option<Fault> {
    let messages: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
    let message = messages.join("; ");
    faults.first().map(|first| Fault::new("rules", message, first.hint.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: &str = "vpcs:\n- vpcId: vpc-1\n  targetId: tmt-1\n";
    const WRONG: &str = "vpcs:\n- vpcId: vpc-1\n  targetID: tmt-1\n";

    /// The files by name, and what is read of them for the regions.
    fn of(files: &[(&str, &str)], regions: &[&str]) -> Result<Vec<String>, String> {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let regions: Vec<Region> = regions.iter().map(|name| Region::from(*name)).collect();
        let found = Source::open(directory.path()).unwrap().of(&regions);
        let there = directory.path().display().to_string();
        match found {
            Ok(found) => Ok(found.keys().map(ToString::to_string).collect()),
            Err(fault) => Err(fault.message.replace(&there, "DIR")),
        }
    }

    #[test]
    fn each_region_has_its_own_file() {
        let files = [("eu-west-1.yaml", FINE), ("us-east-1.yml", FINE), ("notes.txt", "no")];
        assert_eq!(of(&files, &["us-east-1"]).unwrap(), ["us-east-1"]);
        let both = of(&files, &["us-east-1", "eu-west-1", "sa-east-1"]).unwrap();
        assert_eq!(both, ["eu-west-1", "us-east-1"]);
        assert_eq!(
            of(&files, &["sa-east-1", "eu-west-2"]).unwrap_err(),
            "DIR has no sa-east-1.yaml, no eu-west-2.yaml"
        );
    }

    #[test]
    fn a_wrong_file_counts_where_its_region_is_asked_for_and_all_are_said() {
        let files = [("a-b-1.yaml", WRONG), ("a-b-2.yaml", "tags:"), ("a-b-3.yaml", FINE)];
        assert_eq!(of(&files, &["a-b-3"]).unwrap(), ["a-b-3"]);
        let message = of(&files, &["a-b-1", "a-b-2", "a-b-3"]).unwrap_err();
        for part in
            ["DIR/a-b-1.yaml:3: vpcs[0].targetID: unknown key", "DIR/a-b-2.yaml:1: tags: is empty"]
        {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn two_files_of_one_region_are_one_too_many() {
        let message = of(&[("a-b-1.yaml", FINE), ("a-b-1.yml", FINE)], &["a-b-1"]).unwrap_err();
        assert_eq!(message, "DIR/a-b-1.yaml and DIR/a-b-1.yml are of the same region");
    }

    #[test]
    fn no_more_is_read_than_shows_that_a_file_is_too_long() {
        let fault = Source::open(Path::new("/dev/zero")).unwrap_err();
        assert!(fault.message.contains("/dev/zero:1: the file has more than"), "{fault}");
    }

    #[test]
    fn what_is_not_there_is_named() {
        let fault = Source::open(Path::new("no/such/file.yaml")).unwrap_err();
        assert!(fault.message.starts_with("cannot read no/such/file.yaml"), "{fault}");
    }
}
