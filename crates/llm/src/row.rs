//! Rows: one line of a table of errors, and the order in which such lines are asked.

use allclear_core::reason::Reason;

use crate::call::Head;
use crate::error::ErrorBody;

/// One row of a table of errors: all that is given must match.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The HTTP status, or the one that the body claims inside of a success; `None` for any.
    pub status: Option<u16>,
    /// One of the error's codes or types, as a whole, in any case.
    pub code: Option<&'static str>,
    /// Parts of the error's text, in lower case, all of which it holds.
    pub texts: &'static [&'static str],
    /// A condition on a header.
    pub header: Option<Condition>,
    /// Whether it precedes the common order.
    pub is_first: bool,
    /// What it means.
    pub meaning: Meaning,
}

/// What an error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A failure, for this reason.
    Failure(Reason),
    /// None: all that was to be shown works, such as when reasoning used up the cap of tokens.
    Healthy,
}

/// A condition on the head, or on the wish to be left alone for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The provider says when to come back.
    SaysWhen,
    /// The provider does not say when to come back.
    DoesNotSayWhen,
    /// A header has exactly this value.
    Is(&'static str, &'static str),
}

/// The stages of classification, in their order. A row belongs to one by what it means and by
/// whether it knows more than a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Exceptions to the order.
    First,
    /// Texts and codes of what a good key may not do.
    Permission,
    /// Texts and codes of bad keys.
    Auth,
    /// Texts and codes of money and long quotas.
    Billing,
    /// Texts and codes of models.
    Model,
    /// Other codes and texts that say more than the status.
    Special,
    /// The status alone.
    Status,
}

impl Stage {
    /// All stages in their order.
    pub const ALL: [Self; 7] = [
        Self::First,
        Self::Permission,
        Self::Auth,
        Self::Billing,
        Self::Model,
        Self::Special,
        Self::Status,
    ];
}

impl Row {
    /// A row that matches everything, to be narrowed down.
    #[must_use]
    pub const fn means(reason: Reason) -> Self {
        Self {
            status: None,
            code: None,
            texts: &[],
            header: None,
            is_first: false,
            meaning: Meaning::Failure(reason),
        }
    }

    /// A row of what is no failure.
    #[must_use]
    pub const fn healthy() -> Self {
        Self { meaning: Meaning::Healthy, ..Self::means(Reason::ProbeInvalid) }
    }

    /// Only with this status.
    #[must_use]
    pub const fn status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Only with this code or type.
    #[must_use]
    pub const fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// Only with all of these parts of the text, which are in lower case.
    #[must_use]
    pub const fn texts(self, texts: &'static [&'static str]) -> Self {
        Self { texts, ..self }
    }

    /// Only under this condition.
    #[must_use]
    pub const fn when(self, condition: Condition) -> Self {
        Self { header: Some(condition), ..self }
    }

    /// Before the common order.
    #[must_use]
    pub const fn first(self) -> Self {
        Self { is_first: true, ..self }
    }

    /// Where it stands in the order.
    #[must_use]
    pub fn stage(&self) -> Stage {
        if self.is_first {
            return Stage::First;
        }
        if self.code.is_none() && self.texts.is_empty() && self.header.is_none() {
            return Stage::Status;
        }
        let Meaning::Failure(reason) = self.meaning else { return Stage::Special };
        if matches!(reason, Reason::Permission | Reason::RegionBlocked) {
            Stage::Permission
        } else if reason == Reason::AuthInvalid {
            Stage::Auth
        } else if matches!(reason, Reason::Billing | Reason::QuotaDaily | Reason::QuotaExceeded) {
            Stage::Billing
        } else if matches!(reason, Reason::ModelNotFound | Reason::EndpointNotFound) {
            Stage::Model
        } else {
            Stage::Special
        }
    }

    /// Whether it matches. `status` is the one that counts; `None` where nothing tells one.
    #[must_use]
    pub fn matches(&self, status: Option<u16>, error: &Seen<'_>) -> bool {
        // What a server says while it fails is no word on our key or credit: it may come from
        // behind it. Only a code, or a row that names the status, is.
        let is_loose = self.status.is_none() && self.code.is_none();
        let is_failing = status.is_some_and(|status| matches!(status, 408 | 424 | 500..));
        if is_loose && is_failing {
            return false;
        }
        self.status.is_none_or(|expected| status == Some(expected))
            && self.code.is_none_or(|code| error.body.has_code(code))
            && self.texts.iter().all(|part| error.text.contains(part))
            && self.header.is_none_or(|condition| condition.holds(error))
    }
}

/// What a row is matched with.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The error's text in lower case.
    pub text: String,
    /// The body.
    pub body: &'a ErrorBody,
    /// The head; `None` inside of a stream.
    pub head: Option<&'a Head>,
    /// Whether the provider says when to come back.
    pub says_when: bool,
}

impl Condition {
    fn holds(self, error: &Seen<'_>) -> bool {
        match self {
            Self::SaysWhen => error.says_when,
            Self::DoesNotSayWhen => !error.says_when,
            Self::Is(name, value) => {
                error.head.and_then(|head| head.header(name)).is_some_and(|it| it.trim() == value)
            }
        }
    }
}
