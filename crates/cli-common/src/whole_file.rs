//! Files that are replaced as a whole: who reads one never sees half of it, and what was there stays until all of the new is.

use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Others have to read them: node_exporter, a web server, the one who gets the report.
const MODE: u32 = 0o644;

/// Checks, before any work is done, that a file can be written.
///
/// # Errors
/// What the system says; or that something is there that is no regular file: to replace a device or a link would harm others.
pub fn check(path: &Path) -> io::Result<()> {
    let is_other = |file: std::fs::Metadata| !file.is_file();
    if path.symlink_metadata().is_ok_and(is_other) {
        return Err(io::Error::other("it is no regular file"));
    }
    tempfile::tempfile_in(folder(path)).map(drop)
}

/// Replaces a file, or makes it.
///
/// # Errors
/// What the system says.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    // node_exporter reads only what ends in `.prom`.
    let mut file = tempfile::Builder::new()
        .prefix(".session-mirror-")
        .suffix(".tmp")
        .tempfile_in(folder(path))?;
    file.write_all(text.as_bytes())?;
    let opened: &File = file.as_file();
    opened.set_permissions(Permissions::from_mode(MODE))?;
    file.persist(path)?;
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    }
}
