//! The stories of notifications, alerts, groups, attempts of actions and incidents.

use std::time::Duration;

use allclear_core::action::Execution;
use allclear_core::alert_group::AcknowledgedBy;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::event::{AlertId, AlertRecord, SuppressedBy};
use allclear_core::id::{ActionId, MonitorId, RuleId};
use allclear_core::message;
use allclear_core::state::MonitorState;
use allclear_core::status::Severity;
use allclear_evaluate::standing::{
    ActionStanding, AlertStanding, ConditionTruth, MonitorStanding, RuleStanding,
    StandingAcknowledgement, UnreportedEnd,
};
use allclear_rehearse::Decided;
use allclear_rehearse::story::{
    MonitorFacts, Story, StoryStage, StoryStep, alert_lines, of_alert, of_delivery, of_group,
    of_id, of_monitor, of_open_alert,
};

use crate::records::{is_take_back, minute, recorded, start};

#[tokio::test]
async fn the_story_of_a_notification_leads_from_the_outcomes_to_the_delivery() {
    let store = recorded().await;
    let records = Decided::recorded(store, start()).await.unwrap();
    let is_about_cart = |one: &&Delivery| {
        one.notification.monitor.as_str() == "cart" && one.created_at > minute(500)
    };
    let sent = records.deliveries.iter().find(is_about_cart).unwrap();
    let told = of_delivery(sent, &records);
    let stages: Vec<StoryStage> = told.steps.iter().map(|step| step.stage).collect();
    for stage in [
        StoryStage::Outcome,
        StoryStage::Lifecycle,
        StoryStage::Suppress,
        StoryStage::Route,
        StoryStage::Group,
        StoryStage::Notice,
        StoryStage::Compose,
        StoryStage::Outbox,
        StoryStage::Delivery,
    ] {
        assert!(stages.contains(&stage), "{stage:?} is missing in {told:#?}");
    }
    assert!(told.steps.is_sorted(), "{told:#?}");
    let silenced = told.steps.iter().find(|step| step.text.contains("silence")).unwrap();
    assert!(silenced.at < minute(520), "{silenced:?}");
    let remedy = sent.notification.details.remedy.as_ref().unwrap();
    assert_eq!(told.state[1], format!("remedy: {remedy}"));

    let alert = &records.alerts[&sent.notification.alerts[0].id];
    assert!(of_alert(alert, &records).steps.len() >= told.steps.len());
    let group = sent.notification.details.alert_group.as_ref().unwrap();
    assert!(of_group(group, &records).unwrap().state[0].contains("ended"));
}

#[tokio::test]
async fn an_attempt_of_an_action_is_a_stage_of_the_story_and_no_notification() {
    let store = recorded().await;
    let mut records = Decided::recorded(store, start()).await.unwrap();
    let is_attempt = |one: &&Delivery| one.notification.monitor.as_str() == "mail";
    let first = records.attempts.iter().find(is_attempt).unwrap().clone();
    let alert = records.alerts[&first.notification.alerts[0].id].clone();
    // Without notices to channels, attempts are all that followed from the alert.
    records.deliveries.retain(|one| one.attempt().is_some());
    let told = of_alert(&alert, &records);
    assert!(told.state[1].starts_with("no channel was notified"), "{:?}", told.state);
    let of_action = |told: &Story| -> Vec<String> {
        let steps = told.steps.iter().filter(|step| step.stage == StoryStage::Action);
        steps.map(|step| step.text.clone()).collect()
    };
    let actions = of_action(&told);
    assert_eq!(
        actions[..2],
        [
            "attempt 1 of 3 of the action `restart` for `mail`: restart the unit",
            "result of attempt 1 of the action `restart`: executed, failed: status 500",
        ]
    );
    assert_eq!(of_delivery(&first, &records).state, ["executed, failed: status 500"]);
    let group = first.notification.details.alert_group.as_ref().unwrap();
    assert!(of_group(group, &records).unwrap().subject.contains("attempt 3 of 3"));

    let order = records.attempts.iter().find(|one| is_take_back(one)).unwrap();
    let actions = of_action(&of_delivery(order, &records));
    let taken_back = "attempt 2 of the action `restart` for `api` is taken back: its alert is over";
    assert!(actions.iter().any(|text| text == taken_back), "{actions:?}");
}

