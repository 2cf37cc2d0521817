//! Rules: one line of a table that maps errors to reasons, and the order in which lines are tried.

use std::time::Duration;

use allclear_core::reason::Reason;

use crate::call::Head;
use crate::classify::CallKind;
use crate::error::ErrorBody;

/// The longest wait after which a limit counts as one that passes.
const SOON: Duration = Duration::from_mins(10);

/// One line of a table of errors. All conditions that it names must hold.
#[derive(Debug, Clone, Copy)]
pub struct ErrorRule {
    /// The HTTP status, or the status that the body claims inside a success; `None` for any.
    pub status: Option<u16>,
    /// One of the error's codes or types, compared as a whole and without case.
    pub code: Option<&'static str>,
    /// Parts of the error's text in lower case, all of which it must contain.
    pub texts: &'static [&'static str],
    /// A condition on the headers.
    pub condition: Option<HeaderCondition>,
    /// The tier in which it is tried.
    pub precision: Precision,
    /// The reason that it stands for; `None` for an error that proves that everything works, such
    /// as a cap of tokens that was used up by reasoning.
    pub reason: Option<Reason>,
}

/// A condition on the headers or on the pause that the provider asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderCondition {
    /// The provider names the time after which to retry.
    HasRetryAfter,
    /// The provider names no time after which to retry.
    HasNoRetryAfter,
    /// The provider names no time after which to retry, or one in more than ten minutes.
    RetryIsLate,
    /// A header has exactly this value.
    Is(&'static str, &'static str),
    /// A header is present.
    Has(&'static str),
}

/// The tiers of rules, in the order in which they are tried. Within a tier, the rules of the
/// provider precede those of its family, and those precede the common ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// An exception to everything else.
    Override,
    /// A code with one meaning: `insufficient_quota`.
    Code,
    /// Words, or a header.
    Words,
    /// A code with several meanings, which words can narrow down: `permission_denied`.
    BroadCode,
    /// The status alone.
    Status,
}

impl Precision {
    /// All tiers in their order.
    pub const ALL: [Self; 5] =
        [Self::Override, Self::Code, Self::Words, Self::BroadCode, Self::Status];
}

impl ErrorRule {
    /// Creates a rule that matches everything, to be narrowed down.
    #[must_use]
    pub const fn means(reason: Reason) -> Self {
        Self {
            status: None,
            code: None,
            texts: &[],
            condition: None,
            precision: Precision::Status,
            reason: Some(reason),
        }
    }

    /// Creates a rule for an error that is no failure, to be narrowed down.
    #[must_use]
    pub const fn healthy() -> Self {
        Self { reason: None, ..Self::means(Reason::ProbeInvalid) }
    }

    /// Restricts the rule to this status.
    #[must_use]
    pub const fn status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Restricts the rule to this code or type.
    #[must_use]
    pub const fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }.at_least(Precision::Code)
    }

    /// Restricts the rule to texts that contain all of these parts, which are in lower case.
    #[must_use]
    pub const fn texts(self, texts: &'static [&'static str]) -> Self {
        Self { texts, ..self }.at_least(Precision::Words)
    }

    /// Restricts the rule to answers that meet this condition.
    #[must_use]
    pub const fn when(self, condition: HeaderCondition) -> Self {
        Self { condition: Some(condition), ..self }.at_least(Precision::Words)
    }

    /// Moves the rule before all others.
    #[must_use]
    pub const fn first(self) -> Self {
        Self { precision: Precision::Override, ..self }
    }

    /// Moves the rule behind all words: its code has several meanings.
    #[must_use]
    pub const fn broad(self) -> Self {
        Self { precision: Precision::BroadCode, ..self }
    }

    /// Raises the tier to `precision`, unless it is already higher.
    const fn at_least(self, precision: Precision) -> Self {
        if (precision as u8) < (self.precision as u8) {
            return Self { precision, ..self };
        }
        self
    }

    /// Returns the id of the rule within its table, derived from its conditions:
    /// `insufficient_quota`, `429+per-day`.
    #[must_use]
    pub fn id(&self) -> String {
        let status = self.status.map(|status| status.to_string());
        let condition = self.condition.map(HeaderCondition::id);
        let texts = self.texts.iter().map(|text| slug(text));
        let parts: Vec<String> =
            status.into_iter().chain(self.code.map(slug)).chain(texts).chain(condition).collect();
        parts.join("+")
    }

    /// Checks whether all conditions hold.
    #[must_use]
    pub fn matches(&self, error: &ErrorContext<'_>) -> bool {
        // The text of a failing server is no evidence about the key or the credit: it may come from
        // a server behind it. Only a code, or a rule that names the status, is. LiteLLM quotes the
        // provider behind it, whose key and credit are the operator's own.
        let is_loose = self.status.is_none() && self.code.is_none();
        let is_failing = error.status.is_some_and(|status| matches!(status, 408 | 424 | 500..));
        if is_loose && is_failing && !error.text.starts_with("litellm.") {
            return false;
        }
        self.status.is_none_or(|expected| error.status == Some(expected))
            && self.code.is_none_or(|code| error.body.has_code(code))
            && self.texts.iter().all(|part| error.text.contains(part))
            && self.condition.is_none_or(|condition| condition.holds(error))
    }
}

/// The error that rules are matched against.
#[derive(Debug)]
pub struct ErrorContext<'a> {
    /// The call that failed; `None` if it is unknown.
    pub step: Option<CallKind>,
    /// The status that counts; `None` if neither the answer nor the body names one.
    pub status: Option<u16>,
    /// The error's message and codes in lower case.
    pub text: String,
    /// The body.
    pub body: &'a ErrorBody,
    /// The head; `None` inside a stream.
    pub head: Option<&'a Head>,
    /// The time after which to retry, if the provider names one.
    pub wait: Option<Duration>,
}

impl ErrorContext<'_> {
    /// Checks whether the provider names a time to retry within ten minutes.
    #[must_use]
    pub fn is_short_wait(&self) -> bool {
        self.wait.is_some_and(|wait| wait <= SOON)
    }
}

impl HeaderCondition {
    fn holds(self, error: &ErrorContext<'_>) -> bool {
        let header = |name| error.head.and_then(|head| head.header(name));
        match self {
            Self::HasRetryAfter => error.wait.is_some(),
            Self::HasNoRetryAfter => error.wait.is_none(),
            Self::RetryIsLate => !error.is_short_wait(),
            Self::Is(name, value) => header(name).is_some_and(|it| it.trim() == value),
            Self::Has(name) => header(name).is_some(),
        }
    }

    fn id(self) -> String {
        match self {
            Self::HasRetryAfter => "retry-after".to_owned(),
            Self::HasNoRetryAfter => "no-retry-after".to_owned(),
            Self::RetryIsLate => "not-soon".to_owned(),
            Self::Is(name, value) => format!("{name}={value}"),
            Self::Has(name) => name.to_owned(),
        }
    }
}

/// Returns `text` as a part of an id: lower case, without white space and punctuation.
fn slug(text: &str) -> String {
    let is_kept = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '-');
    let words = text.split(|char| !is_kept(char)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}
