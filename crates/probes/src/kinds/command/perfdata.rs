//! Performance data: `'label'=value[unit];warn;crit;min;max`, separated by spaces. Pure.

/// The most values that are read.
const MAX_VALUES: usize = 50;

/// The most characters of a label, and of the part of a metric's name.
const MAX_LABEL_CHARACTERS: usize = 64;

/// A value of performance data in its base unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PerformanceValue {
    pub(super) label: String,
    pub(super) value: f64,
    /// The end of the metric's name: the base unit.
    suffix: &'static str,
}

/// Reads the values. What breaks the format, and a value that the program does not know, are left out.
pub(super) fn read_all(text: &str) -> Vec<PerformanceValue> {
    let mut rest = text.trim_start();
    let mut values = Vec::new();
    while !rest.is_empty() && values.len() < MAX_VALUES {
        let (label, after) = label(rest);
        let (field, next) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
        let value = label.zip(field.strip_prefix('=')).and_then(|(label, text)| value(label, text));
        values.extend(value);
        rest = next.trim_start();
    }
    values
}

/// Returns the label at the beginning of the text, and the rest from `=` on.
fn label(text: &str) -> (Option<String>, &str) {
    let Some(quoted) = text.strip_prefix('\'') else {
        let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
        let (label, rest) = text.split_at(end);
        return (checked(label), rest);
    };
    let mut from = 0;
    while let Some(at) = quoted.get(from..).and_then(|rest| rest.find('\'')) {
        let (label, rest) = quoted.split_at(from + at);
        let rest = rest.strip_prefix('\'').unwrap_or(rest);
        // Two quotes are one in the label.
        if !rest.starts_with('\'') {
            return (checked(&label.replace("''", "'")), rest);
        }
        from += at + 2;
    }
    (None, "")
}

fn checked(label: &str) -> Option<String> {
    let is_label = !label.is_empty() && label.chars().count() <= MAX_LABEL_CHARACTERS;
    is_label.then(|| label.to_owned())
}

fn value(label: String, text: &str) -> Option<PerformanceValue> {
    let text = text.split(';').next().unwrap_or(text);
    let (number, unit) = text.split_at(number_end(text));
    let number: f64 = number.parse().ok()?;
    let (factor, suffix) = base_unit(unit)?;
    let value = number * factor;
    value.is_finite().then_some(PerformanceValue { label, value, suffix })
}

/// Returns the length of the number at the beginning. An `e` belongs to it if digits follow.
fn number_end(text: &str) -> usize {
    let is_mantissa = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.');
    let end = text.find(|c| !is_mantissa(c)).unwrap_or(text.len());
    let exponent = text.get(end..).and_then(|rest| rest.strip_prefix(['e', 'E']));
    let Some(exponent) = exponent else { return end };
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return end;
    }
    let n_digits = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    text.len() - digits.len() + n_digits
}

/// Returns the factor to the base unit, and the name of that; `None` for a unit that is unknown. The plugins count sizes in
/// powers of 1024.
fn base_unit(unit: &str) -> Option<(f64, &'static str)> {
    const KIB: f64 = 1024.0;
    Some(match unit {
        "" | "c" => (1.0, ""),
        "%" => (1.0, "percent"),
        "s" => (1.0, "seconds"),
        "ms" => (1e-3, "seconds"),
        "us" | "µs" => (1e-6, "seconds"),
        "ns" => (1e-9, "seconds"),
        "B" => (1.0, "bytes"),
        "KB" | "kB" | "KiB" => (KIB, "bytes"),
        "MB" | "MiB" => (KIB * KIB, "bytes"),
        "GB" | "GiB" => (KIB * KIB * KIB, "bytes"),
        "TB" | "TiB" => (KIB * KIB * KIB * KIB, "bytes"),
        "PB" | "PiB" => (KIB * KIB * KIB * KIB * KIB, "bytes"),
        _ => return None,
    })
}

/// Returns the end of the name of each value's metric. Two values never have the same.
pub(super) fn metric_parts(values: &[PerformanceValue]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::with_capacity(values.len());
    for value in values {
        let part = metric_part(value);
        let numbered = (2..).map(|number| format!("{part}_{number}"));
        let free = std::iter::once(part.clone()).chain(numbered).find(|one| !parts.contains(one));
        parts.push(free.unwrap_or(part));
    }
    parts
}

fn metric_part(value: &PerformanceValue) -> String {
    let words = value.label.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> =
        words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    let name = match words.join("_") {
        empty if empty.is_empty() && value.label == "/" => "root".to_owned(),
        empty if empty.is_empty() => "value".to_owned(),
        name => name,
    };
    let ends_with_unit = name == value.suffix || name.ends_with(&format!("_{}", value.suffix));
    if value.suffix.is_empty() || ends_with_unit {
        name
    } else {
        format!("{name}_{}", value.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(text: &str) -> Vec<(String, f64)> {
        let values = read_all(text);
        metric_parts(&values).into_iter().zip(values.iter().map(|value| value.value)).collect()
    }

    #[test]
    fn values_are_converted_to_base_units() {
        for (text, name, wanted) in [
            ("load1=0.420;5.000;10.000;0;", "load1", 0.42),
            ("/=12MB;;;0;100", "root_bytes", 12_582_912.0),
            ("/var/lib=5B", "var_lib_bytes", 5.0),
            ("'disk used'=81%;80;90", "disk_used_percent", 81.0),
            ("time=1500us;;;0.000000;10", "time_seconds", 0.0015),
            ("rta=20ms", "rta_seconds", 0.02),
            ("packets=12345c", "packets", 12_345.0),
            ("'it''s'=-1", "it_s", -1.0),
            ("uptime_seconds=7s", "uptime_seconds", 7.0),
            ("tiny=1.5e-3s", "tiny_seconds", 0.0015),
            ("large=2E3", "large", 2_000.0),
            ("'='=1", "value", 1.0),
        ] {
            let found = metrics(text);
            let [(found_name, value)] = &found[..] else { panic!("{text}: {found:?}") };
            assert_eq!(found_name, name, "{text}");
            assert!((value - wanted).abs() <= wanted.abs() * 1e-9, "{text}: {value}");
        }
    }

    #[test]
    fn unknown_values_and_malformed_ones_are_left_out() {
        for text in [
            "x=U",
            "x=",
            "x",
            "=1",
            "x=1parsec",
            "x=inf",
            "x=NaN",
            "x=1,5",
            "x=--1",
            "'x=1",
            "''=1",
            "x=1e",
            "x=1e999",
            "|",
            "''''''",
            "x==1",
        ] {
            assert_eq!(metrics(text), [], "{text}");
        }
        let long = format!("{}=1", "x".repeat(65));
        assert_eq!(metrics(&format!("{long} a=U b=2 c c=3;")).len(), 2);
    }

    #[test]
    fn values_are_limited_and_no_two_have_the_same_metric() {
        let many: Vec<String> = (0..100).map(|n| format!("m{n}={n}")).collect();
        assert_eq!(read_all(&many.join(" ")).len(), MAX_VALUES);
        let names: Vec<String> =
            metrics("/a=1 'a'=2 A=3 a_2=4").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "a_2", "a_3", "a_2_2"]);
    }
}
