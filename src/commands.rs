//! The commands, one file each, and the only place where the parts of the program are wired together.
//!
//! Owns: the way from parsed flags to an exit code, and turning errors into text. Errors go to standard error,
//! results to standard output. Knows nothing of HTTP and YAML.

mod backfill;
mod check;
mod clients;
mod demo;
mod heed;
mod listening;
mod logging;
mod observers;
mod parts;
mod plans;
mod reload;
mod serve;
mod service;
mod signals;
mod simulate;
mod systemd;
mod target;
mod vital_signs;
mod watch;

use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{self, Cli, Command};
use crate::shard::NoSuchShard;

/// Exit code of something that failed while the arguments were good.
const FAILED: u8 = 1;

/// Exit code of arguments or a configuration that cannot be used.
const UNUSABLE: u8 = 2;

/// Why a command ended otherwise than asked: the exit code and what a person reads.
#[derive(Debug)]
struct Failure {
    code: u8,
    /// Empty where there is nothing to add.
    message: String,
}

impl Failure {
    /// Something failed, as the command's own output tells; or nobody is left to tell.
    fn told() -> Self {
        Self::failed("")
    }

    fn failed(message: impl Into<String>) -> Self {
        Self {
            code: FAILED,
            message: message.into(),
        }
    }

    #[allow(clippy::needless_pass_by_value, reason = "made for map_err")]
    fn no_such_shard(error: NoSuchShard) -> Self {
        Self::unusable(format!("--shard and --total-shards do not fit together: {error}"))
    }

    fn unusable(message: impl Into<String>) -> Self {
        Self {
            code: UNUSABLE,
            message: message.into(),
        }
    }
}

/// Runs the command line of this process. Unusable arguments end it here, with a message and exit code 2.
#[must_use]
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.message.is_empty() => ExitCode::from(failure.code),
        Err(failure) => {
            #[allow(
                clippy::print_stderr,
                reason = "the last words of the process, also where logging is not up"
            )]
            {
                eprintln!("drs-exporter: {}", failure.message);
            }
            ExitCode::from(failure.code)
        }
    }
}

/// The runtime, a listening socket and some connections need about so many pairs of file descriptors.
const DESCRIPTOR_PAIRS: usize = 16;

/// Too few file descriptors are told before the runtime breaks down over them.
fn expect_descriptors() -> Result<(), Failure> {
    let pairs: Result<Vec<_>, _> = (0..DESCRIPTOR_PAIRS).map(|_| UnixStream::pair()).collect();
    pairs.map(drop).map_err(|error| {
        Failure::failed(format!(
            "no {} file descriptors can be had: {error}; raise the limit (ulimit -n, LimitNOFILE= of systemd)",
            DESCRIPTOR_PAIRS * 2
        ))
    })
}

fn run(cli: Cli) -> Result<(), Failure> {
    expect_descriptors()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("the runtime cannot be started: {error}")))?;
    let outcome = match cli.command {
        None => runtime.block_on(serve::run(&cli.target, cli.config_watch, &cli.serving)),
        Some(Command::Demo(serving)) => runtime.block_on(demo::run(&serving)),
        Some(Command::Simulate(flags)) => runtime.block_on(simulate::run(&flags)),
        Some(Command::Check(flags)) => runtime.block_on(check::run(&flags)),
        Some(Command::Backfill(flags)) => runtime.block_on(backfill::run(&flags)),
        Some(Command::Completions(flags)) => simulate::print(&cli::completions(flags.shell)),
        Some(Command::Man) => simulate::print(&cli::man()),
    };
    // A look-up that hangs in a blocking thread must not keep the process alive.
    runtime.shutdown_background();
    outcome
}
