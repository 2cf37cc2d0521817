//! Numbers as people read them.

/// Returns a number as people read it: `43,800`, `16.4`, `0.0021`.
#[must_use]
pub fn number(value: f64) -> String {
    if value < 100.0 {
        let text = if value < 1.0 { format!("{value:.4}") } else { format!("{value:.1}") };
        let text = text.trim_end_matches('0').trim_end_matches('.');
        return if text.is_empty() { "0".to_owned() } else { text.to_owned() };
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
