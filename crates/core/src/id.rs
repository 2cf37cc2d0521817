//! Identifiers. Each is a short, stable, lower-case name for configs and URLs.

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
            /// Validates `text` as an identifier.
            ///
            /// # Errors
            ///
            /// Fails if the text is empty, is longer than [`MAX_ID_BYTES`], or has a character that
            /// an identifier cannot have.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                let text = text.as_ref();
                check_id(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// Returns the identifier as text.
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
    /// The id of a monitor.
    MonitorId
);
id!(
    /// The id of a rule.
    RuleId
);
id!(
    /// The id of a channel, a destination of notifications.
    ChannelId
);
id!(
    /// The id of an action, which is executed while alerts fire.
    ActionId
);
id!(
    /// The id of a group of the page.
    PageGroupId
);
id!(
    /// The id of a shard, the set of monitors that one prober invocation handles.
    ShardId
);
id!(
    /// The id of a region, the place in which a prober runs.
    RegionId
);
id!(
    /// The id of a planned window in which paging is suppressed.
    MaintenanceId
);
id!(
    /// The id of an entry that an operator made at run time.
    EntryId
);
id!(
    /// The id of a scheduled summary.
    SummaryId
);
id!(
    /// The name of a stored secret; never its value.
    SecretName
);

impl MonitorId {
    /// The name under which Allclear reports on itself. A config cannot use it for a monitor.
    pub const ITSELF: &str = "allclear";

    /// Returns the id of Allclear's own pseudo monitor, the subject of "monitoring impaired".
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

impl ActionId {
    /// Returns the destination of the deliveries that order its attempts. No channel of a config has the id of an
    /// action.
    #[must_use]
    pub fn destination(&self) -> ChannelId {
        ChannelId(Arc::clone(&self.0))
    }
}

impl ShardId {
    /// Returns the shard of every monitor, unless a large config was split.
    #[must_use]
    pub fn main() -> Self {
        Self(Arc::from("main"))
    }
}

impl RegionId {
    /// Returns the region of a prober without a configured region.
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
