//! `session_mirror_config_vpc` once more, for the tests of this package.
fn main() -> std::process::ExitCode {
    cli_config_vpc::main_impl("session_mirror_config_vpc", std::env::args_os())
}
