//! `session_mirror_blacklist` once more, for the tests of this package.
fn main() -> std::process::ExitCode {
    cli_blacklist::main_impl("session_mirror_blacklist", std::env::args_os())
}
