//! The `danggol` command.

fn main() -> std::process::ExitCode {
    danggol_server::cli::main()
}
