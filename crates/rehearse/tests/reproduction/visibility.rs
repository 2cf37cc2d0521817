//! The visibility of incidents: another setting is the cause where only the visibility differs, and of nothing else.

use allclear_core::config::Config;
use allclear_core::id::MaintenanceId;
use allclear_core::incident::{IncidentPublishing, IncidentVisibility};
use allclear_core::rule::RuleScope;
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_rehearse::story::StoryStage;
use allclear_rehearse::{Decided, Difference, DifferenceKind, Explainer, compare, rehearse};

use crate::records::{config, id, index, minute, recorded};
use crate::{ALL, between};

fn publishing(publish: IncidentPublishing) -> Config {
    let mut config = config();
    config.settings.publish_incidents = publish;
    config
}

fn texts(one: &Difference) -> Vec<&str> {
    one.causes.iter().map(|cause| cause.text.as_str()).collect()
}

#[tokio::test]
async fn another_publication_setting_is_the_cause_of_another_visibility() {
    let (before, after) = (IncidentPublishing::None, IncidentPublishing::All);
    let differences = between(publishing(before), publishing(after), ALL()).await.differences;
    assert!(differences.len() > 5, "{differences:#?}");
    for one in &differences {
        assert_eq!(one.changes, ["published instead of draft of an"], "{one:#?}");
        assert_eq!(one.causes[0].stage, StoryStage::Incident, "{one:#?}");
        assert_eq!(texts(one), ["incidents: publish `none` → `all`"], "{one:#?}");
    }
}

#[tokio::test]
async fn a_publication_setting_is_no_cause_of_other_trouble() {
    let mut after = publishing(IncidentPublishing::None);
    after.maintenances.push(Maintenance {
        id: MaintenanceId::new("move").unwrap(),
        title: "Move".to_owned(),
        description: None,
        scope: RuleScope { monitors: vec![id("api")], ..RuleScope::default() },
        schedule: WindowSchedule::Once { start: minute(50), end: minute(90) },
        ended_at: None,
    });
    let differences = between(config(), after, ALL()).await.differences;
    let lost = differences.iter().filter(|one| one.kind == DifferenceKind::NotOpened);
    let mut n_lost = 0;
    for one in lost {
        n_lost += 1;
        assert!(texts(one).iter().all(|text| !text.contains("publish")), "{one:#?}");
    }
    assert!(n_lost > 0, "{differences:#?}");
}

#[tokio::test]
async fn the_records_show_the_publication_setting_of_a_config_that_is_not_known() {
    let store = recorded().await;
    let present = index(config());
    let replayed = rehearse(store, &present, ALL(), |_| ()).await.unwrap();
    let mut records = Decided::recorded(store, replayed.replayed_from).await.unwrap();
    for incident in records.incidents.values_mut() {
        incident.visibility = IncidentVisibility::Draft;
    }
    let explainer = Explainer::new(&records, &replayed.decided, &present, &present);
    let differences = compare(&explainer, ALL()).differences;
    assert!(differences.len() > 5, "{differences:#?}");
    for one in &differences {
        assert_eq!(one.causes[0].stage, StoryStage::Incident, "{one:#?}");
        let expected =
            "incidents: publish `critical` or `none` → `all`, as the recorded incident shows";
        assert_eq!(texts(one), [expected], "{one:#?}");
    }
}
