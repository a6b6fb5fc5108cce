//! The grammar that both text formats share, and the few places where they differ.
//!
//! Owns: escaping, numbers, header lines. Sources: the Prometheus text format 0.0.4 and OpenMetrics 1.0.
//! The formats differ in a family's header only, which is why samples can be written once for both.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::catalogue::{Kind, Metric};

/// A text format of a scrape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// The Prometheus text format 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Text, Self::OpenMetrics];
}

/// The last line of an OpenMetrics answer.
pub(super) const OPEN_METRICS_END: &str = "# EOF\n";

/// Digits after the point that a time keeps: a 64-bit float holds no more of a Unix time.
const FRACTION_DIGITS: usize = 6;

/// Appends the `# HELP`, `# TYPE` and (OpenMetrics) `# UNIT` lines of `metric`.
pub(super) fn push_header(out: &mut String, metric: &Metric, format: Format) {
    let name = if format == Format::OpenMetrics && metric.kind == Kind::Counter {
        // OpenMetrics names a counter's family without the suffix that its samples carry.
        metric.name.trim_end_matches("_total")
    } else {
        metric.name
    };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "# HELP {name} {}", metric.help);
    let _ = writeln!(out, "# TYPE {name} {}", metric.kind.as_str());
    if let (Format::OpenMetrics, Some(unit)) = (format, metric.unit) {
        let _ = writeln!(out, "# UNIT {name} {}", unit.as_str());
    }
}

/// Appends `name="value"`, with what the grammar needs escaped; all else stays byte for byte.
pub(super) fn push_label(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str("=\"");
    let mut rest = value;
    while let Some(at) = rest.find(['\\', '"', '\n']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'"' => "\\\"",
            _ => "\\n",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

/// Appends one sample line. `labels` is what stands between the braces; without any there are no braces.
pub(super) fn push_sample(out: &mut String, name: &str, labels: &str, value: Value) {
    out.push_str(name);
    if !labels.is_empty() {
        out.push('{');
        out.push_str(labels);
        out.push('}');
    }
    out.push(' ');
    value.push(out);
    out.push('\n');
}

/// The value of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// A whole number.
    Whole(u64),
    /// Seconds and nanoseconds, both of the same sign.
    Seconds(i64, i32),
    /// Any number; the shortest text that reads back as the same.
    Float(f64),
}

impl Value {
    /// 1 for true, 0 for false.
    pub(super) const fn flag(is: bool) -> Self {
        Self::Whole(is as u64)
    }

    fn push(self, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Whole(number) => write!(out, "{number}"),
            Self::Seconds(seconds, nanoseconds) => {
                push_seconds(out, seconds, nanoseconds);
                Ok(())
            }
            Self::Float(number) if number.is_nan() => out.write_str("NaN"),
            Self::Float(number) if number.is_infinite() => out.write_str(if number > 0.0 { "+Inf" } else { "-Inf" }),
            Self::Float(number) => write!(out, "{number}"),
        };
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Seconds(time.as_second(), time.subsec_nanosecond())
    }
}

impl From<Duration> for Value {
    fn from(span: Duration) -> Self {
        // Nanoseconds of a second fit an i32; a span of more than 2^63 seconds does not come from two timestamps.
        Self::Seconds(
            i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
            span.subsec_nanos().cast_signed(),
        )
    }
}

/// Writes the decimal digits themselves: a detour over a float would add digits that nobody measured.
fn push_seconds(out: &mut String, seconds: i64, nanoseconds: i32) {
    if seconds < 0 || nanoseconds < 0 {
        out.push('-');
    }
    // Writing to a String cannot fail.
    let _ = write!(out, "{}", seconds.unsigned_abs());
    let fraction = format!("{:09}", nanoseconds.unsigned_abs());
    let fraction = fraction[..FRACTION_DIGITS].trim_end_matches('0');
    if !fraction.is_empty() {
        let _ = write!(out, ".{fraction}");
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Family;
    use super::*;

    fn written(value: impl Into<Value>) -> String {
        let mut out = String::new();
        value.into().push(&mut out);
        out
    }

    #[test]
    fn times_are_exact_and_short() {
        let time = |text: &str| written(text.parse::<Timestamp>().unwrap());
        assert_eq!(time("2024-04-07T10:00:01Z"), "1712484001");
        assert_eq!(time("2024-04-07T10:00:01.250Z"), "1712484001.25");
        assert_eq!(time("2024-04-07T10:00:01.0000001Z"), "1712484001");
        assert_eq!(time("1969-12-31T23:59:58.5Z"), "-1.5");
        assert_eq!(written(Duration::from_secs(8)), "8");
        assert_eq!(written(Duration::from_millis(8050)), "8.05");
    }

    #[test]
    fn other_numbers_read_back_as_they_were() {
        assert_eq!(written(Value::Whole(u64::MAX)), "18446744073709551615");
        assert_eq!(written(Value::Float(0.1)), "0.1");
        assert_eq!(written(Value::Float(f64::INFINITY)), "+Inf");
        assert_eq!(written(Value::flag(true)), "1");
    }

    #[test]
    fn a_label_escapes_three_characters_and_no_other() {
        let mut out = String::new();
        push_label(&mut out, "n", "a\\b\"c\nd\0\r\u{2028}中\t");
        assert_eq!(out, "n=\"a\\\\b\\\"c\\nd\0\r\u{2028}中\t\"");
    }

    #[test]
    fn a_counters_family_loses_its_suffix_in_open_metrics_only() {
        let header = |format| {
            let mut out = String::new();
            push_header(&mut out, Family::ProcessCpu.metric(), format);
            out
        };
        assert!(header(Format::Text).contains("# TYPE process_cpu_seconds_total counter\n"));
        assert!(!header(Format::Text).contains("# UNIT"));
        assert!(header(Format::OpenMetrics).contains("# TYPE process_cpu_seconds counter\n"));
        assert!(header(Format::OpenMetrics).ends_with("# UNIT process_cpu_seconds seconds\n"));
    }
}
