//! Words and times as the tables have them.

use jiff::Timestamp;

use super::Screen;

/// What is there, one below the other on a terminal, else in one line; a dash where nothing is.
pub(super) fn lines(parts: impl IntoIterator<Item = Option<String>>, screen: Screen) -> String {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    match (parts.as_slice(), screen.width) {
        ([], _) => "-".to_owned(),
        (parts, Some(_)) => parts.join("\n"),
        (parts, None) => parts.join("; "),
    }
}

/// A time in UTC; a terminal has no room for seconds.
pub(super) fn instant(time: Timestamp, screen: Screen) -> String {
    let form = if screen.is_terminal() {
        "%Y-%m-%d %H:%MZ"
    } else {
        "%Y-%m-%d %H:%M:%SZ"
    };
    time.strftime(form).to_string()
}

/// Text from outside, with what would steer a terminal made visible: control characters, and those that are not seen
/// but turn the direction of writing.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_unseen(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}
