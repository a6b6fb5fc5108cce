//! The man page.
//!
//! Owns: its order, and what in it no flag can say. All that is said of a flag or a command is what they say of
//! themselves.

use std::fmt::Write as _;
use std::io;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::Cli;

/// The name of the program, as it is installed.
pub(super) const PROGRAM: &str = "drs-exporter";

/// Names and what is to be said of each.
type Entries = &'static [(&'static str, &'static str)];

/// Beside each flag's own variable.
const ENVIRONMENT: Entries = &[
    (
        "DRS_EXPORTER_…",
        "Each flag can be given by the variable that stands beside it; the flag wins.",
    ),
    (
        "HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, HUAWEICLOUD_SDK_SECURITY_TOKEN, …",
        "As Huawei Cloud's SDKs read them: the credentials of a project whose configuration names none.",
    ),
    (
        "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
        "The proxy towards the cloud, where the configuration names none.",
    ),
    ("NO_COLOR", "If set to anything, the tables of check have no colours."),
    (
        "TMPDIR",
        "Where backfill keeps what it gathers until it writes; /tmp if not set.",
    ),
    (
        "NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS, CREDENTIALS_DIRECTORY",
        "Set by systemd: readiness, watchdog, sockets, secrets.",
    ),
];

const FILES: Entries = &[
    (
        "drs-exporter.yaml",
        "The configuration, in the working directory if --config.file names none.",
    ),
    (
        "/etc/drs-exporter/drs-exporter.yaml",
        "The configuration of the service, where installed by the package.",
    ),
    (
        "~/.huaweicloud/credentials",
        "The profile file of Huawei Cloud's SDKs, read where neither the configuration nor the environment has credentials.",
    ),
];

const SIGNALS: Entries = &[
    (
        "SIGHUP",
        "Read the configuration again, as POST /-/reload does with --web.enable-lifecycle, and as --config.watch does \
         when the file has changed. One that cannot be used changes nothing; the log says why.",
    ),
    (
        "SIGTERM, SIGINT",
        "End: open scrapes are answered, and within 5 seconds the exit status is 0. A second one ends it at once, with \
         the exit status 128 and its number: 143 or 130.",
    ),
];

const EXIT_STATUS: Entries = &[
    ("0", "Ended as asked, all is well."),
    (
        "1",
        "Something failed; the last line on standard error says what. The exporter also ends so when a project is not \
         refreshed any more or the metrics are not rendered any more, by a mistake of its own: it names the project, and \
         whoever started it should start it anew. A cloud that is down or refuses is none.",
    ),
    (
        "2",
        "The arguments or the configuration cannot be used. Trying again is of no use.",
    ),
    ("130, 143", "Ended at once by a second SIGINT or SIGTERM."),
];

/// The man page, as roff: one for all commands.
#[must_use]
pub fn man() -> String {
    // Writing to memory does not fail.
    page().unwrap_or_default()
}

fn page() -> io::Result<String> {
    let mut root = Cli::command();
    root.build();
    let main = Man::new(root.clone())
        .title(PROGRAM.to_uppercase())
        .source(format!("{PROGRAM} {}", env!("CARGO_PKG_VERSION")))
        // A build must not depend on its day.
        .date(" ")
        .manual("Prometheus exporters");

    let mut page = written(|out| main.render_title(out))?;
    page += &written(|out| main.render_name_section(out))?;
    page += &(heading("SH", "SYNOPSIS") + &heading("nf", ""));
    for command in [&root].into_iter().chain(root.get_subcommands()) {
        page += &synopsis(command);
    }
    page += &heading("fi", "");
    page += &written(|out| main.render_description_section(out))?;
    page += &options(&root)?;
    page += &heading("SH", "COMMANDS");
    for command in root.get_subcommands() {
        page += &section(command)?;
    }
    for (title, entries) in [
        ("ENVIRONMENT", ENVIRONMENT),
        ("FILES", FILES),
        ("SIGNALS", SIGNALS),
        ("EXIT STATUS", EXIT_STATUS),
    ] {
        page += &list(title, entries);
    }
    page += &heading("SH", "EXAMPLES");
    page += &examples(&root);
    page += &heading("SH", "SEE ALSO");
    page += &Roff::new()
        .text([bold("prometheus"), roman("(1), "), bold("promtool"), roman("(1)")])
        .render();
    Ok(tidy(&page))
}

/// One command within the page.
fn section(command: &Command) -> io::Result<String> {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let mut text = heading("SS", name);
    if let Some(about) = command.get_long_about().or_else(|| command.get_about()) {
        text += &Roff::new().text([roman(format!("{about}."))]).render();
    }
    text += &options(command)?;
    text += &heading("PP", "");
    text += &examples(command);
    Ok(text)
}

/// The flags, without the headings that would end the section they are in.
fn options(command: &Command) -> io::Result<String> {
    let is_within = command.get_name() != PROGRAM;
    let text = written(|out| Man::new(command.clone()).render_options_section(out))?;
    let lines = text.lines().filter(|line| !(is_within && line.starts_with(".SH")));
    // An empty line would end the paragraph's indentation, and is bad style in roff.
    Ok(lines.fold(String::new(), |text, line| {
        text + if line.is_empty() { ".IP" } else { line } + "\n"
    }))
}

fn synopsis(command: &Command) -> String {
    let mut words = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut flags = command.get_arguments().filter(|flag| !flag.is_positional());
    if flags.any(|flag| flag.get_id() != "help") {
        words += " [OPTION…]";
    }
    for name in command
        .get_positionals()
        .filter_map(|word| word.get_value_names()?.first())
    {
        words.push(' ');
        words.push_str(name);
    }
    Roff::new().text([bold(words)]).render()
}

/// What stands below the flags in the help, as it stands there.
fn examples(command: &Command) -> String {
    let Some(text) = command.get_after_long_help() else {
        return String::new();
    };
    let text = text.to_string();
    let lines = text
        .lines()
        // It is the heading, or has one of its own.
        .filter(|line| !(command.get_name() == PROGRAM && (line.starts_with("Examples") || line.starts_with("Exit"))));
    let mut roff = Roff::new();
    roff.control("nf", []);
    for line in lines {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff.render()
}

fn list(title: &str, entries: Entries) -> String {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (name, meaning) in entries {
        roff.control("TP", []);
        roff.text([bold(*name)]);
        roff.text([roman(*meaning)]);
    }
    roff.render()
}

fn heading(kind: &str, title: &str) -> String {
    let title = Some(title).filter(|title| !title.is_empty());
    Roff::new().control(kind, title).render()
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<String> {
    let mut out = Vec::new();
    write(&mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Only the first part needs to say how apostrophes are written. Helps are written as for Markdown, where backticks
/// mark code; here they would be quotes. Whatever is not ASCII is named, so that every formatter knows it.
fn tidy(page: &str) -> String {
    let preamble: Vec<_> = page.lines().take(2).collect();
    let lines = page.lines().skip(2).filter(|line| !preamble.contains(line));
    let mut text = preamble.join("\n") + "\n";
    for character in lines.flat_map(|line| line.trim_end().chars().chain(['\n'])) {
        match character {
            '`' => {}
            character if character.is_ascii() => text.push(character),
            // Writing to a string does not fail.
            other => drop(write!(text, "\\[u{:04X}]", u32::from(other))),
        }
    }
    text
}
