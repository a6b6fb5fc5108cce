//! The scripts by which a shell completes the command line.
//!
//! Owns: what is to be mended in them. All that they offer comes from the flags.

use clap::{Arg, CommandFactory as _, ValueHint};
use clap_complete::Shell;

use super::Cli;
use super::manual::PROGRAM;

/// The script for `shell`.
#[must_use]
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    let mut command = Cli::command()
        .mut_args(hinted)
        .mut_subcommands(|sub| sub.mut_args(hinted));
    clap_complete::generate(shell, &mut command, PROGRAM, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    if shell == Shell::Bash { mended(&script) } else { script }
}

/// Files are offered where a file is wanted, and nowhere else.
fn hinted(flag: Arg) -> Arg {
    let is_file = flag
        .get_long()
        .and_then(|name| name.rsplit_once('.'))
        .is_some_and(|(_, last)| last == "file");
    if !flag.get_action().takes_values() {
        return flag;
    }
    flag.value_hint(if is_file { ValueHint::FilePath } else { ValueHint::Other })
}

/// The crate writes the name of a program that has a hyphen in two ways, so that no command's flags are found; and it
/// does not know of `--flag=VALUE`, which bash gives as three words.
fn mended(script: &str) -> String {
    let words = "    prev=\"$3\"\n";
    let with_equals = format!(
        "{words}    if [[ \"${{prev}}\" == \"=\" ]]; then prev=\"${{COMP_WORDS[COMP_CWORD-2]}}\"; fi
    if [[ \"${{COMP_WORDS[COMP_CWORD]}}\" == \"=\" ]]; then cur=\"\"; prev=\"${{COMP_WORDS[COMP_CWORD-1]}}\"; fi\n"
    );
    script
        .replace(&PROGRAM.replace('-', "__subcmd__"), &PROGRAM.replace('-', "__"))
        .replace(words, &with_equals)
}
