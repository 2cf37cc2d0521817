//! A scenario: the scripts of all endpoints, inboxes and names, as one document.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{DnsAnswer, Script};

/// The behavior of every endpoint, inbox and DNS name. Names that are not listed work normally.
///
/// ```
/// let scenario: allclear_simulator::Scenario = serde_json::from_str(r#"{
///     "endpoints": {
///         "svc-1": [
///             { "behavior": "ok", "duration_ms": 60000 },
///             { "behavior": { "status": { "code": 503 } }, "duration_ms": 120000 },
///             { "behavior": "ok" }
///         ],
///         "svc-2": { "flap": { "every": 4, "fault": "reset" } }
///     },
///     "inboxes": { "slack": { "status": { "code": 200, "body": "no_service" } } },
///     "dns": { "absent.simulator.test": "nxdomain" }
/// }"#).unwrap();
/// assert_eq!(scenario.endpoints.len(), 2);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Scripts by the name of the endpoint.
    pub endpoints: BTreeMap<String, Script>,
    /// Scripts by the name of the inbox.
    pub inboxes: BTreeMap<String, Script>,
    /// Answers by the DNS name.
    pub dns: BTreeMap<String, DnsAnswer>,
    /// Keys that every provider of language models refuses.
    pub revoked_keys: BTreeSet<String>,
}
