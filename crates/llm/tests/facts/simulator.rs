//! The status pages and lists of the simulator, which are recorded from third parties, are read
//! correctly.

use allclear_core::provider_status::Level;
use allclear_llm::provider::{PageShape, StatusPage};
use allclear_llm::providers;
use allclear_llm::{headroom, status_page};
use allclear_simulator::llm::{self, Operation};
use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::now;

#[test]
fn each_status_page_of_the_simulator_has_its_level() {
    let mut n_read = 0;
    for provider in providers::all() {
        let Some(page) = provider.status_page else { continue };
        for row in llm::rows(provider.name).iter().filter(|row| {
            row.operation == Operation::StatusPage && (200..300).contains(&row.status)
        }) {
            // Rows with this prefix have a second format, which such a page supports in addition to
            // its own.
            let is_own = row.name.starts_with("own_");
            let shape = if is_own { PageShape::IncidentIo } else { page.shape };
            let page = StatusPage { shape, ..page };
            let kind = row.headers.get("content-type").map(String::as_str);
            let read = status_page::read(&page, Some("us-east-1"), kind, &row.body, now());
            let level = read.as_ref().ok().map(|report| report.level);
            let expected = row.level.as_deref().and_then(Level::from_keyword);
            assert_eq!(level, expected, "{} {}: {read:?}", provider.name, row.name);
            n_read += 1;
        }
    }
    assert!(n_read > 20, "{n_read}");
}

#[test]
fn refusal_headers_of_the_simulator_give_valid_headroom() {
    for provider in providers::all() {
        for row in llm::rows(provider.name) {
            let headers: HeaderMap = row
                .headers
                .iter()
                .filter_map(|(name, value)| {
                    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
                    Some((name, HeaderValue::from_str(value).ok()?))
                })
                .collect();
            for dimension in headroom::read(provider.rates, &headers, now()) {
                let percent = dimension.percent().unwrap_or_default();
                assert!((0.0..=100.0).contains(&percent), "{} {dimension:?}", row.name);
            }
        }
    }
}
