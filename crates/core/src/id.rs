//! Identifiers. Each is a short, stable, lower-case name that people type and URLs carry.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The longest identifier, in bytes.
pub const MAX_ID_BYTES: usize = 64;

/// The error of a text that is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text has no characters.
    #[error("an id must not be empty")]
    Empty,
    /// The text is longer than [`MAX_ID_BYTES`].
    #[error("an id has at most {MAX_ID_BYTES} characters")]
    TooLong,
    /// The text has a character that an id cannot have, at this byte offset.
    #[error("an id has only `a-z`, `0-9`, `-`, `_` and `.`, and begins with a letter or a digit")]
    Character(usize),
}

fn check_id(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > MAX_ID_BYTES {
        return Err(IdError::TooLong);
    }
    let allowed = |index: usize, c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || (index > 0 && matches!(c, '-' | '_' | '.'))
    };
    match text.char_indices().find(|(index, c)| !allowed(*index, *c)) {
        Some((offset, _)) => Err(IdError::Character(offset)),
        None => Ok(()),
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks `text` and takes it as an identifier.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                let text = text.as_ref();
                check_id(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(
    /// A configured thing to watch.
    MonitorId
);
id!(
    /// A condition that raises an alert.
    RuleId
);
id!(
    /// The id of a channel, a destination of notifications.
    ChannelId
);
id!(
    /// A set of monitors that one prober invocation handles.
    ShardId
);
id!(
    /// The id of a region, the place in which a prober runs.
    RegionId
);
id!(
    /// A planned window in which paging is held.
    MaintenanceId
);
id!(
    /// The id of a scheduled summary.
    SummaryId
);
id!(
    /// The name under which a secret is kept; never the secret.
    SecretName
);

impl MonitorId {
    /// The name under which Allclear reports on itself. A config cannot use it for a monitor.
    pub const ITSELF: &str = "allclear";

    /// Allclear's own pseudo monitor, the subject of "monitoring impaired".
    #[must_use]
    pub fn itself() -> Self {
        Self(Arc::from(Self::ITSELF))
    }

    /// Returns true for Allclear's own pseudo monitor.
    #[must_use]
    pub fn is_itself(&self) -> bool {
        self.as_str() == Self::ITSELF
    }
}

impl ShardId {
    /// The shard that every monitor is in unless a large config was split.
    #[must_use]
    pub fn main() -> Self {
        Self(Arc::from("main"))
    }
}

impl RegionId {
    /// The region of a prober that was not told where it runs.
    #[must_use]
    pub fn local() -> Self {
        Self(Arc::from("local"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_lower_case_and_safe_in_a_url() {
        assert!(MonitorId::new("openai-edge.v1_eu").is_ok());
        assert_eq!(MonitorId::new(""), Err(IdError::Empty));
        assert_eq!(MonitorId::new("a/b"), Err(IdError::Character(1)));
        assert_eq!(MonitorId::new("-a"), Err(IdError::Character(0)));
        assert_eq!(MonitorId::new("Api"), Err(IdError::Character(0)));
        assert_eq!(MonitorId::new("a".repeat(65)), Err(IdError::TooLong));
    }
}
