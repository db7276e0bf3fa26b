//! `session_mirror_whitelist` once more, for the tests of this package.
fn main() -> std::process::ExitCode {
    cli_whitelist::main_impl("session_mirror_whitelist", std::env::args_os())
}
