//! Stems of subjects and predicates, in English and Chinese.
//!
//! A list holds stems behind bars. A stem is compared with a clause, whose words stand between single
//! spaces: a space in front is the beginning of a word, a space behind is its end. Chinese has no
//! spaces between words.

pub(super) mod predicates;
pub(super) mod subjects;

use super::{ClauseSubject, Predicate};

/// The way in which a stem counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Polarity {
    /// It states the predicate unless it is negated: "exceeded".
    Stated,
    /// It states the predicate only if it is negated: "not enough".
    Negated,
    /// It holds its own negation: "no longer".
    Fixed,
}

/// Checks whether a clause contains a stem of a list.
pub(super) fn contains(clause: &str, list: &str) -> bool {
    stems(list).any(|stem| clause.contains(stem))
}

/// Returns the stems of a list.
pub(super) fn stems(list: &str) -> impl Iterator<Item = &str> {
    list.split('|').filter(|stem| !stem.is_empty())
}

impl ClauseSubject {
    /// Returns the name in ids of rules.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Plan => "plan",
            Self::Quota => "quota",
            Self::Rate => "rate",
            Self::Key => "key",
            Self::Account => "account",
            Self::Access => "access",
            Self::Region => "region",
            Self::Model => "model",
            Self::Service => "service",
            Self::Content => "content",
            Self::Form => "form",
            Self::Client => "client",
        }
    }
}

impl Predicate {
    /// Returns the name in ids of rules.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Insufficient => "insufficient",
            Self::Exhausted => "exhausted",
            Self::Reached => "reached",
            Self::Expired => "expired",
            Self::Disabled => "disabled",
            Self::Invalid => "invalid",
            Self::Missing => "missing",
            Self::Denied => "denied",
            Self::NotFound => "not-found",
            Self::Refused => "refused",
            Self::Violates => "violates",
            Self::TooFast => "too-fast",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

/// Windows of a minute or less.
pub(super) const SHORT_WINDOWS: &str = "\
    |minute| min | rpm | tpm | qps | qpm | tps | rps |second| sec | rate |concurren|分钟|每秒\
    |频率|速率|并发";

/// Windows of several hours or longer.
pub(super) const LONG_WINDOWS: &str = "\
    | day|daily| rpd | tpd | week| month|24 hour| 24h |每天|每日|当日|今日|当天|今天|每周|本周\
    |每月|本月|当月| 3 hour| 4 hour| 5 hour| 6 hour| 8 hour| 12 hour|小时额度|小时配额";

/// Marks of a state that lasts until a person acts.
pub(super) const HALTED: &str = "\
    | paused | suspended | has been stopped | to continue using | contact your admin\
    | contact an admin| ask an admin|暂停|停用|联系管理员";

/// Marks of a state that passes.
pub(super) const TEMPORARY: &str = "\
    | later | temporar| currently | at the moment | right now | at this time | again in \
    | momentarily | shortly | again soon |稍后|稍候|暂时|当前|稍等";
