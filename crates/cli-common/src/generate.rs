//! Man page and shell completions, made from the command line's own definition.

use std::io;

use clap::{Command, ValueEnum};
use clap_complete::Shell;

/// What can be made from a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Generate {
    /// The man page, in roff.
    Man,
    /// Completions for bash.
    Bash,
    /// Completions for zsh.
    Zsh,
    /// Completions for fish.
    Fish,
}

/// Makes it.
///
/// # Errors
/// Those of the man page's writer.
pub fn generate(what: Generate, command: Command) -> io::Result<String> {
    let mut bytes = Vec::new();
    let name = command.get_name().to_owned();
    match what {
        Generate::Man => clap_mangen::Man::new(command).render(&mut bytes)?,
        Generate::Bash => complete(Shell::Bash, command, &name, &mut bytes),
        Generate::Zsh => complete(Shell::Zsh, command, &name, &mut bytes),
        Generate::Fish => complete(Shell::Fish, command, &name, &mut bytes),
    }
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn complete(shell: Shell, mut command: Command, name: &str, bytes: &mut Vec<u8>) {
    clap_complete::generate(shell, &mut command, name, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_names_the_command_and_its_flags() {
        for what in Generate::value_variants() {
            let command = Command::new("session_mirror_x").arg(clap::arg!(--"dry-run" "Look"));
            let text = generate(*what, command).unwrap();
            assert!(text.contains("session_mirror_x"), "{what:?}");
            assert!(text.contains("dry"), "{what:?}");
        }
    }
}
