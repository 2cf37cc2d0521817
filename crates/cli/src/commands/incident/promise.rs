//! The promise of the next update.

use allclear_core::Timestamp;
use allclear_core::window::Occurrence;
use anyhow::Context as _;

use crate::arguments::NextUpdateOptions;

/// Returns the time by which the next update is promised; `None` without a promise.
pub(super) fn resolve(
    options: &NextUpdateOptions,
    now: Timestamp,
) -> anyhow::Result<Option<Timestamp>> {
    let at = match (&options.next_update, options.next_update_in) {
        (Some(time), _) => time.resolve(now, options.time_zone.as_ref(), Occurrence::First)?,
        (None, Some(after)) => now.checked_add(after).context("the next update is too far away")?,
        (None, None) => return Ok(None),
    };
    anyhow::ensure!(
        at > now,
        "the next update is promised by {at:.0}, which is not in the future: set a later time"
    );
    Ok(Some(at))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::arguments::when::When;

    fn options(next_update: Option<When>, next_update_in: Option<Duration>) -> NextUpdateOptions {
        NextUpdateOptions { next_update_in, next_update, time_zone: None }
    }

    #[test]
    fn a_promise_is_a_time_in_the_future() {
        let now: Timestamp = "2026-11-30T10:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-11-30T10:30:00Z".parse().unwrap();
        let half_an_hour = Some(Duration::from_mins(30));
        for (options, expected) in [
            (options(None, None), None),
            (options(None, half_an_hour), Some(later)),
            (options(Some(When::At(later)), None), Some(later)),
        ] {
            assert_eq!(resolve(&options, now).unwrap(), expected);
        }
        let past = options(Some(When::At(now)), None);
        let error = resolve(&past, now).unwrap_err().to_string();
        assert!(error.contains("2026-11-30T10:00:00Z, which is not in the future"), "{error}");
        assert!(resolve(&options(None, Some(Duration::ZERO)), now).is_err());
    }
}
