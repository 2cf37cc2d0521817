//! Baseten's Model APIs.
//!
//! Source: juspay/neurolink `src/lib/providers/catalog/baseten.json` (recorded list, and 403 of a bad
//! key).

use allclear_core::reason::Reason;

use super::DIALECT;
use crate::classify::ErrorRule;
use crate::provider::{Host, Provider};

pub(crate) static TABLE: Provider = Provider {
    name: "baseten",
    title: "Baseten",
    hosts: &[Host { name: "api", url: "https://inference.baseten.co/v1" }],
    errors: &[ErrorRule::means(Reason::AuthInvalid)
        .status(403)
        .texts(&["please check the api-key"])
        .first()],
    ..DIALECT
};
