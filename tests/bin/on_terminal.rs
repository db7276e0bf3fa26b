//! Starts a program on the terminal behind stderr as its controlling one: Ctrl-C then reaches it as it does a person's.
//!
//! The standard library cannot do this between fork and exec without unsafe code, so that a process of its own does.
use std::os::unix::process::CommandExt;
use std::process::Command;

fn main() -> std::io::Result<()> {
    let mut words = std::env::args_os().skip(1);
    let program = words.next().expect("the program is given");
    rustix::process::setsid()?;
    rustix::process::ioctl_tiocsctty(std::io::stderr())?;
    Err(Command::new(program).args(words).exec())
}