#[tokio::test]
async fn the_outcomes_of_a_group_name_their_monitor_if_the_group_has_several() {
    let store = recorded().await;
    let records = Decided::recorded(store, start()).await.unwrap();
    let outcomes = |one: &Delivery| -> Vec<String> {
        let group = one.notification.details.alert_group.as_ref().unwrap();
        let told = of_group(group, &records).unwrap();
        let steps = told.steps.iter().filter(|step| step.stage == StoryStage::Outcome);
        steps.map(|step| step.text.clone()).collect()
    };
    let find = |name: &str, from: u64| {
        let mut all = records.deliveries.iter();
        all.find(|one| {
            one.notification.monitor.as_str() == name
                && one.created_at > minute(from)
                && one.channel.as_str() == "team"
        })
    };
    let several = records.deliveries.iter().find(|one| !one.notification.details.others.is_empty());
    let several = outcomes(several.unwrap());
    assert!(!several.is_empty() && several.iter().all(|text| text.starts_with('`')), "{several:?}");
    let alone = outcomes(find("mail", 899).unwrap());
    assert!(!alone.is_empty() && alone.iter().all(|text| !text.starts_with('`')), "{alone:?}");
}

#[tokio::test]
async fn the_story_at_a_past_time_has_nothing_that_was_decided_later() {
    let store = recorded().await;
    let records = Decided::recorded(store, start()).await.unwrap();
    let is_about_mail = |one: &&Delivery| one.notification.monitor.as_str() == "mail";
    let sent = records.deliveries.iter().find(is_about_mail).unwrap().clone();
    let alert = sent.notification.alerts[0].id.clone();
    let attempt = records.attempts.iter().find(is_about_mail).unwrap().clone();
    assert!(of_id(alert.as_str(), &records).unwrap().state[0].starts_with("resolved at"));
    assert_eq!(of_delivery(&attempt, &records).state, ["executed, failed: status 500"]);

    // The attempt is ordered, and settled 50 s later.
    let at = attempt.created_at + Duration::from_secs(20);
    let known = records.known_at(at);
    let told = of_id(alert.as_str(), &known).unwrap();
    assert_eq!(told.state[0], "it fires");
    assert!(told.steps.iter().all(|step| step.at <= at), "{told:#?}");
    assert_eq!(of_delivery(&attempt, &known).state, ["owed, not settled yet"]);
    assert!(known.deliveries.iter().all(|one| one.created_at <= at));
}

#[tokio::test]
async fn the_story_of_an_incident_names_the_trouble_of_its_monitors() {
    let store = recorded().await;
    let records = Decided::recorded(store, start()).await.unwrap();
    let incident = records
        .incidents
        .values()
        .find(|one| one.episodes.iter().any(|it| it.monitor.as_str() == "database"))
        .unwrap();
    let told = of_id(incident.id.as_str(), &records).unwrap();
    assert!(told.subject.contains("`database`"), "{told:#?}");
    let texts: Vec<&str> = told.steps.iter().map(|step| step.text.as_str()).collect();
    assert!(texts.iter().any(|text| text.starts_with("opened, published")), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("outage of `database` since")), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("`database` has recovered")), "{texts:?}");
}

