//! A chart of latencies: lines for the median, the 95th and the 99th percentile over equal periods, and the same values as
//! rows of a table.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::snapshot::{LatencyPercentiles, LatencyPoint};
use crate::words::Words;

/// The height of the drawing.
const HEIGHT: u64 = 100;
/// The width of a period in the drawing.
const STEP: usize = 4;

/// A chart, ready for the template.
pub(crate) struct LatencyChart {
    /// The value of the `viewBox` attribute.
    pub(crate) view_box: String,
    /// The sentence for readers who do not see the drawing.
    pub(crate) label: String,
    /// The lines at the top, at half the height and at the bottom, as a path.
    pub(crate) grid: String,
    /// The lines, the median first.
    pub(crate) lines: Vec<ChartLine>,
    /// The latency at the top of the drawing, "500 ms", and at half its height.
    pub(crate) top: String,
    pub(crate) half: String,
}

/// The line of a percentile.
pub(crate) struct ChartLine {
    /// The value of the `stroke-dasharray` attribute; the lines differ without color.
    pub(crate) dashes: &'static str,
    /// The path.
    pub(crate) path: String,
}

/// The periods of a chart: `n` of the same length, from `start` on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChartPeriods {
    pub(crate) start: Timestamp,
    pub(crate) length: SignedDuration,
    pub(crate) n: usize,
}

impl ChartPeriods {
    /// Returns the number of the period that starts at `start`; `None` outside the chart.
    fn column(&self, start: Timestamp) -> Option<usize> {
        let since = start.duration_since(self.start).as_secs();
        let column = usize::try_from(since.checked_div(self.length.as_secs())?).ok()?;
        (column < self.n).then_some(column)
    }
}

impl LatencyChart {
    /// Draws `points`; `None` if none of them is within `periods`. The label begins with the service and the period.
    pub(crate) fn of(
        words: &Words,
        (service, period): (&str, &str),
        periods: ChartPeriods,
        points: &[LatencyPoint],
    ) -> Option<Self> {
        let placed: Vec<(usize, LatencyPercentiles)> = points
            .iter()
            .filter_map(|point| Some((periods.column(point.start)?, point.latency)))
            .collect();
        let highest = placed.iter().map(|(_, latency)| latency.p99).max()?;
        let top = scale(highest);
        let line = |dashes, of: fn(&LatencyPercentiles) -> Duration| {
            let values = placed.iter().map(|(column, latency)| (*column, of(latency)));
            ChartLine { dashes, path: path(values, top) }
        };
        let medians: Vec<Duration> = placed.iter().map(|(_, latency)| latency.p50).collect();
        let (least, most) = (medians.iter().min()?, medians.iter().max()?);
        let width = periods.n.saturating_sub(1) * STEP;
        Some(Self {
            view_box: format!("0 0 {width} {HEIGHT}"),
            grid: format!("M0 .5h{width}M0 {}h{width}M0 {HEIGHT}h{width}", HEIGHT / 2),
            label: words.chart_label(
                service,
                period,
                &words.latency(*least),
                &words.latency(*most),
                &words.latency(highest),
            ),
            lines: vec![
                line("none", |latency| latency.p50),
                line("4 2", |latency| latency.p95),
                line("1 2", |latency| latency.p99),
            ],
            top: words.latency(top),
            half: words.latency(top / 2),
        })
    }
}

/// Returns the smallest latency of the form 1, 2 or 5 times a power of ten that is not below `highest`.
fn scale(highest: Duration) -> Duration {
    let micros = highest.as_micros().max(1);
    let mut unit: u128 = 1;
    loop {
        for factor in [1, 2, 5] {
            if unit * factor >= micros {
                return Duration::from_micros(u64::try_from(unit * factor).unwrap_or(u64::MAX));
            }
        }
        unit *= 10;
    }
}

/// Returns the path through the values. A period without a value interrupts the line.
fn path(values: impl Iterator<Item = (usize, Duration)>, top: Duration) -> String {
    let mut last = None;
    let point = |(column, value): (usize, Duration)| {
        let share = value.as_micros() * u128::from(HEIGHT) / top.as_micros().max(1);
        let y = HEIGHT.saturating_sub(u64::try_from(share).unwrap_or(HEIGHT));
        let continues = last.replace(column).is_some_and(|last| last + 1 == column);
        // The short stroke makes a value without neighbors visible.
        let command = if continues { "L" } else { "M" };
        let stub = if continues { "" } else { "h1" };
        format!("{command}{} {y}{stub}", column * STEP)
    };
    values.map(point).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(minute: i64, p50_ms: u64) -> LatencyPoint {
        let at = Timestamp::from_second(minute * 60).unwrap();
        let ms = Duration::from_millis;
        let latency = LatencyPercentiles { p50: ms(p50_ms), p95: ms(p50_ms * 2), p99: ms(400) };
        LatencyPoint { start: at, latency }
    }

    const SUBJECT: (&str, &str) = ("API", "5 minutes");

    fn minutes(n: usize) -> ChartPeriods {
        ChartPeriods { start: Timestamp::UNIX_EPOCH, length: SignedDuration::from_mins(1), n }
    }

    #[test]
    fn a_line_is_interrupted_where_nothing_was_answered() {
        let points = [point(0, 100), point(1, 250), point(3, 50), point(9, 1)];
        let chart =
            LatencyChart::of(Words::of(crate::Language::English), SUBJECT, minutes(5), &points)
                .unwrap();
        let paths: Vec<&str> = chart.lines.iter().map(|line| line.path.as_str()).collect();
        assert_eq!(paths, ["M0 80h1L4 50M12 90h1", "M0 60h1L4 0M12 80h1", "M0 20h1L4 20M12 20h1"]);
        assert_eq!((chart.top.as_str(), chart.half.as_str()), ("500 ms", "250 ms"));
        assert_eq!(chart.view_box, "0 0 16 100");
        assert_eq!(chart.grid, "M0 .5h16M0 50h16M0 100h16", "each label has a line");
        assert_eq!(
            chart.label,
            "API: 5 minutes, median response time from 50 ms to 250 ms, 99th percentile up to 400 ms"
        );
    }

    #[test]
    fn a_chart_without_a_value_is_left_out() {
        assert!(
            LatencyChart::of(
                Words::of(crate::Language::English),
                SUBJECT,
                minutes(5),
                &[point(9, 1)]
            )
            .is_none()
        );
        assert!(
            LatencyChart::of(Words::of(crate::Language::English), SUBJECT, minutes(5), &[])
                .is_none()
        );
    }
}
