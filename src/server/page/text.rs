//! Text from outside, made fit to be shown.
//!
//! Owns: how much of it is shown, and what must not reach a reader as it is. Escaping is not its matter: the markup
//! does that by construction.

use std::borrow::Cow;

/// So much of a name or an id is shown: the cloud's own names have 64 characters at most.
pub(super) const NAME: usize = 120;

/// So much of a sentence about a failure.
pub(super) const SENTENCE: usize = 600;

/// So much of one of the cloud's words, such as a type of objects.
pub(super) const WORD: usize = 40;

/// Stands for what cannot be shown.
const REPLACEMENT: char = '\u{fffd}';

/// The first `most` characters of `text`, with a mark where something is left out. A character that shows nothing, and
/// turns the writing around or breaks the line, is shown as one that cannot be: two names that look the same are the
/// same.
pub(super) fn shown(text: &str, most: usize) -> Cow<'_, str> {
    let end = text.char_indices().nth(most).map_or(text.len(), |(end, _)| end);
    let (start, is_cut) = (&text[..end], end < text.len());
    if !is_cut && !start.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = start.replace(is_harmful, REPLACEMENT.encode_utf8(&mut [0; 4]));
    if is_cut {
        shown.push('…');
    }
    Cow::Owned(shown)
}

/// Control characters, and Unicode's marks, embeddings, overrides and isolates of direction, and its line breaks.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_and_harmless_stays_as_it_is() {
        for text in ["", "orders-mysql-dr", "订单库容灾", "<b>\"&'", "ab"] {
            assert!(matches!(shown(text, 20), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn what_is_long_is_cut_between_characters() {
        assert_eq!(shown(&"é".repeat(10_000), 3), "ééé…");
        assert_eq!(shown("abc", 3), "abc");
    }

    #[test]
    fn what_turns_or_breaks_the_writing_shows() {
        assert_eq!(
            shown("a\u{202e}b\u{0}c\nd\u{2066}", 20),
            "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}"
        );
    }
}
