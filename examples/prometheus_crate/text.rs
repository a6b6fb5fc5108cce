//! Reads the text format into a registry: gauges and counters, which is all that the exporter's snapshot has.

use prometheus::core::{AtomicF64, Collector, GenericCounterVec};
use prometheus::{CounterVec, GaugeVec, Opts, Registry};

use super::Failure;

/// A family that is being read.
struct Family<'a> {
    name: &'a str,
    help: &'a str,
    vector: Option<Vector>,
}

enum Vector {
    Gauges(GaugeVec),
    Counters(GenericCounterVec<AtomicF64>),
}

/// The labels and the value of a sample.
type Sample<'a> = (Vec<(&'a str, String)>, f64);

/// A registry with every sample of `text`, whose families come one after the other.
pub(super) fn read(text: &str) -> Result<Registry, Failure> {
    let registry = Registry::new();
    let (mut help, mut kind) = ("", "");
    let mut family = Family {
        name: "",
        help: "",
        vector: None,
    };
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (what, _name, rest) = (words.next(), words.next(), words.next().unwrap_or_default());
            match what {
                Some("HELP") => help = rest,
                Some("TYPE") => kind = rest,
                _ => {}
            }
            continue;
        }
        let end = line.find(['{', ' ']).ok_or("a line without a value")?;
        let (name, rest) = line.split_at(end);
        let (labels, value) = sample(rest).ok_or_else(|| format!("not understood: {line}"))?;
        if family.name != name {
            family = Family {
                name,
                help,
                vector: None,
            };
        }
        family.set(&registry, kind, &labels, value)?;
    }
    Ok(registry)
}

impl Family<'_> {
    fn set(&mut self, registry: &Registry, kind: &str, labels: &[(&str, String)], value: f64) -> Result<(), Failure> {
        if self.vector.is_none() {
            let names: Vec<_> = labels.iter().map(|(name, _)| *name).collect();
            let opts = Opts::new(self.name, self.help);
            self.vector = Some(match kind {
                "gauge" => Vector::Gauges(registered(registry, GaugeVec::new(opts, &names)?)?),
                "counter" => Vector::Counters(registered(registry, CounterVec::new(opts, &names)?)?),
                other => return Err(format!("{}: a {other}", self.name).into()),
            });
        }
        let values: Vec<_> = labels.iter().map(|(_, value)| value.as_str()).collect();
        match &self.vector {
            Some(Vector::Gauges(gauges)) => gauges.get_metric_with_label_values(&values)?.set(value),
            Some(Vector::Counters(counters)) => counters.get_metric_with_label_values(&values)?.inc_by(value),
            None => {}
        }
        Ok(())
    }
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> Result<C, Failure> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

/// Reads `{name="value",…} 1` or ` 1`.
fn sample(text: &str) -> Option<Sample<'_>> {
    let mut labels = Vec::new();
    let Some(mut rest) = text.strip_prefix('{') else {
        return Some((labels, text.trim().parse().ok()?));
    };
    while !rest.starts_with('}') {
        let (name, quoted) = rest.split_once("=\"")?;
        let (value, length) = unescaped(quoted)?;
        labels.push((name, value));
        rest = &quoted[length..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    Some((labels, rest[1..].trim().parse().ok()?))
}

/// A label's value up to its closing quote, and where what follows that begins.
fn unescaped(quoted: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((value, place + 1)),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}
