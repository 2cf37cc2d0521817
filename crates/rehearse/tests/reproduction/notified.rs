//! The message that a cause names in place of a suppression, and the changes behind its time.

use std::time::Duration;

use allclear_core::action::Action;
use allclear_core::config::Config;
use allclear_core::delivery::NoticeKind;
use allclear_core::id::RuleId;
use allclear_core::status::Fault;
use allclear_rehearse::{Difference, DifferenceKind};

use crate::records::{config, id};
use crate::{ALL, Compared, between, compared};

fn text(one: &Difference) -> String {
    one.causes.iter().map(|cause| cause.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Returns the differences whose causes name a message in place of a suppression, after a check that the message was sent
/// while the alert fired.
fn naming_a_message(compared: &Compared) -> Vec<&Difference> {
    let mut naming = Vec::new();
    for one in &compared.comparison.differences {
        let text = text(one);
        let Some((_, after)) = text.split_once("was notified at ") else { continue };
        naming.push(one);
        let (at, place) = after.split_once(" in the ").unwrap();
        let of =
            if place.starts_with("records") { &compared.recorded } else { &compared.simulated };
        let is_meant = of.deliveries.iter().any(|it| {
            let notification = &it.notification;
            let others = notification.details.others.iter().any(|it| it.id == one.monitor);
            format!("{:.0}", it.created_at) == at
                && notification.kind != NoticeKind::Resolved
                && (notification.monitor == one.monitor || others)
        });
        assert!(is_meant, "{one:#?}");
    }
    naming
}

#[tokio::test]
async fn a_longer_wait_of_a_group_is_the_cause_of_the_suppression_that_it_removes() {
    let mut after = config();
    after.notifications.group_wait = Duration::from_mins(5);
    let compared = compared(after, ALL()).await;
    let mut n_lifted = 0;
    for one in naming_a_message(&compared) {
        if one.decision.contains("already_notified") {
            n_lifted += 1;
            assert!(text(one).contains("notifications: group_wait `"), "{one:#?}");
            assert!(text(one).contains("` → `5m`"), "{one:#?}");
        }
    }
    assert!(n_lifted > 0, "{:#?}", compared.comparison.differences);
}

#[tokio::test]
async fn the_message_in_place_of_a_suppression_is_no_all_clear() {
    let changes: [fn(&mut Config); 3] = [
        |config| config.monitors.iter_mut().for_each(|monitor| monitor.depends_on.clear()),
        |config| config.notifications.group_wait = Duration::from_secs(100),
        |config| config.rules.retain(|rule| rule.id.as_str() != "consecutive_failures"),
    ];
    let mut n_named = 0;
    for change in changes {
        let mut after = config();
        change(&mut after);
        n_named += naming_a_message(&compared(after, ALL()).await).len();
    }
    assert!(n_named > 0);
}

#[tokio::test]
async fn a_changed_filter_of_an_action_is_named_with_its_old_and_its_new_values() {
    type Change = fn(&mut Action);
    let changes: [(Change, &str); 3] = [
        (|it| it.filter.scope.monitors = vec![id("mail")], "monitors `api, mail` → `mail`"),
        (|it| it.filter.faults = vec![Fault::Quota], "faults `target` → `quota`"),
        (
            |it| it.filter.rules = vec![RuleId::new("low_uptime").unwrap()],
            "rules `service_down` → `low_uptime`",
        ),
    ];
    for (change, expected) in changes {
        let mut after = config();
        change(after.actions.first_mut().unwrap());
        let differences = between(config(), after, ALL()).await.differences;
        let kind = DifferenceKind::NotAttempted;
        let lost: Vec<_> = differences.iter().filter(|one| one.kind == kind).collect();
        assert!(!lost.is_empty(), "{differences:#?}");
        for one in lost {
            assert_eq!(text(one), format!("action `restart`: {expected}"), "{one:#?}");
        }
    }
}
