//! The metrics of the kind `llm`, in addition to those that `allclear-llm` reads from answers.

use allclear_core::kind::{Metric, Unit};

use super::labels;

pub(super) use allclear_llm::metrics::{
    ANSWER_BYTES, DIMENSIONS, FIRST_REASONING_MS, FIRST_TOKEN_MS, INPUT_TOKENS, LONGEST_GAP_MS,
    OUTPUT_TOKENS, REASONING_TOKENS, SERVER_MS, TOKENS_PER_SECOND,
};

pub(super) use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};

/// Time until the answer began.
pub(super) const HEADERS_MS: Metric = Metric::new("headers_ms", Unit::Milliseconds);

/// The rest of the tightest rate limit.
pub(super) const HEADROOM_PERCENT: Metric =
    Metric::with_label("headroom_percent", Unit::Percent, labels::TIGHTEST);

/// One for each rate limit that the provider names in its headers.
pub(super) const REMAINING: Metric = Metric::new("remaining_*", Unit::Number);

/// One for each currency, by its code of three letters.
pub(super) const BALANCE: Metric = Metric::new("balance_???", Unit::Number);

/// The [`BALANCE`] in US dollars.
pub(super) const BALANCE_USD: Metric = Metric::new("balance_usd", BALANCE.unit);

/// Days until the balance is used up at the present speed.
pub(super) const BALANCE_DAYS_LEFT: Metric = Metric::new("balance_days_left", Unit::Days);

/// The spend of this month.
pub(super) const SPEND_MONTH_USD: Metric = Metric::new("spend_month_usd", Unit::Dollars);

/// The spend of yesterday.
pub(super) const SPEND_YESTERDAY_USD: Metric = Metric::new("spend_yesterday_usd", Unit::Dollars);

/// The usual spend of a day.
pub(super) const SPEND_USUAL_USD: Metric = Metric::new("spend_usual_usd", Unit::Dollars);

/// The spend of yesterday in proportion to the usual one.
pub(super) const SPEND_ANOMALY: Metric = Metric::new("spend_anomaly", Unit::Number);

/// Days until the key expires.
pub(super) const KEY_EXPIRES_DAYS: Metric = Metric::new("key_expires_days", Unit::Days);

/// Days until the provider shuts the model down.
pub(super) const MODEL_SHUTDOWN_DAYS: Metric =
    Metric::with_label("model_shutdown_days", Unit::Days, labels::MODEL);

/// The number of models that the provider lists.
pub(super) const MODELS_LISTED: Metric = Metric::new("models_listed", Unit::Number);

/// The money that the checks have spent this month.
pub(super) const COST_MONTH_USD: Metric = Metric::new("cost_month_usd", Unit::Dollars);

/// The share of [`COST_MONTH_USD`] in the cap.
pub(super) const COST_MONTH_PERCENT: Metric =
    Metric::with_label("cost_month_percent", Unit::Percent, labels::COMPLETION);
