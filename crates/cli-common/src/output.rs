//! The two streams: results to stdout, what is said about them to stderr. The only place that writes to either.

use std::io::{self, Write};

/// Writes results to stdout; colours stay only where they can be shown. A reader that has gone away (`| head`) is no
/// error.
///
/// # Errors
/// What the system says, a full disk for one.
pub fn stdout(text: &str) -> io::Result<()> {
    quiet(write_all(&mut anstream::stdout().lock(), text))
}

/// Writes to stderr. When even that fails there is nobody left to tell.
pub fn stderr(text: &str) {
    let _ = write_all(&mut anstream::stderr().lock(), text);
}

fn write_all(stream: &mut impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

fn quiet(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_has_gone_is_no_error_and_a_full_disk_is_one() {
        assert!(quiet(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        assert!(quiet(Err(io::ErrorKind::StorageFull.into())).is_err());
    }
}
