//! The entry of a reason code.

use allclear_core::reason::Reason;
use serde::Serialize;

/// The entry of a reason.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    code: &'static str,
    meaning: &'static str,
    fault: &'static str,
    effect: &'static str,
    /// The party that has to act.
    owner: &'static str,
    /// The channels that are notified.
    notified: String,
    page: &'static str,
    remedy: &'static str,
}

impl Entry {
    pub(super) fn of(reason: Reason) -> Self {
        let fault = reason.fault();
        Self {
            code: reason.code(),
            meaning: reason.description(),
            fault: fault.as_str(),
            effect: reason.impact().as_str(),
            owner: fault.owner(),
            notified: format!("channels without `faults`, or with `{fault}` among their `faults`"),
            page: reason.page_effect(),
            remedy: reason.remedy(),
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let Self { code, meaning, fault, effect, owner, notified, page, remedy } = self;
        vec![
            format!("{code}: {meaning}"),
            format!("  Fault     {fault}"),
            format!("  Effect    {effect}"),
            format!("  Owner     {owner}"),
            format!("  Notified  {notified}"),
            format!("  Page      {page}"),
            format!("  Remedy    {remedy}"),
        ]
    }
}

pub(super) fn row(reason: Reason) -> [String; 3] {
    [reason.code().to_owned(), reason.fault().to_string(), reason.description().to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_names_code_fault_owner_and_remedy() {
        let lines = Entry::of(Reason::AuthInvalid).lines();
        let wanted = [
            "auth_invalid: The key is not valid: unknown, revoked, expired, or missing.",
            "  Fault     credentials",
            "  Effect    down",
            "  Owner     the owner of the key",
            "  Notified  channels without `faults`, or with `credentials` among their `faults`",
            "  Page      no data, left out of the uptime",
            "  Remedy    Issue a new key and store it with `allclear keys set NAME`; the next check \
             uses it.",
        ];
        assert_eq!(lines, wanted);
    }

    #[test]
    fn the_list_has_a_line_for_each_code() {
        assert_eq!(row(Reason::Timeout)[0], "timeout");
        for reason in Reason::ALL {
            assert!(row(*reason).iter().all(|cell| !cell.is_empty()), "{reason}");
        }
    }
}
