//! `docs/command-line.md`, made from the flags themselves. A test compares the file with it.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};

use super::Cli;

const INTRODUCTION: &str = "\
# Command line

<!-- Made from the flags in src/cli.rs. To change this page, change a flag, then run the tests with UPDATE_DOCS=1. -->

Every flag can also be given as an environment variable; the flag wins. Unusable arguments end with exit code 2 and a
message on standard error. `-h` prints a summary, `--help` all of it.
";

/// The page.
pub(super) fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut command = Cli::command();
    command.build();
    section(&mut page, &command);
    for subcommand in command.get_subcommands() {
        section(&mut page, subcommand);
    }
    page
}

fn section(page: &mut String, command: &Command) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let about = command
        .get_long_about()
        .or_else(|| command.get_about())
        .map(ToString::to_string);
    let about = about.unwrap_or_default();
    let head = "| Flag | Environment variable | Default | Meaning |\n|---|---|---|---|";
    writeln!(page, "\n## `{name}`\n\n{about}\n\n{head}").unwrap();
    for flag in command.get_arguments().filter(|flag| !flag.is_positional()) {
        row(page, flag);
    }
    for word in command.get_positionals() {
        let name = word.get_value_names().unwrap().join(" ");
        writeln!(page, "\n`{name}`: {}{}", help(word), choices(word)).unwrap();
    }
    if let Some(examples) = command.get_after_long_help() {
        writeln!(page, "\n```text\n{examples}\n```").unwrap();
    }
}

fn row(page: &mut String, flag: &Arg) {
    let name = flag.get_long().unwrap();
    let takes_value = flag.get_num_args().is_some_and(|range| range.takes_values());
    let value = match flag.get_value_names() {
        Some([value, ..]) if takes_value => format!("={value}"),
        _ => String::new(),
    };
    let code = |text: Option<String>| text.map_or_else(String::new, |text| format!("`{text}`"));
    let env = code(flag.get_env().map(|name| name.to_string_lossy().into_owned()));
    let default = code(
        flag.get_default_values()
            .first()
            .map(|value| value.to_string_lossy().into_owned()),
    );
    let (help, choices) = (help(flag), choices(flag));
    writeln!(page, "| `--{name}{value}` | {env} | {default} | {help}{choices} |").unwrap();
}

fn help(flag: &Arg) -> String {
    let help = flag
        .get_long_help()
        .or_else(|| flag.get_help())
        .map(ToString::to_string)
        .unwrap_or_default();
    // The summary line has no full stop; what follows it in the long help is a sentence of its own.
    let help = help.replace("\n\n", ". ");
    help.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn choices(flag: &Arg) -> String {
    let choices = flag.get_possible_values();
    let names: Vec<_> = choices
        .iter()
        .map(|choice| format!("`{}`", choice.get_name()))
        .collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!(": {}", names.join(", ")),
    }
}
