//! The services of a project: their addresses, and the meaning of their answers.

use allclear_core::kind::Metric;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{AUTH_MS, REALTIME_MS, REST_MS, STORAGE_MS};
use crate::api::{ApiAnswer, ApiStep, field};
use crate::excerpt::excerpt_of_bytes;

/// The statuses of the platform itself.
const PAUSED: u16 = 540;
const GATEWAY_TIMEOUT: u16 = 544;

/// A service of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ProjectService {
    /// Users and sessions.
    Auth,
    /// The API of the database.
    Rest,
    /// Files.
    Storage,
    /// Live changes.
    Realtime,
}

impl ProjectService {
    pub(super) const ALL: [Self; 4] = [Self::Auth, Self::Rest, Self::Storage, Self::Realtime];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Rest => "rest",
            Self::Storage => "storage",
            Self::Realtime => "realtime",
        }
    }

    pub(super) fn time(self) -> Metric {
        match self {
            Self::Auth => AUTH_MS,
            Self::Rest => REST_MS,
            Self::Storage => STORAGE_MS,
            Self::Realtime => REALTIME_MS,
        }
    }

    /// Returns the path of the request.
    pub(super) fn path(self, table: Option<&str>) -> String {
        match self {
            Self::Auth => "auth/v1/health".to_owned(),
            Self::Rest => format!("rest/v1/{}", table.unwrap_or_default()),
            Self::Storage => "storage/v1/status".to_owned(),
            Self::Realtime => "realtime/v1/websocket".to_owned(),
        }
    }

    /// Returns the query of the request: of a table no row is wanted.
    pub(super) fn query(self, table: Option<&str>) -> Option<&'static str> {
        (self == Self::Rest && table.is_some()).then_some("select=*&limit=0")
    }

    /// Checks that a successful answer is one of the service, and not of another server at its address.
    fn check_body(self, answer: &ApiAnswer) -> Result<(), &'static str> {
        let document = serde_json::from_slice::<Value>(&answer.body).ok();
        let is_of_service = match self {
            Self::Auth => document.is_some_and(|it| {
                field(&it, "version").is_string() || field(&it, "name").is_string()
            }),
            Self::Rest => document.is_some_and(|it| it.is_array() || it.is_object()),
            Self::Storage | Self::Realtime => true,
        };
        if is_of_service { Ok(()) } else { Err("the answer is not one of the service") }
    }

    /// Returns the cause if the answer shows that the service does not work.
    pub(super) fn judge(self, answer: &ApiAnswer) -> Result<(), Cause> {
        let step = ApiStep { name: self.name(), time: None };
        let detail = excerpt_of_bytes(&answer.body);
        let what = || answer.describe_refusal(step, &detail);
        match answer.status.as_u16() {
            200..=299 => self.check_body(answer).map_err(|what| {
                let what = format!("{}: {what}: `{detail}`", self.name());
                Cause::of(Reason::ResponseInvalid, what)
            }),
            PAUSED => {
                let what =
                    format!("{}; the project is paused: restore it in its dashboard", what());
                Err(Cause::of(Reason::NotReady, what))
            }
            GATEWAY_TIMEOUT => Err(Cause::of(Reason::Timeout, what())),
            404 if self == Self::Rest && detail.contains("PGRST205") => {
                Err(Cause::of(Reason::ResourceNotFound, what()))
            }
            // The address is for WebSockets. The service has answered, and not the gateway in its place.
            400 | 404 | 405 | 426 if self == Self::Realtime => Ok(()),
            _ => Err(answer.refusal(step)),
        }
    }
}

/// Returns true for the status of a project that is paused.
pub(super) fn is_paused(status: StatusCode) -> bool {
    status.as_u16() == PAUSED
}
