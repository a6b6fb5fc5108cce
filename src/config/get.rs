//! Typed access to the values of a section.
//!
//! Each function gives none where the key was left out or refused. The table decides which type a key has; that
//! every key is asked for as what it is, the test `every_key_has_an_effect` shows.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::read::Section;
use super::values::Value;
use crate::secret::Secret;

macro_rules! getter {
    ($(#[$doc:meta])* $name:ident, $variant:ident($bound:ident) => $value:expr, $type:ty) => {
        $(#[$doc])*
        pub(super) fn $name<'a>(section: &'a Section, name: &str) -> Option<$type> {
            match section.entry(name)?.value.as_ref()? {
                Value::$variant($bound) => Some($value),
                _ => None,
            }
        }
    };
}

getter!(section, Section(value) => value, &'a Section);
getter!(list, List(value) => value, &'a [Section]);
getter!(duration, Duration(value) => *value, Duration);
getter!(
    /// Counts, and sizes in bytes.
    number, Number(value) => *value, u64
);
getter!(rate, Rate(value) => *value, f64);
getter!(text, Text(value) => value, &'a str);
getter!(url, Url(value) => value.clone(), Url);
getter!(file, File(value) => value.clone(), PathBuf);
getter!(secret, Secret(value) => value.clone(), Secret);
