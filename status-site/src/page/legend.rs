//! The legend of all strips: a sample of each state that they can show, and the axis with the months.

use jiff::{Span, civil::Date};

use super::periods::percent;
use crate::{
    edition::Edition,
    formats::day_of,
    snapshot::{N_DAYS, ServiceState},
    uptime_bars::sample,
    words::Words,
};

/// The columns in which a name of a month fits between the words at both ends, on the narrowest page.
const LABELED: std::ops::Range<usize> = 40..72;

/// The legend, once for all services.
pub(super) struct Legend {
    pub(super) samples: Vec<LegendSample>,
    pub(super) months: Vec<MonthView>,
}

/// The bar of a state.
pub(super) struct LegendSample {
    pub(super) state: ServiceState,
    pub(super) word: String,
    /// The path, on a drawing of 4 by 34 units.
    pub(super) path: String,
}

/// The name of a month on the axis.
pub(super) struct MonthView {
    /// The place of its first day, in percent of the strip.
    pub(super) left: String,
    pub(super) name: String,
}

impl Legend {
    pub(super) fn of(edition: &Edition<'_>) -> Self {
        let words = edition.words;
        let states = ServiceState::WORST_FIRST.into_iter().rev();
        let view = |state| LegendSample { state, word: words.state(state), path: sample(state) };
        Self {
            samples: states.map(view).collect(),
            months: months(words, day_of(edition.snapshot.generated_at)),
        }
    }
}

fn months(words: &Words, today: Date) -> Vec<MonthView> {
    let day = |column: usize| {
        let back = i64::try_from(N_DAYS - 1 - column).unwrap_or(0);
        (column, today.saturating_sub(Span::new().days(back)))
    };
    LABELED
        .map(day)
        .filter(|(_, date)| date.day() == 1)
        .map(|(column, date)| MonthView {
            left: percent(column),
            name: words.month_brief(date.month()),
        })
        .collect()
}
