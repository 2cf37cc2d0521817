//! The reference of a message in Slack: `CHANNEL:TIMESTAMP:SEVERITY`.

use allclear_core::alert_group::MessageRef;
use allclear_core::status::Severity;

/// A message in a channel, with the severity that it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShownMessage {
    /// The id of the channel. An update needs the id, also if the config has the name.
    pub(super) channel: String,
    /// The timestamp, which identifies the message within its channel.
    pub(super) ts: String,
    /// The severity that the message shows. A higher one is worth another notification.
    pub(super) severity: Severity,
}

impl ShownMessage {
    /// Parses a reference. Returns `None` for one that another kind of channel has made.
    pub(super) fn parse(reference: &MessageRef) -> Option<Self> {
        let mut parts = reference.0.split(':');
        let (channel, ts, severity) = (parts.next()?, parts.next()?, parts.next()?);
        let severity = Severity::ALL.into_iter().find(|one| one.as_str() == severity)?;
        if channel.is_empty() || ts.is_empty() || parts.next().is_some() {
            return None;
        }
        Some(Self { channel: channel.to_owned(), ts: ts.to_owned(), severity })
    }

    /// Returns the reference.
    pub(super) fn to_ref(&self) -> MessageRef {
        let Self { channel, ts, severity } = self;
        MessageRef(format!("{channel}:{ts}:{severity}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_round_trips() {
        for severity in Severity::ALL {
            let shown = ShownMessage {
                channel: "C024BE7LR".to_owned(),
                ts: "1760000130.000100".to_owned(),
                severity,
            };
            assert_eq!(ShownMessage::parse(&shown.to_ref()), Some(shown));
        }
    }

    #[test]
    fn the_reference_of_another_kind_is_none() {
        for other in ["", "42", "C1:1.2", ":1.2:error", "C1::error", "C1:1.2:loud", "C1:1:error:x"]
        {
            assert_eq!(ShownMessage::parse(&MessageRef(other.to_owned())), None, "{other}");
        }
    }
}
