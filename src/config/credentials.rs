//! The section `credentials` of a project: exactly one way to get in, each secret written or in a file.

use super::errors::Mistakes;
use super::get;
use super::model::Credentials;
use super::read::Section;
use crate::secret::Secret;

/// The ways, in the order of the documentation. None of them in the file means the SDK's ways.
const WAYS: [&str; 4] = ["aksk", "password", "token", "agency"];

/// What the project's `credentials` say. None only if something is among the mistakes.
pub(super) fn read(project: &Section, mistakes: &mut Mistakes) -> Option<Credentials> {
    if project.entry("credentials").is_none() {
        return Some(Credentials::Sdk);
    }
    let section = get::section(project, "credentials")?;
    let given: Vec<&str> = WAYS.into_iter().filter(|way| section.entry(way).is_some()).collect();
    if given.len() != 1 {
        let found = match given.as_slice() {
            [] => "has none".to_owned(),
            several => format!("has {}", several.join(" and ")),
        };
        let what = format!("{found}, but needs exactly one of {}", WAYS.join(", "));
        mistakes.add(Some(section.at), &*section.path, what);
    }
    // All of them are read, so that what is wrong in any is told.
    let mut read: Vec<_> = given.into_iter().map(|way| read_way(section, way, mistakes)).collect();
    read.pop().flatten()
}

fn read_way(credentials: &Section, way: &str, mistakes: &mut Mistakes) -> Option<Credentials> {
    let section = get::section(credentials, way)?;
    let mut required = |value, file| required(section, value, file, mistakes);
    match way {
        "aksk" => {
            let (access_key, secret_key) = (
                required("access_key", "access_key_file"),
                required("secret_key", "secret_key_file"),
            );
            let security_token = secret(section, "security_token", "security_token_file", mistakes);
            Some(Credentials::AkSk {
                access_key: access_key?,
                secret_key: secret_key?,
                security_token,
            })
        }
        "password" => {
            let password = required("password", "password_file");
            Some(Credentials::Password {
                domain: get::text(section, "domain")?.to_owned(),
                user: get::text(section, "user")?.to_owned(),
                password: password?,
            })
        }
        "token" => required("value", "file").map(Credentials::Token),
        _ => Some(Credentials::Agency {
            endpoint: get::url(section, "endpoint"),
        }),
    }
}

/// A secret that must be given in one of its two forms.
fn required(section: &Section, value: &str, file: &str, mistakes: &mut Mistakes) -> Option<Secret> {
    if section.entry(value).is_none() && section.entry(file).is_none() {
        let what = format!("needs `{file}` (a file that holds the secret) or `{value}` (the secret itself)");
        mistakes.add(Some(section.at), &*section.path, what);
    }
    secret(section, value, file, mistakes)
}

fn secret(section: &Section, value: &str, file: &str, mistakes: &mut Mistakes) -> Option<Secret> {
    if let (Some(_), Some(second)) = (section.entry(value), section.entry(file)) {
        let what = format!("give either `{value}` or `{file}`, not both");
        mistakes.add(second.at, section.path_of(file), what);
    }
    get::secret(section, file).or_else(|| get::secret(section, value))
}
