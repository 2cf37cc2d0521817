//! The stories of what sent no message: trouble that continues an alert, and alerts that are suppressed.

use std::time::Duration;

use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::event::{AlertId, Transition};
use allclear_core::id::MonitorId;
use allclear_core::status::Status;
use allclear_evaluate::standing::MonitorStanding;
use allclear_rehearse::Decided;
use allclear_rehearse::story::{MonitorFacts, StoryStage, StoryStep, of_alert, of_monitor};

use crate::records::{recorded, start};

#[tokio::test]
async fn new_trouble_that_continues_an_alert_says_why_no_message_follows() {
    let mut records = Decided::recorded(recorded().await, start()).await.unwrap();
    let is_firing = |one: &&Delivery| {
        one.notification.monitor.as_str() == "api" && one.notification.kind == NoticeKind::Firing
    };
    let told = records.deliveries.iter().find(is_firing).unwrap();
    let (id, told_at) = (told.notification.alerts[0].id.clone(), told.created_at);
    let alert = records.alerts[&id].clone();
    let first_end = alert.resolved_at.unwrap();
    let trouble = Transition {
        monitor: MonitorId::new("api").unwrap(),
        at: first_end + Duration::from_mins(2),
        confirmed_at: first_end + Duration::from_mins(3),
        from: Status::Healthy,
        to: Status::Unhealthy,
        cause: None,
    };
    let continued = |records: &Decided| -> Vec<StoryStep> {
        let facts = MonitorFacts {
            monitor: &trouble.monitor,
            at: trouble.confirmed_at,
            state: None,
            state_at: None,
            recorded_from: start(),
            standing: &MonitorStanding::default(),
            transitions: std::slice::from_ref(&trouble),
        };
        let steps = of_monitor(&facts, records).steps.into_iter();
        steps.filter(|one| one.text.contains("has fired since")).collect()
    };
    assert_eq!(continued(&records), []);

    records.alerts.get_mut(&id).unwrap().resolved_at = None;
    let steps = continued(&records);
    assert_eq!(steps.len(), 1, "{steps:#?}");
    assert_eq!((steps[0].at, steps[0].stage), (trouble.confirmed_at, StoryStage::Dedup));
    let wanted = format!(
        "continues: `{}` sends no new firing notice, because it notified `team` at {told_at:.0}",
        alert.rule
    );
    assert!(steps[0].text.contains(&wanted), "{steps:#?} {wanted}");
}

#[tokio::test]
async fn the_evidence_of_a_suppressed_alert_names_its_condition() {
    let records = Decided::recorded(recorded().await, start()).await.unwrap();
    let is_notified = |id: &AlertId| {
        let mut named = records.deliveries.iter().flat_map(|one| &one.notification.alerts);
        named.any(|named| named.id == *id)
    };
    let mut suppressed = records.suppressions.iter().filter(|one| {
        let is_down = one.alert.as_str().contains("/service_down/");
        is_down && one.evidence.is_some() && !is_notified(&one.alert)
    });
    let alert = &records.alerts[&suppressed.next().unwrap().alert];
    let steps = of_alert(alert, &records).steps;
    let wanted = format!("condition `status == \"unhealthy\"` of {} is true", alert.id);
    assert!(steps.iter().any(|one| one.text.contains(&wanted)), "{steps:#?}");
}