#[test]
fn the_state_of_what_fires_says_what_waits_and_why() {
    let rule = RuleId::new("down").unwrap();
    let acknowledged = StandingAcknowledgement {
        by: AcknowledgedBy { author: "ann".to_owned(), at: start(), comment: "on it".to_owned() },
        until: Some(minute(60)),
    };
    let of_rule = RuleStanding {
        rule: rule.clone(),
        severity: Severity::Critical,
        condition: "unhealthy".to_owned(),
        values: String::new(),
        truth: ConditionTruth::False,
        alert: AlertStanding::None,
        unreported: None,
        suppressed_by: Some((SuppressedBy::Silence, "silenced by ann".to_owned())),
        end_awaits: Some("a recovery awaits its confirmation".to_owned()),
        acknowledged: Some(acknowledged),
        waiting: vec!["`team` is notified at noon: others may follow".to_owned()],
        receivers: Vec::new(),
    };
    let of_action = ActionStanding {
        action: ActionId::new("restart").unwrap(),
        execution: Execution::DryRun,
        n_attempts: 1,
        max_attempts: 3,
        next: "its `cooldown` lasts".to_owned(),
    };
    let standing = MonitorStanding {
        rules: vec![of_rule],
        unreported_ends: vec!["the end of `slow` waits".to_owned()],
        actions: vec![of_action],
    };
    let wanted = [
        "it fires although its condition is not true: a recovery awaits its confirmation",
        "not notified now: silence (silenced by ann)",
        "`team` is notified at noon: others may follow",
        "acknowledged by ann at 2026-11-02T00:00:00Z until 2026-11-02T01:00:00Z: on it; reminders, escalation and actions \
         wait",
        "the end of `slow` waits",
        "action `restart`, dry run, 1 of 3 attempts: its `cooldown` lasts",
    ];
    let start = start().to_string();
    let lines = alert_lines(&standing, &rule);
    assert_eq!(lines.len(), wanted.len(), "{start}");
    for (line, wanted) in lines.iter().zip(wanted) {
        assert_eq!(line, wanted);
    }
    let monitor = MonitorId::new("api").unwrap();
    let facts = MonitorFacts {
        monitor: &monitor,
        at: minute(1),
        state: None,
        state_at: None,
        recorded_from: minute(0),
        standing: &standing,
        transitions: &[],
    };
    let told = of_monitor(&facts, &Decided::default());
    assert!(
        wanted.iter().all(|line| told.state.iter().any(|one| one.trim() == *line)),
        "{told:#?}"
    );
}

#[tokio::test]
async fn no_line_of_a_story_is_printed_twice() {
    let records = Decided::recorded(recorded().await, start()).await.unwrap();
    let deliveries = records.deliveries.iter().chain(&records.attempts).map(|one| one.id.as_str());
    let alerts = records.alerts.keys().map(allclear_core::event::AlertId::as_str);
    let incidents = records.incidents.keys().map(allclear_core::incident::IncidentId::as_str);
    for id in deliveries.chain(alerts).chain(incidents) {
        let story = of_id(id, &records).unwrap();
        let mut lines = std::collections::BTreeSet::new();
        for one in &story.steps {
            let line = format!("{:.0} {} {}", one.at, one.stage.as_str(), one.text);
            assert!(lines.insert(line.clone()), "{id}: {line}");
            // The condition of an alert is true once.
            if let Some((condition, _)) = one.text.split_once(" is true: ") {
                let alert = condition.rsplit(' ').next();
                let line = format!("{:.0} condition {alert:?}", one.at);
                assert!(lines.insert(line.clone()), "{id}: {line} {:#?}", story.steps);
            }
        }
    }
}

#[test]
fn an_alert_whose_end_is_not_reported_is_not_said_to_fire() {
    let (monitor, rule) = (MonitorId::new("api").unwrap(), RuleId::new("down").unwrap());
    let alert = AlertRecord {
        id: AlertId::new(&monitor, &rule, start()),
        monitor,
        rule: rule.clone(),
        severity: Severity::Critical,
        message: "status 503".to_owned(),
        pending_since: start(),
        fired_at: start(),
        resolved_at: None,
    };
    let of_rule = |unreported| RuleStanding {
        rule: rule.clone(),
        severity: Severity::Critical,
        condition: "unhealthy".to_owned(),
        values: String::new(),
        truth: ConditionTruth::False,
        alert: AlertStanding::None,
        unreported,
        suppressed_by: None,
        end_awaits: None,
        acknowledged: None,
        waiting: Vec::new(),
        receivers: Vec::new(),
    };
    let state = |unreported| {
        let rules = vec![of_rule(unreported)];
        let standing = MonitorStanding { rules, ..MonitorStanding::default() };
        of_open_alert(&alert, (&standing, None), &Decided::default()).state
    };
    assert_eq!(state(None)[0], "it fires");
    let ended = state(Some(UnreportedEnd { id: alert.id.clone(), at: minute(3) }));
    assert!(!ended.contains(&"it fires".to_owned()), "{ended:?}");
    let wanted = format!(
        "alert {} has ended at 2026-11-02T00:03:00Z, its end is not reported yet: it continues if the rule fires again \
         before",
        alert.id
    );
    assert!(ended.contains(&wanted), "{ended:?}");
}

