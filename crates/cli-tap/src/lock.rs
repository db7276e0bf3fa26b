//! `--lock-file`: one run at a time on one machine.
//!
//! The operating system holds the lock for as long as the process lives, however that ends, so a lock is never stale. The
//! file stays; what stands in it is for people.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use cli_common::errors::Fault;
use cli_common::logging;
use uuid::Uuid;

/// The code of the error where another run has the lock.
pub(crate) const LOCKED: &str = "locked";

/// The code of the error where the file cannot be used.
const UNUSABLE: &str = "lock-file";

/// How it begins.
const WHO: &str = "process ";

/// More than this is not what a run wrote.
const LONGEST: u64 = 500;

/// Takes the lock, which is held until the file is dropped, and leaves a word in it about who has it.
///
/// # Errors
/// A [`Fault`] where another process has it ([`LOCKED`]), or the file cannot be used.
pub(crate) fn take(path: &Path, run_id: Uuid) -> Result<File, Fault> {
    let unusable = |error: io::Error| {
        Fault::new(
            UNUSABLE,
            format!(
                "the lock file {} cannot be used: {error}: nothing was changed",
                path.display()
            ),
            "give --lock-file a path in a folder that is there and that this user may write to",
        )
    };
    let mut options = OpenOptions::new();
    // What stands in it is another run's until the lock is ours.
    let opened = options.read(true).write(true).create(true).truncate(false).open(path);
    let mut file = opened.map_err(unusable)?;
    if !file.metadata().map_err(unusable)?.is_file() {
        return Err(unusable(io::Error::other("it is no regular file")));
    }
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(locked(path, &mut file)),
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    // A mistyped path must not cost anybody a file.
    if !is_ours(&read(&mut file).map_err(unusable)?) {
        return Err(unusable(io::Error::other("it holds something else")));
    }
    write(&mut file, run_id).map_err(unusable)?;
    Ok(file)
}

/// What stands in the file, as far as a run may have written it.
fn read(file: &mut File) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.rewind()?;
    file.take(LONGEST).read_to_end(&mut text)?;
    Ok(text)
}

/// Whether a run may have written that, or nobody anything; or a run that ended in between.
fn is_ours(text: &[u8]) -> bool {
    text.starts_with(WHO.as_bytes()) || WHO.as_bytes().starts_with(text)
}

fn write(file: &mut File, run_id: Uuid) -> io::Result<()> {
    let (pid, now) = (std::process::id(), logging::now());
    file.set_len(0)?;
    file.rewind()?;
    // At once, so that nobody reads half of it.
    file.write_all(format!("{WHO}{pid} since {now}, run {run_id}\n").as_bytes())
}

fn locked(path: &Path, file: &mut File) -> Fault {
    let text = read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let who = if text.starts_with(WHO) && text.ends_with('\n') {
        text.trim_end()
    } else {
        "another process"
    };
    Fault::new(
        LOCKED,
        format!("another run is under way: {who} has {}: nothing was changed", path.display()),
        "wait for it to end; if that takes too long, lower its --timeout or run less often",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_the_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = take(&path, Uuid::from_u128(1)).unwrap();
        let fault = take(&path, Uuid::from_u128(2)).unwrap_err();
        assert_eq!(fault.kind, LOCKED);
        let pid = std::process::id().to_string();
        for word in [&pid, "since 20", &Uuid::from_u128(1).to_string(), "lock"] {
            assert!(fault.message.contains(word), "{word}: {fault}");
        }
        drop(first);
        let second = take(&path, Uuid::from_u128(2)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(&Uuid::from_u128(2).to_string()), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        drop(second);
        assert!(path.exists());
    }

    #[test]
    fn a_lock_of_somebody_who_wrote_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        for text in ["", "process 1", "\u{1b}[2J"] {
            std::fs::write(&path, text).unwrap();
            let file = File::open(&path).unwrap();
            file.lock().unwrap();
            let fault = take(&path, Uuid::nil()).unwrap_err();
            assert!(fault.message.contains("another process has "), "{fault}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "not ours to write");
        }
    }

    #[test]
    fn a_file_that_holds_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("important");
        for text in ["region = eu-west-1\n", "processes:\n", "p\n"] {
            std::fs::write(&path, text).unwrap();
            let fault = take(&path, Uuid::nil()).unwrap_err();
            assert_eq!(fault.kind, UNUSABLE, "{fault}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        for text in ["", "proc", "process 1 since yesterday, run x\n"] {
            std::fs::write(&path, text).unwrap();
            take(&path, Uuid::nil()).unwrap();
        }
    }

    #[test]
    fn a_path_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("no/such/lock");
        for path in [folder.path(), &missing, Path::new("/dev/null")] {
            let fault = take(path, Uuid::nil()).unwrap_err();
            assert_eq!(fault.kind, UNUSABLE, "{fault}");
            assert!(fault.message.contains(&path.display().to_string()), "{fault}");
            assert!(fault.hint.contains("--lock-file"));
        }
    }
}
