//! The binary: hands the command line to its command and turns the outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    drs_exporter::commands::main()
}