#[tokio::test]
async fn an_alert_that_joined_a_group_without_a_message_is_not_said_to_be_notified() {
    let recorded = Decided::recorded(recorded().await, start()).await.unwrap();
    let mut of_group = recorded.deliveries.into_iter();
    let of_group = of_group.find(|one| one.notification.details.alert_group.is_some()).unwrap();
    let (channel, group) =
        (of_group.channel.clone(), of_group.notification.details.alert_group.clone().unwrap());
    let (monitor, rule) = (MonitorId::new("api").unwrap(), RuleId::new("another").unwrap());
    let id = AlertId::new(&monitor, &rule, start());
    let in_words = |how: &str| format!("; {how}: `{channel}` (group {group})");
    let (joined, notified) = (in_words("joined the group without a message"), in_words("notified"));
    let of_rule = RuleStanding {
        rule,
        severity: Severity::Critical,
        condition: "unhealthy".to_owned(),
        values: String::new(),
        truth: ConditionTruth::True,
        alert: AlertStanding::Firing {
            id,
            since: start(),
            at: start(),
            notified: vec![(channel.clone(), group.clone())],
        },
        unreported: None,
        suppressed_by: None,
        end_awaits: None,
        acknowledged: None,
        waiting: Vec::new(),
        receivers: Vec::new(),
    };
    let standing = MonitorStanding { rules: vec![of_rule], ..MonitorStanding::default() };
    let state = MonitorState::unmeasured(start());
    let told = |recorded_from, deliveries: &[Delivery]| {
        let facts = MonitorFacts {
            monitor: &monitor,
            at: minute(5),
            state: Some(&state),
            state_at: Some(minute(2)),
            recorded_from,
            standing: &standing,
            transitions: &[],
        };
        let mut records = Decided::default();
        records.deliveries = deliveries.to_vec();
        of_monitor(&facts, &records).state
    };
    let lines = told(start(), std::slice::from_ref(&of_group));
    assert!(lines[0].ends_with(", as of 2026-11-02T00:02:00Z"), "{lines:?}");
    assert!(lines[2].contains(&joined), "{lines:?}");
    // Records without a notification of the group, and those of an older alert, prove no silence.
    assert!(told(start(), &[])[2].contains(&notified));
    assert!(told(minute(1), &[of_group])[2].contains(&notified));
}

#[tokio::test]
async fn the_story_of_an_end_has_the_good_outcome_and_the_duration_of_the_trouble() {
    let store = recorded().await;
    let records = Decided::recorded(store, start()).await.unwrap();
    let ends = records.deliveries.iter().filter(|one| {
        let notification = &one.notification;
        notification.kind == NoticeKind::Resolved && notification.details.config_end.is_none()
    });
    let mut n_ends = 0;
    for end in ends {
        n_ends += 1;
        let told = of_delivery(end, &records);
        let is_good =
            |step: &StoryStep| step.stage == StoryStage::Outcome && step.text.contains("healthy, ");
        assert!(told.steps.iter().any(is_good), "{told:#?}");
        assert!(!told.state.iter().any(|line| line.starts_with("remedy: ")), "{told:#?}");
        let lasted = message::lasted(&end.notification).unwrap();
        let text =
            format!("the trouble is over: it lasted {lasted}, since {:.0}", end.notification.since);
        let over = told.steps.iter().find(|step| step.text == text).unwrap();
        assert_eq!((over.at, over.stage), (end.notification.at, StoryStage::Lifecycle));
    }
    assert!(n_ends > 2, "{n_ends}");
}
