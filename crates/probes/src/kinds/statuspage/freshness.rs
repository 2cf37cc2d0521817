//! The age of a page against what it promises: a cache that cannot reach the page may serve an old copy,
//! which says nothing about the present. Pure.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::header::{AGE, CACHE_CONTROL, HeaderMap};

/// The seconds by which a copy may exceed its promise: caches refresh late and round.
const TOLERANCE: u64 = 300;

/// Checks that a copy from a cache is not much older than its page allows.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Cause> {
    let age = headers.get(AGE).and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    let (Some(age), Some(promised)) = (age, promised(headers)) else { return Ok(()) };
    if age <= promised.saturating_add(TOLERANCE) {
        return Ok(());
    }
    let what = format!(
        "the page is a copy of {age} s ago, and may be used for {promised} s: a cache in front of it \
         does not refresh it"
    );
    Err(Cause::of(Reason::ResponseInvalid, what))
}

/// Returns the seconds for which a copy may be used; `None` if the page does not state it.
fn promised(headers: &HeaderMap) -> Option<u64> {
    let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives: Vec<(&str, u64)> = directives
        .flat_map(|value| value.split(','))
        .filter_map(|one| one.trim().split_once('='))
        .filter_map(|(name, seconds)| Some((name, seconds.trim_matches('"').parse().ok()?)))
        .collect();
    let value_of = |wanted: &str| {
        let mut all = directives.iter();
        all.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, seconds)| *seconds)
    };
    let fresh = value_of("s-maxage").or_else(|| value_of("max-age"))?;
    Some(fresh.saturating_add(value_of("stale-while-revalidate").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_judged_by_what_its_page_promises() {
        for (cache_control, age, is_fresh) in [
            (None, Some("100000"), true),
            (Some("max-age=0, private"), None, true),
            (Some("max-age=60"), Some("59"), true),
            (Some("max-age=60"), Some("300"), true),
            (Some("max-age=60"), Some("361"), false),
            (Some("max-age=0, s-maxage=600"), Some("800"), true),
            (Some("public, max-age=10, stale-while-revalidate=86400"), Some("9000"), true),
            (Some("no-cache"), Some("100000"), true),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [(CACHE_CONTROL, cache_control), (AGE, age)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            assert_eq!(check(&headers).is_ok(), is_fresh, "{cache_control:?} {age:?}");
        }
    }
}
