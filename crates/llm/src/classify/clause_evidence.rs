//! General evidence: subject and predicate of each clause, for errors that no specific rule knows.
//!
//! An error such as "the wallet of your team is drained" is in no list of phrases, yet it states that
//! something paid for is used up. The text is cut into clauses, each code being one of its own. A
//! clause is evidence if it contains a subject and a predicate of one row. The rows are tried in the
//! order money, access, limits, request, service, and the status limits which of them count: a row that
//! would only repeat the meaning of the status is left out.

mod clause;
mod stems;

use allclear_core::reason::Reason::{
    self, AuthInvalid, Billing, ModelNotFound, Overloaded, Permission, ProbeInvalid, QuotaDaily,
    QuotaExceeded, RegionBlocked, ServerError, Throttled,
};

use self::clause::Clause;
use super::rule::ErrorContext;
use crate::error;

/// The thing that a clause is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClauseSubject {
    /// Money: credit, balance, budget, invoices.
    Credit,
    /// A contract: subscription, plan, trial, package.
    Plan,
    /// An amount that the account may use: quota, allowance, usage limit.
    Quota,
    /// The number of requests or tokens in a short time.
    Rate,
    /// A key or another proof of identity.
    Key,
    /// The account, its organization or its user.
    Account,
    /// Access, permission or a role.
    Access,
    /// A country or region.
    Region,
    /// A model or deployment.
    Model,
    /// The service: servers, upstreams, workers, queues.
    Service,
    /// The content of the request, as moderation sees it.
    Content,
    /// The form of the request: parameters, fields, sizes.
    Form,
    /// The client, as a firewall sees it.
    Client,
}

/// The statement that a clause makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Predicate {
    /// There is too little, or nothing.
    Insufficient,
    /// All of it has been used.
    Exhausted,
    /// A limit has been reached or exceeded.
    Reached,
    /// It has ended by time.
    Expired,
    /// It has been switched off or locked.
    Disabled,
    /// It is wrong or unknown.
    Invalid,
    /// It was left out, or is needed first.
    Missing,
    /// It is refused.
    Denied,
    /// It does not exist or is not offered.
    NotFound,
    /// It is suspicious or not allowed.
    Refused,
    /// It violates a policy.
    Violates,
    /// It comes too often.
    TooFast,
    /// It has more load than it can serve.
    Overloaded,
    /// It cannot be used, or not now.
    Unavailable,
    /// It broke down.
    Failed,
}

/// The statuses at which a row is evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EvidenceStatus {
    /// Every refusal of the caller, and errors without a status.
    Refusals,
    /// The same without 429, which stands for a limit already.
    NotLimits,
    /// The same without 401, which stands for the key already.
    NotKeys,
    /// Neither 401 nor 429.
    Other,
    /// None of 401, 403 and 429, and none that stands for an address or a size.
    Unspecific,
}

/// The meaning of a subject with one of several predicates.
struct CommonRule {
    subject: ClauseSubject,
    predicates: &'static [Predicate],
    at: EvidenceStatus,
    reason: Reason,
}

const fn row(
    subject: ClauseSubject,
    predicates: &'static [Predicate],
    at: EvidenceStatus,
    reason: Reason,
) -> CommonRule {
    CommonRule { subject, predicates, at, reason }
}

/// The rows in the order in which they are tried.
const ROWS: &[CommonRule] = {
    use ClauseSubject::{
        Access, Account, Client, Content, Credit, Form, Key, Model, Plan, Quota, Rate, Region,
        Service,
    };
    use EvidenceStatus::{NotKeys, NotLimits, Other, Refusals, Unspecific};
    use Predicate::{
        Denied, Disabled, Exhausted, Expired, Failed, Insufficient, Invalid, Missing, NotFound,
        Overloaded, Reached, Refused, TooFast, Unavailable,
    };
    &[
        row(
            Credit,
            &[Insufficient, Exhausted, Reached, Expired, Disabled, Missing, Failed],
            Refusals,
            Billing,
        ),
        row(Plan, &[Exhausted, Reached, Expired, Disabled, Missing], Refusals, Billing),
        row(Rate, &[Exhausted, Reached, TooFast], NotLimits, Throttled),
        row(Quota, &[Insufficient, Exhausted, Expired], Refusals, QuotaExceeded),
        row(Quota, &[Reached], Refusals, QuotaExceeded),
        row(Region, &[Denied, Disabled, NotFound, Refused], NotLimits, RegionBlocked),
        row(Account, &[Disabled, Expired], NotKeys, AuthInvalid),
        row(Key, &[Expired, Disabled, Invalid, Missing, NotFound], Unspecific, AuthInvalid),
        row(Access, &[Denied, Insufficient, Missing], Unspecific, Permission),
        row(Account, &[Denied, NotFound], Unspecific, Permission),
        row(Content, &[Refused], Other, ProbeInvalid),
        row(Client, &[Refused], Other, ProbeInvalid),
        row(Client, &[TooFast], NotLimits, Throttled),
        row(Service, &[Overloaded, Insufficient], NotKeys, Reason::Overloaded),
        row(Model, &[Overloaded], NotKeys, Reason::Overloaded),
        row(Model, &[NotFound], NotLimits, ModelNotFound),
        row(Model, &[Unavailable], Other, ModelNotFound),
        row(Form, &[Invalid, Missing, Reached, NotFound], Unspecific, ProbeInvalid),
        row(Service, &[Unavailable, Failed], Other, ServerError),
    ]
};

