//! `docs/web-configuration.md`, made from the table of keys. A test compares the file with it.

use std::fmt::Write as _;

use super::keys::{TABLE, WebKey};
use crate::config::docs::kind;
use crate::config::keys::Need;

/// A whole file; it loads (a test does it).
pub(super) const EXAMPLE: &str = include_str!("example.yaml");

const INTRODUCTION: &str = "\
# Web configuration

<!-- Made from the table in src/web_config/keys.rs. To change this page, change the table or src/web_config/docs.rs, then run the tests with UPDATE_DOCS=1. -->

The file that `--web.config.file` names says how the exporter is reached: TLS, clients' certificates, users, headers. Its
format is that of the [Prometheus exporter-toolkit](https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md),
so a file for another exporter works here, but for what the last column below tells. A key that cannot be honoured is
refused with the reason, never ignored. All mistakes are told at once, with line, column and key; at the start they end
the program with exit code 2.

Without the flag everybody is answered, in plain text. The log says at the start which of these are on.
";

const NOTES: &str = "\
## What differs in the YAML

Anchors, aliases, tags and a second document are refused, and names of keys are compared byte by byte. An empty file
protects nothing, as in the toolkit. A key with nothing behind it, or with an empty text, counts as left out.

## Changes while it runs

The file and the files that it names are looked at for every new TLS connection and every request, and read when they
have changed: also when a symbolic link is swapped, as Kubernetes does. A file that is rewritten in place, at the same size
and within one tick of the file system's clock (some milliseconds), looks unchanged; replace it instead. Users and headers
count from the next request on.

Connections that are open stay as they are, since a certificate is looked at in the handshake alone: a client whose
authority or name was taken out goes on over the connection that it keeps. Restart the exporter to shut it out at once.

Where something does not fit (a key that is not of its certificate because one of the two is not yet replaced, a damaged
file, a file that is gone), the last good state stays in use. The log says so once per change, and
`drs_exporter_web_config_last_reload_successful` is 0 until all is well. Nothing has to be replaced at the same moment.
The toolkit instead fails each handshake and answers each request with 500 meanwhile.

What protects is not switched off at run time, since a file that is caught half written looks the same: TLS as a whole, all
users, and the demand for clients' certificates go only with a restart. Nor can TLS be switched on.

## Passwords

Every path asks for a user, `/-/healthy` and `/-/ready` too: a probe needs a password, or a TCP probe instead. A hash is made
with `htpasswd -nBC 10 \"\"`, of which the part behind the colon is the hash.

- Whoever was let in is remembered by a keyed hash, so that a scrape costs no bcrypt. The password itself is not kept.
- A name that is no user's costs as much as a wrong password.
- bcrypt keeps at most half of the processors busy; beyond 64 requests that wait for it, or 8 from one address (IPv6: one /64), others
  are answered with 503. So whoever guesses passwords holds up no scrape of a user who was let in before, and from one
  address no first login either. Behind a proxy all clients have one address.
- bcrypt sees the first 72 bytes of a password.

## Limits

A TLS handshake has to be done within 10 s. On a connection of HTTP/2 at most 16 requests are under way; headers and idle
connections have the limits of HTTP/1, and 64 KiB of each answer have to be taken within 30 s. With clients' certificates no TLS session is resumed: a certificate
is verified on every connection. HTTP that cannot be read as a request is refused without the configured headers.

## What it costs

Time of a scrape of the demo (gzip), measured with Python on a machine with two cores; medians of 200, of the lower rows
of 20, of first logins of 5:

| | connection is kept | new connection |
|---|---:|---:|
| plain text | 0.4 ms | 0.4 ms |
| TLS | 0.5 ms | 1.3 ms |
| TLS, a user who was let in before | 0.4 ms | 1.3 ms |
| TLS, a user's first login (cost 10) | | 62 ms |
| TLS, a wrong password or no user's name (cost 10) | 59 ms | 61 ms |
";

/// The page.
pub(super) fn markdown() -> String {
    let mut page = format!("{INTRODUCTION}\n## Example\n\n```yaml\n{EXAMPLE}```\n");
    let mut sections: Vec<&str> = Vec::new();
    for entry in TABLE {
        if !sections.contains(&entry.key.section) {
            sections.push(entry.key.section);
        }
    }
    sections.sort_by_key(|section| !section.is_empty());
    for section in sections {
        let title = if section.is_empty() {
            "Top level".to_owned()
        } else {
            format!("`{section}`")
        };
        let head = "| Key | Value | Left out | Meaning | Compared with the toolkit |\n|---|---|---|---|---|";
        writeln!(page, "\n## {title}\n\n{head}").unwrap();
        for entry in TABLE.iter().filter(|entry| entry.key.section == section) {
            row(&mut page, entry);
        }
    }
    page + "\n" + NOTES
}

fn row(page: &mut String, WebKey { key, differs }: &WebKey) {
    let left_out = match key.need {
        Need::Required => "required".to_owned(),
        Need::Default(value) => format!("`{value}`"),
        Need::Optional(meaning) => meaning.to_owned(),
    };
    let differs = if differs.is_empty() { "The same." } else { differs };
    let (name, value, about) = (key.name, kind(key.kind), key.about);
    writeln!(page, "| `{name}` | {value} | {left_out} | {about} | {differs} |").unwrap();
}
