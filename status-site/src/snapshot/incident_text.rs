//! The facts of which the page makes the texts of an incident. None of them names a host, an error text or a check.

use jiff::Timestamp;

use super::{FailingRegions, PublicIncidentPhase};

/// The title of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum IncidentTitle {
    /// The words of an operator; one line.
    ByHand(String),
    /// These services are down; after the end of the incident: were down.
    Down(Vec<String>),
    /// These services have problems; after the end of the incident: had problems.
    Problems(Vec<String>),
}

impl From<&str> for IncidentTitle {
    fn from(title: &str) -> Self {
        Self::ByHand(title.to_owned())
    }
}

/// A text that the page makes of facts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GeneratedText {
    /// The time of the verbs.
    pub tense: Tense,
    /// The sentences in their order.
    pub sentences: Vec<Sentence>,
}

/// The time of the verbs of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tense {
    /// The incident is open.
    Present,
    /// The incident has ended.
    Past,
}

/// A sentence about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Sentence {
    /// What is seen of services.
    Seen(Sighting),
    /// The provider's own status page.
    Provider(ProviderWord),
    /// A service works again, but not in all regions.
    WorksInRegions {
        /// The name of the service.
        name: String,
        /// The regions that still see the failure.
        regions: FailingRegions,
        /// The time of this change.
        since: Timestamp,
    },
    /// A service answers again, but not as usual.
    AnswersAgain {
        /// The name of the service.
        name: String,
        /// The time of this change.
        since: Timestamp,
    },
    /// Further services answer again, but not as usual.
    MoreAnswerAgain(usize),
    /// Services work again.
    WorksAgain {
        /// The names of the services.
        names: Vec<String>,
        /// The end of their trouble.
        since: Timestamp,
    },
    /// Services are no longer monitored.
    NoLongerMonitored {
        /// The names of the services.
        names: Vec<String>,
        /// The time of their removal.
        since: Timestamp,
    },
    /// An operator announced a phase without a text.
    Phase(PublicIncidentPhase),
    /// Some of the other services work.
    OthersWork {
        /// The number of those that work; not 0.
        n_working: usize,
        /// The number of all others.
        n_others: usize,
    },
}

/// Services with one symptom in the same regions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sighting {
    /// The names of the services.
    pub names: Vec<String>,
    /// What a user sees.
    pub symptom: Symptom,
    /// The regions that see it; `None` if the service is checked from one region, or none sees it.
    pub regions: Option<FailingRegions>,
    /// The time since which it is seen.
    pub since: Timestamp,
    /// Past if it was over when the text was made, also in a text about an open incident.
    pub tense: Tense,
}

/// The effect of a cause that a user sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Symptom {
    /// No connection is possible.
    Unreachable,
    /// No answer comes within the time limit.
    Late,
    /// Answers break off.
    Interrupted,
    /// The certificate is invalid or expired.
    InvalidCertificate,
    /// The certificate expires soon.
    ExpiringCertificate,
    /// Answers are errors.
    Errors,
    /// Answers are wrong.
    WrongAnswers,
    /// The service has too much load.
    Overloaded,
    /// The service refuses a part of the requests.
    Throttled,
    /// A job is late.
    Overdue,
    /// The service works, but not as usual.
    Degraded,
    /// The service does not work.
    Down,
}

/// The provider's own status page beside what is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderWord {
    /// It confirms a problem.
    Confirms,
    /// It confirms a problem since this update.
    NowConfirms,
    /// It reports no problem.
    ReportsNothing,
}
