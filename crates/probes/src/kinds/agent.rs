//! The `agent` check: the card of an HTTP agent (A2A), the skills and capabilities that it must state, and
//! its health endpoint.

mod card;
mod params;

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::{Cause, DurationParts};
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};
use http::StatusCode;
use serde_json::Value;

use super::Implementation;
use crate::api::{ApiAnswer, ApiCaller, ApiDialog, ApiRequest, ApiStep, Asking};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::service::{ReadValue, ServiceReading};

use card::AgentCard;

/// The time of the card.
const CARD_MS: Metric = Metric::new("card_ms", Unit::Milliseconds);

/// The time of the health endpoint.
const HEALTH_MS: Metric = Metric::new("health_ms", Unit::Milliseconds);

/// The number of skills on the card.
const SKILL_COUNT: Metric = Metric::new("skill_count", Unit::Number);

const CARD: ApiStep<'static> = ApiStep::timed("the agent card", CARD_MS);
const HEALTH: ApiStep<'static> = ApiStep::timed("the health endpoint", HEALTH_MS);

/// The paths of the card: that of version 0.3 and later, and the older one.
const CARD_PATHS: [&str; 2] = ["/.well-known/agent-card.json", "/.well-known/agent.json"];

pub(super) const KIND: Kind = Kind {
    name: "agent",
    category: Category::External,
    metrics: &[
        CARD_MS,
        HEALTH_MS,
        SKILL_COUNT,
        TLS_VERSION,
        CERTIFICATE_DAYS,
        CERTIFICATE_VERIFIED,
    ],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_url,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(12)),
            tls: Some(Duration::from_millis(21)),
            first_byte: Some(Duration::from_millis(40)),
            transfer: Some(Duration::from_millis(1)),
        },
        metrics: &[(CARD_MS.name, 41.0), (SKILL_COUNT.name, 3.0)],
    },
};

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// The variables of `expect` and `degraded`.
pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the time from the start of the attempt to the last answer, in milliseconds",
    ),
    Variable::new("card_ms", ValueKind::Number, "the time of the card"),
    Variable::new("health_ms", ValueKind::Number, "the time of the health endpoint"),
    Variable::new("skill_count", ValueKind::Number, "the number of skills on the card"),
    Variable::new("agent_name", ValueKind::Text, "the name on the card"),
    Variable::new("agent_version", ValueKind::Text, "the version on the card"),
    Variable::new("skills", ValueKind::Texts, "the ids of the skills on the card"),
    Variable::new("capabilities", ValueKind::Texts, "the capabilities that the card sets to true"),
    Variable::new("card", ValueKind::Object, "the whole card"),
    Variable::new(
        "health",
        ValueKind::Object,
        "the answer of the health endpoint; absent if it is no JSON",
    ),
];

/// The requests of an `agent` check.
#[derive(Debug)]
struct AgentDialog {
    /// The path of the health endpoint.
    health: Option<String>,
    reads_card: bool,
    expected_skills: BTreeSet<String>,
    expected_capabilities: BTreeSet<String>,
}

impl ApiDialog for AgentDialog {
    fn ask<'a>(&'a self, caller: &'a mut ApiCaller<'_>) -> Asking<'a> {
        Box::pin(self.read(caller))
    }
}

impl AgentDialog {
    async fn read(&self, caller: &mut ApiCaller<'_>) -> Result<ServiceReading, Cause> {
        let mut reading = ServiceReading::default();
        if let Some(path) = &self.health {
            let answer = caller.fetch(&ApiRequest::get(HEALTH, caller.url(path))).await?;
            if !answer.status.is_success() {
                return Err(answer.refusal(HEALTH));
            }
            // Many health endpoints answer with a word.
            if let Ok(document) = answer.json().await
                && (document.is_object() || document.is_array())
            {
                reading.set("health", ReadValue::Json(document));
            }
        }
        if self.reads_card {
            let document = card_of(caller).await?.document(CARD).await?;
            let card = AgentCard::read(&document).map_err(|cause| CARD.name_in(cause))?;
            card.check(&self.expected_skills, &self.expected_capabilities)?;
            card.add_to(&mut reading);
            reading.set("card", ReadValue::Json(document));
        }
        Ok(reading)
    }
}

/// Requests the card at its path, and at the older one if there is none.
async fn card_of(caller: &mut ApiCaller<'_>) -> Result<ApiAnswer, Cause> {
    let [path, older] = CARD_PATHS;
    let url = &caller.target.url;
    let end = url.path().rsplit_once('.').map(|(_, end)| end);
    if end.is_some_and(|end| end.eq_ignore_ascii_case("json")) {
        let request = ApiRequest::get(CARD, url.clone());
        return caller.fetch(&request).await;
    }
    let answer = caller.fetch(&ApiRequest::get(CARD, caller.url(path))).await?;
    if answer.status != StatusCode::NOT_FOUND {
        return Ok(answer);
    }
    let again = caller.fetch(&ApiRequest::get(CARD, caller.url(older))).await?;
    // The message names the current path.
    Ok(if again.status == StatusCode::NOT_FOUND { answer } else { again })
}

/// Returns the texts of a list.
fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    let rows = list.as_array().map_or(&[][..], Vec::as_slice);
    rows.iter().filter_map(|row| row.get(key)?.as_str()).collect()
}
