//! Requests for each provider's remaining credit or spending.

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::provider::Usage;

/// The days that a cost report covers: two weeks to compare with, and the days that a month has.
const DAYS: i64 = 31;

/// A question about money.
pub(crate) struct UsageRequest {
    pub(crate) host: &'static str,
    pub(crate) path: String,
    /// True if the request needs the admin key.
    pub(crate) is_admins: bool,
}

/// Returns the request for `usage`; `None` if it needs a team and `team` is missing.
pub(crate) fn of(usage: Usage, now: Timestamp, team: Option<&str>) -> Option<UsageRequest> {
    let today = now.to_zoned(TimeZone::UTC).start_of_day().ok()?;
    let since = today.checked_sub((DAYS - 1).days()).ok()?.timestamp();
    let inquiry = match usage {
        Usage::OpenAiCosts => UsageRequest {
            host: "api",
            path: format!(
                "/organization/costs?start_time={}&bucket_width=1d&limit={DAYS}",
                since.as_second()
            ),
            is_admins: true,
        },
        Usage::AnthropicCosts => UsageRequest {
            host: "api",
            path: format!(
                "/v1/organizations/cost_report?starting_at={since}&bucket_width=1d&limit={DAYS}"
            ),
            is_admins: true,
        },
        Usage::OpenRouterCredits => {
            UsageRequest { host: "api", path: "/credits".to_owned(), is_admins: true }
        }
        Usage::OpenRouterKey => {
            UsageRequest { host: "api", path: "/key".to_owned(), is_admins: false }
        }
        Usage::DeepSeekBalance => {
            UsageRequest { host: "api", path: "/user/balance".to_owned(), is_admins: false }
        }
        Usage::XaiBalance => {
            let team = crate::template::fill("{team}", &|_| team)?;
            UsageRequest {
                host: "admin",
                path: format!("/v1/billing/teams/{team}/prepaid/balance"),
                is_admins: true,
            }
        }
        Usage::HuggingFaceBilling => {
            let month = today.first_of_month().ok()?.timestamp().as_second();
            UsageRequest {
                host: "hub",
                path: format!(
                    "/api/settings/billing/usage-v2?startDate={month}&endDate={}",
                    now.as_second()
                ),
                is_admins: false,
            }
        }
        Usage::LiteLlmKey => {
            UsageRequest { host: "api", path: "/key/info".to_owned(), is_admins: false }
        }
    };
    Some(inquiry)
}
