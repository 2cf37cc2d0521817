//! `[watchdog]`: the beat to a watchdog outside.

use std::time::Duration;

use allclear_core::duration;
use allclear_core::watchdog::Watchdog;

use crate::raw;
use crate::spanned_error::SpannedError;

const SHORTEST: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_hours(1);

/// Returns the watchdog; `None` if there is none, or if its URL is missing, which has been reported.
pub(crate) fn watchdog(
    raw: Option<&raw::Watchdog>,
    findings: &mut Vec<SpannedError>,
) -> Option<Watchdog> {
    let raw = raw?;
    if let Some(every) = &raw.every
        && !(SHORTEST..=LONGEST).contains(every.get())
    {
        let what = format!("`every` cannot be `{}`", duration::format(*every.get()));
        findings.push(SpannedError::new(every.span.clone(), what).hint("choose from `1m` to `1h`"));
    }
    let every = raw.every.as_ref().map_or(SHORTEST, |every| *every.get());
    raw.url.as_ref().map(|url| Watchdog { url: url.0.0.clone(), every })
}
