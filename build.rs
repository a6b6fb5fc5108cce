//! Tells the program what it was built from: the variables that `src/build_info.rs` reads.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=DRS_EXPORTER_REVISION");
    for file in git_files() {
        println!("cargo:rerun-if-changed={file}");
    }
    // Without any file of its own the script would run again after every change in the folder.
    println!("cargo:rerun-if-changed=build.rs");

    let revision = output("git", &["rev-parse", "--short=12", "HEAD"])
        .or_else(|| env::var("DRS_EXPORTER_REVISION").ok())
        // The same digits, wherever they came from: the same commit makes the same binary.
        .map(|text| text.trim().chars().take(12).collect::<String>())
        .filter(|text| !text.is_empty() && !text.contains(char::is_whitespace))
        .unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=DRS_EXPORTER_BUILD_REVISION={revision}");

    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = output(&rustc, &["--version"])
        .and_then(|text| text.split_whitespace().nth(1).map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=DRS_EXPORTER_BUILD_RUST_VERSION={version}");
}

/// The files that change with the checked-out commit. A commit on a branch changes the log of HEAD, not HEAD.
fn git_files() -> Vec<String> {
    ["HEAD", "logs/HEAD"]
        .iter()
        .filter_map(|name| output("git", &["rev-parse", "--git-path", name]))
        .map(|path| path.trim().to_owned())
        .filter(|path| Path::new(path).exists())
        .collect()
}

/// What a command prints, if there is such a command and it succeeds.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