/// Returns the meaning of the first row that a clause of the error is evidence for, and the id of
/// that decision.
pub(super) fn decide(error: &ErrorContext<'_>) -> Option<(Reason, String)> {
    let source = TextSource::of(error);
    let clauses = match source {
        TextSource::Answer | TextSource::Quoted => clause::of(error.body),
        TextSource::Failing => clause::of_codes(error.body),
        TextSource::Page => clause::of_text(&error.body.page),
    };
    for row in ROWS.iter().filter(|row| source.admits(row)) {
        if !row.at.includes(error.status) {
            // The rows behind are less precise than a message that repeats the status.
            let message = || clause::of_text(&error.body.message);
            if row.repeats(error.status) && found(row, &message(), error).is_some() {
                return None;
            }
        } else if let Some(decision) = found(row, &clauses, error) {
            return Some(decision);
        }
    }
    let is_passed_on = matches!(error.status, Some(500 | 502));
    if !is_passed_on {
        return None;
    }
    let clauses = clause::of(error.body);
    PASSED_ON.iter().find_map(|row| found(row, &clauses, error))
}

/// Refusals of the request, which are no outage even if a gateway passes them on as one.
const PASSED_ON: &[CommonRule] = &[
    row(ClauseSubject::Content, &[Predicate::Violates], EvidenceStatus::Other, ProbeInvalid),
    row(ClauseSubject::Form, &[Predicate::Reached], EvidenceStatus::Other, ProbeInvalid),
];

impl CommonRule {
    /// Checks whether a status means the same as the row.
    fn repeats(&self, status: Option<u16>) -> bool {
        matches!(status, Some(401 | 403)) && matches!(self.reason, AuthInvalid | Permission)
    }
}

/// Returns the decision of one row.
fn found(
    row: &CommonRule,
    clauses: &[Clause],
    error: &ErrorContext<'_>,
) -> Option<(Reason, String)> {
    let is_limit = |clause: &&Clause| {
        error.status == Some(429) && is_money_reason(row.reason) && clause.has_short_window()
    };
    let predicate = clauses
        .iter()
        .filter(|clause| clause.has_subject(row.subject) && !is_limit(clause))
        .find_map(|clause| row.predicates.iter().find(|it| clause.has_predicate(**it)))?;
    let reason = by_time(row, *predicate, clauses, error)?;
    Some((reason, format!("{}-{}", row.subject.as_str(), predicate.as_str())))
}

/// The origin of the text, which limits the rows that it can be evidence for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextSource {
    /// A refusal by the API, or an error without a status.
    Answer,
    /// A failing server. Its text may be about a server behind it; its codes are its own.
    Failing,
    /// LiteLLM, which quotes the provider behind it, with any status.
    Quoted,
    /// A page of a proxy or firewall, which knows nothing of keys and money.
    Page,
}

impl TextSource {
    fn of(error: &ErrorContext<'_>) -> Self {
        let is_failing = error.status.is_some_and(|status| matches!(status, 408 | 424 | 500..));
        match error.body.form {
            error::BodyFormat::Html if is_failing => Self::Failing,
            error::BodyFormat::Html => Self::Page,
            error::BodyFormat::Json | error::BodyFormat::Text | error::BodyFormat::Empty => {
                match (is_failing, error.text.starts_with("litellm.")) {
                    (false, _) => Self::Answer,
                    (true, true) => Self::Quoted,
                    (true, false) => Self::Failing,
                }
            }
        }
    }

    fn admits(self, row: &CommonRule) -> bool {
        let is_of_access = matches!(row.reason, AuthInvalid | Permission);
        match self {
            Self::Answer => true,
            Self::Failing => row.subject == ClauseSubject::Credit,
            Self::Quoted => is_money_reason(row.reason) || is_of_access,
            Self::Page => matches!(row.subject, ClauseSubject::Region | ClauseSubject::Client),
        }
    }
}

fn is_money_reason(reason: Reason) -> bool {
    matches!(reason, Billing | QuotaExceeded)
}

impl EvidenceStatus {
    /// Checks whether a status leaves room for the meaning of a row.
    fn includes(self, status: Option<u16>) -> bool {
        match self {
            Self::Refusals => true,
            Self::NotLimits => status != Some(429),
            Self::NotKeys => status != Some(401),
            Self::Other => !matches!(status, Some(401 | 429)),
            Self::Unspecific => {
                !matches!(status, Some(401 | 403..=405 | 410 | 411 | 413..=415 | 429))
            }
        }
    }
}

/// Returns the reason with regard to time: a limit of a minute passes, one of a day or a month is a
/// quota, and a model that comes back is overloaded. `None` if the status is as precise.
fn by_time(
    row: &CommonRule,
    predicate: Predicate,
    clauses: &[Clause],
    error: &ErrorContext<'_>,
) -> Option<Reason> {
    if row.reason == ModelNotFound && predicate == Predicate::Unavailable {
        let comes_back = error.wait.is_some() || clauses.iter().any(Clause::is_temporary);
        return Some(if comes_back { Overloaded } else { ModelNotFound });
    }
    if !matches!(row.reason, QuotaExceeded | Throttled) {
        return Some(row.reason);
    }
    let is_long = clauses.iter().any(Clause::has_long_window);
    let passes = clauses.iter().any(Clause::has_short_window) || error.is_short_wait();
    match (row.reason, error.status) {
        _ if is_long => Some(QuotaDaily),
        (QuotaExceeded, Some(429)) if passes => None,
        // At 429, a limit that was reached is one of a minute unless its window is long or a person
        // has to lift it.
        (QuotaExceeded, Some(429)) if predicate == Predicate::Reached => {
            clauses.iter().any(Clause::is_halted).then_some(QuotaExceeded)
        }
        (QuotaExceeded, _) if passes => Some(Throttled),
        _ => Some(row.reason),
    }
}
