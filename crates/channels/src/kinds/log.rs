//! `log`: writes each notification as one line of the log. It has no parameters, so a config without channels
//! uses it.

use allclear_core::channel::{Envelope, Sender, Sending};
use allclear_core::checker::ParamProblem;
use allclear_core::delivery::NoticeKind;
use allclear_core::id::SecretName;
use allclear_core::message;
use allclear_core::status::Severity;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::client::ChannelClient;
use crate::params;

/// The target of the log lines, for filters.
const TARGET: &str = "allclear::notification";

/// Writes each notification as one line of the log.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {}

struct LogSender;

pub(crate) fn build(
    _client: &ChannelClient,
    params: &serde_json::Value,
) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
    let Params {} = params::read(params)?;
    Ok(Box::new(LogSender))
}

impl Sender for LogSender {
    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            write(envelope);
            Ok(None)
        })
    }
}

fn write(envelope: Envelope<'_>) {
    let Envelope { notification, delivery, .. } = envelope;
    let line = message::one_line(notification);
    let level = match notification.kind {
        NoticeKind::Resolved | NoticeKind::Summary => Severity::Info,
        NoticeKind::Firing | NoticeKind::Updated | NoticeKind::Reminder | NoticeKind::Momentary => {
            notification.severity
        }
    };
    match level {
        Severity::Critical | Severity::Error => {
            tracing::error!(target: TARGET, %delivery, "{line}");
        }
        Severity::Warning => tracing::warn!(target: TARGET, %delivery, "{line}"),
        Severity::Info => tracing::info!(target: TARGET, %delivery, "{line}"),
    }
}
