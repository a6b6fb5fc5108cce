//! Durations and sizes: their text forms, both ways.

use std::fmt::Write as _;
use std::time::Duration;

use super::values::shown;

/// The units of a Prometheus duration, in the order in which they may follow each other, in milliseconds.
/// A year has 365 days and a week 7 (prometheus/common, `model.ParseDuration`).
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

pub(super) fn duration(text: &str, least: Duration, most: Duration) -> Result<Duration, String> {
    let value = prometheus_duration(text)
        .ok_or_else(|| format!("{} is no duration; write for example 1m30s, 250ms or 1d", shown(text)))?;
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        let (least, most) = (duration_text(least), duration_text(most));
        Err(format!(
            "{} is out of bounds; it must be {least} to {most}",
            shown(text)
        ))
    }
}

/// `1h30m` and the like: each unit once at most, from the largest to the smallest; `0` needs none.
fn prometheus_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total: u64 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, next) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let (_, milliseconds) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*milliseconds)?)?;
        rest = next;
    }
    (!text.is_empty()).then(|| Duration::from_millis(total))
}

/// A duration as it would be written in the file.
pub(super) fn duration_text(value: Duration) -> String {
    let mut rest = u64::try_from(value.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    // Years and weeks are skipped: 400 days say more than a year, five weeks or so.
    for (name, milliseconds) in &UNITS[2..] {
        if rest >= *milliseconds {
            // Writing to a String cannot fail.
            let _ = write!(text, "{}{name}", rest / milliseconds);
            rest %= milliseconds;
        }
    }
    if text.is_empty() { "0".to_owned() } else { text }
}

/// The units of a Go duration, in nanoseconds (Go, `time.ParseDuration`).
const GO_UNITS: [(&str, f64); 8] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("\u{b5}s", 1e3),
    ("\u{3bc}s", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 6e10),
    ("h", 3.6e12),
];

/// A length of time as Go writes it, at most a day: `1.5s`, `1m30s`; `0` needs no unit.
pub(super) fn pause(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is a number without a unit, which would be nanoseconds; write for example 1s".to_owned());
    }
    go_nanoseconds(text)
        .filter(|nanoseconds| *nanoseconds <= 8.64e13)
        .map(|nanoseconds| Duration::from_secs_f64(nanoseconds / 1e9))
        .ok_or_else(|| {
            format!(
                "{} is no duration of a day at most; write for example 1.5s, 250ms or 0",
                shown(text)
            )
        })
}

fn go_nanoseconds(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, after) = rest.split_at(rest.find(|c| !is_number(c))?);
        let (unit, next) = after.split_at(after.find(is_number).unwrap_or(after.len()));
        let (_, nanoseconds) = GO_UNITS.iter().find(|(name, _)| *name == unit)?;
        total += number.parse::<f64>().ok()? * nanoseconds;
        rest = next;
    }
    (!text.is_empty()).then_some(total)
}

/// The units of a size, in bytes: binary ones first.
const SIZES: [(&str, u64); 6] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

pub(super) fn size(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let (number, factor) = SIZES
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))
        .unwrap_or((text, 1));
    let value = digits(number)
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| format!("{} is no size; write for example 8MiB, 8MB or 8388608", shown(text)))?;
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        let (least, most) = (size_text(least), size_text(most));
        Err(format!(
            "{} is out of bounds; it must be {least} to {most}",
            shown(text)
        ))
    }
}

/// A size as it would be written in the file.
pub(super) fn size_text(value: u64) -> String {
    let unit = SIZES[..3]
        .iter()
        .rev()
        .find(|(_, factor)| value > 0 && value.is_multiple_of(*factor));
    unit.map_or_else(
        || value.to_string(),
        |(name, factor)| format!("{}{name}", value / factor),
    )
}

/// A number as everybody reads it: no sign, no leading zero, no other base.
pub(super) fn digits(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_prometheus_reads_them() {
        for (text, milliseconds) in [
            ("0", 0),
            ("250ms", 250),
            ("1m30s", 90_000),
            ("1h0m", 3_600_000),
            ("1d", 86_400_000),
            ("1w", 604_800_000),
            ("1y2w3d4h5m6s7ms", 33_019_506_007),
        ] {
            assert_eq!(
                prometheus_duration(text),
                Some(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in [
            "",
            "1",
            "s",
            "1s2m",
            "1s1s",
            "1.5h",
            " 1s",
            "1s ",
            "-1s",
            "999999999999y",
            "1ms1s",
        ] {
            assert_eq!(prometheus_duration(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_binary_decimal_or_bytes() {
        for (text, bytes) in [
            ("8MiB", 8 << 20),
            ("8MB", 8_000_000),
            ("1KiB", 1024),
            ("1KB", 1000),
            ("7", 7),
        ] {
            assert_eq!(size(text, 0, u64::MAX), Ok(bytes), "{text}");
        }
        assert_eq!(
            [size_text(8 << 20), size_text(1 << 30), size_text(1000)],
            ["8MiB", "1GiB", "1000"]
        );
    }

    proptest::proptest! {
        #[test]
        fn a_written_duration_is_read_back(milliseconds in 0..u64::from(u32::MAX)) {
            let value = Duration::from_millis(milliseconds);
            assert_eq!(prometheus_duration(&duration_text(value)), Some(value));
        }
    }
}
