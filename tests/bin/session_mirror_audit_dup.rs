//! `session_mirror_audit` once more, for the tests of this package.
fn main() -> std::process::ExitCode {
    cli_audit::main_impl("session_mirror_audit", std::env::args_os())
}
