//! `session_mirror_tap` once more, for the tests of this package.
fn main() -> std::process::ExitCode {
    cli_tap::main_impl("session_mirror_tap", std::env::args_os())
}
