//! The page in a browser: replacing its content by newer publications without disturbing the
//! reader.
//!
//! The visitor's clock differs far from the time of these pages, which the server's `Date` header
//! gives.

mod driver;
mod site;

#[expect(dead_code, reason = "the tests of the page use the rest")]
#[path = "../../../status-site/tests/scenarios/mod.rs"]
mod scenarios;

use allclear_simulator::Behavior;
use allclear_status_site::Snapshot;
use allclear_status_site::snapshot::{
    PublicIncident, PublicIncidentImpact, PublicIncidentPhase, PublicIncidentUpdate,
    PublicMaintenance, ServiceState,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::driver::Browser;
use self::site::Site;
use crate::stage::{PATIENCE, Stage, eventually, monitor};

/// Simulates a busy reader: opened and closed details, a selection, a focused element, and a scroll
/// position in the middle of the page. Every element is marked, to recognize it later.
const READ: &str = "
    const [focus, from, to] = arguments;
    document.querySelector('#days-api').open = true;
    document.querySelector('#group-llm').open = false;
    window.focused = document.querySelector(focus);
    focused.focus({preventScroll: true});
    scrollTo(0, 700);
    window.seen = document.querySelector('#service-webhooks .row');
    const text = q => document.querySelector(q).firstChild;
    getSelection().setBaseAndExtent(text(from), 1, text(to), 2);
    document.querySelectorAll('body *').forEach((element, n) => element.mark = n + 1);
    window.records = [];
    new MutationObserver(all => records.push(...all)).observe(document.body,
        {subtree: true, childList: true, characterData: true, attributes: true});
";

/// Returns everything about the page that a reader would notice.
const NOTICE: &str = "
    const texts = records.filter(one => document.querySelector('#live').contains(one.target));
    return {
        answer: document.querySelector('h1').textContent,
        announced: [...new Set(texts.map(one => one.target.textContent).filter(text => text))],
        focused: document.activeElement == focused,
        place: [scrollY, Math.round(seen.getBoundingClientRect().top)],
        selected: getSelection().toString(),
        open: document.querySelector('#days-api').open,
        closed: !document.querySelector('#group-llm').open,
        title: document.title
    }
";

/// Elements without an id that can have the focus.
const FOCUSED: [&str; 3] =
    ["#days-website > summary", "#updates-checkout-down > summary", "footer a[href='status.txt']"];

/// Returns the server's time of the first publication.
fn noon() -> Timestamp {
    scenarios::one_outage().generated_at
}

/// Returns the first publication: `Checkout` is down.
fn first() -> Snapshot {
    scenarios::one_outage()
}

/// Returns the same facts one minute later.
fn later(snapshot: &Snapshot) -> Snapshot {
    let minute = SignedDuration::from_mins(1);
    Snapshot {
        generated_at: snapshot.generated_at + minute,
        last_checked_at: snapshot.last_checked_at.map(|at| at + minute),
        ..snapshot.clone()
    }
}

/// Returns different facts with the same headline: one more update, announced maintenance, a past
/// incident.
fn other_facts(snapshot: &Snapshot) -> Snapshot {
    let mut snapshot = later(snapshot);
    let now = snapshot.generated_at;
    for incident in &mut snapshot.incidents {
        if incident.is_open() {
            let text = "Nearly all payments go through.".into();
            incident.updates.push(PublicIncidentUpdate {
                at: now,
                changed_at: now,
                phase: PublicIncidentPhase::Monitoring,
                text,
                next_update_at: None,
            });
        }
    }
    snapshot.incidents.push(PublicIncident {
        id: "short".to_owned(),
        title: "API was slow".into(),
        affected: vec!["api".to_owned()],
        impact: PublicIncidentImpact::Minor,
        started_at: now - SignedDuration::from_mins(50),
        resolved_at: Some(now - SignedDuration::from_mins(40)),
        next_update_at: None,
        updates: Vec::new(),
    });
    snapshot.maintenances.push(PublicMaintenance {
        id: "index".to_owned(),
        calendar_id: "index".to_owned(),
        revised_at: Some(now),
        title: "New search index".to_owned(),
        affected: vec!["search".to_owned()],
        announced_at: now,
        starts_at: now + SignedDuration::from_hours(1),
        ends_at: now + SignedDuration::from_hours(2),
        description: "Searches may be slow.".to_owned(),
    });
    snapshot
}

/// Returns a publication with a different headline: a second service is down.
fn other_answer(snapshot: &Snapshot) -> Snapshot {
    let mut snapshot = later(snapshot);
    let services = snapshot.groups.iter_mut().flat_map(|group| &mut group.services);
    for service in services.filter(|service| service.id == "search") {
        service.state = ServiceState::Outage;
    }
    snapshot
}

/// Returns the last publication: the outages are over, and their incidents are listed as past.
fn over(snapshot: &Snapshot) -> Snapshot {
    let mut snapshot = later(snapshot);
    let now = snapshot.generated_at;
    for service in snapshot.groups.iter_mut().flat_map(|group| &mut group.services) {
        service.state = ServiceState::Operational;
    }
    for incident in &mut snapshot.incidents {
        incident.resolved_at = incident.resolved_at.or(Some(now));
    }
    snapshot
}

/// Opens the first publication as a busy reader with the focus at `focus`.
async fn reading(browser: &Browser, site: &Site, focus: &str) -> Value {
    site.publish(&first(), noon());
    browser.open(&site.url()).await;
    browser.tick().await;
    browser.run(READ, &json!([focus, "#service-website .row bdi", "#service-api .row bdi"])).await;
    let before = browser.run(NOTICE, &json!([])).await;
    assert_eq!(before["answer"], "Checkout is down");
    assert_eq!((&before["focused"], &before["closed"]), (&json!(true), &json!(true)));
    assert_eq!(before["place"][0], 700, "{before}");
    assert!(before["selected"].as_str().unwrap().len() > 5, "{before}");
    before
}

/// Publishes a snapshot, makes the page check for it, and returns what the reader notices.
async fn next(browser: &Browser, site: &Site, snapshot: &Snapshot) -> Value {
    browser.run("records.length = 0", &json!([])).await;
    site.publish(snapshot, snapshot.generated_at);
    browser.tick().await;
    browser.run(NOTICE, &json!([])).await
}

fn assert_undisturbed(before: &Value, after: &Value) {
    for what in ["focused", "selected", "open", "closed"] {
        assert_eq!(after[what], before[what], "{what}: {after}");
    }
    let moved = after["place"][1].as_i64().unwrap() - before["place"][1].as_i64().unwrap();
    assert!(moved.abs() <= 1, "what was read moved by {moved} px: {after}");
}

#[tokio::test]
async fn three_publications_disturb_no_reader() {
    let browser = Browser::start().await;
    let site = Site::start().await;
    for focus in FOCUSED {
        let before = reading(&browser, &site, focus).await;

        let times = later(&first());
        let after = next(&browser, &site, &times).await;
        assert_undisturbed(&before, &after);
        assert_eq!(after["place"], before["place"], "only times differ");
        assert_eq!(after["announced"], json!([]));

        let facts = other_facts(&times);
        let after = next(&browser, &site, &facts).await;
        assert_undisturbed(&before, &after);
        assert_eq!(after["announced"], json!([]));
        assert!(browser.html().await.contains("New search index"));

        let answer = other_answer(&facts);
        let after = next(&browser, &site, &answer).await;
        assert_undisturbed(&before, &after);
        assert_eq!(after["announced"], json!(["2 of 9 services have problems"]));
        assert_eq!(after["title"], "Outage: 2 of 9 services have problems · Acme status");
    }
    browser.close().await;
}

#[tokio::test]
async fn relative_times_are_updated_in_place() {
    let browser = Browser::start().await;
    let site = Site::start().await;
    reading(&browser, &site, FOCUSED[0]).await;
    let duration = "#incident-checkout-down .muted";
    let select = format!(
        "const text = document.querySelector('{duration}').lastChild;
         getSelection().setBaseAndExtent(text, 0, text, text.length)"
    );
    browser.run(&select, &json!([])).await;
    let after = next(&browser, &site, &later(&first())).await;
    assert_eq!(after["selected"].as_str().unwrap().trim(), "· 43 min as of 12:01 UTC");

    let changes = browser
        .run(
            "return {
                lost: [...document.querySelectorAll('body *')].filter(one => !one.mark).length,
                moved: records.filter(one => one.type == 'childList' && one.target.id != 'ago').length,
                attributes: [...new Set(records.map(one => one.attributeName))].sort(),
                texts: records.filter(one => one.type == 'characterData')
                    .map(one => one.target.parentNode.localName)
             }",
            &json!([]),
        )
        .await;
    assert_eq!((&changes["lost"], &changes["moved"]), (&json!(0), &json!(0)), "{changes}");
    let attributes = changes["attributes"].as_array().unwrap();
    let known = [json!(null), json!("data-at"), json!("data-checked"), json!("datetime")];
    assert!(attributes.iter().all(|name| known.contains(name)), "{changes}");
    let texts = changes["texts"].as_array().unwrap();
    assert!(texts.len() >= 3, "{changes}");
    assert!(texts.iter().all(|place| place == "time" || place == "p"), "{changes}");
    let page = browser.html().await;
    assert!(page.contains("Page made <time datetime=\"2026-03-10T12:01:00Z\">"), "{page}");
    browser.close().await;
}

#[tokio::test]
async fn an_ended_incident_keeps_its_open_details_and_the_focus() {
    let browser = Browser::start().await;
    let site = Site::start().await;
    reading(&browser, &site, "#updates-checkout-down > summary").await;
    browser.run("document.querySelector('#updates-checkout-down').open = true", &json!([])).await;
    let after = next(&browser, &site, &over(&first())).await;
    assert_eq!(after["announced"], json!(["All systems operational"]));
    assert_eq!(after["focused"], true, "{after}");
    let place = "const details = document.querySelector('#updates-checkout-down');
                 return [details.open, details.closest('section').id]";
    assert_eq!(browser.run(place, &json!([])).await, json!([true, "past-incidents"]));
    browser.close().await;
}

#[tokio::test]
async fn the_focus_moves_to_a_neighbor_of_removed_details() {
    let browser = Browser::start().await;
    let site = Site::start().await;
    reading(&browser, &site, "#days-webhooks > summary").await;
    let mut without = later(&first());
    for group in &mut without.groups {
        group.services.retain(|service| service.id != "webhooks");
    }
    next(&browser, &site, &without).await;
    let focused = "return document.activeElement.parentNode.id";
    assert_eq!(browser.run(focused, &json!([])).await, "group-product");
    browser.close().await;
}

#[tokio::test]
async fn a_page_becomes_stale_by_the_clock_of_the_server_and_announces_it_once() {
    let browser = Browser::start().await;
    let site = Site::start().await;
    let before = reading(&browser, &site, FOCUSED[0]).await;
    let minutes = async |n: i64| {
        browser.run("records.length = 0", &json!([])).await;
        site.set_clock(noon() + SignedDuration::from_mins(n));
        browser.tick().await;
        browser.run(NOTICE, &json!([])).await
    };
    assert_eq!(minutes(10).await["answer"], "Checkout is down");
    let stale = minutes(20).await;
    assert_eq!(stale["answer"], "Status unknown: the data is 20 minutes old");
    assert_eq!(stale["title"], "Status unknown: the data is 20 minutes old · Acme status");
    assert_eq!(stale["announced"], json!([stale["answer"]]));
    // The selection is not compared, because it spans a state that has become unknown.
    for what in ["focused", "open", "closed", "place"] {
        assert_eq!(stale[what], before[what], "{what}: {stale}");
    }
    let older = minutes(21).await;
    assert_eq!(older["answer"], "Status unknown: the data is 21 minutes old");
    assert_eq!(older["announced"], json!([]));
    for (age, words) in [(61, "1 hour"), (1439, "23 hours"), (3000, "2 days")] {
        let older = minutes(age).await;
        assert_eq!(older["answer"], format!("Status unknown: the data is {words} old"));
        assert_eq!(older["announced"], json!([]), "{words}");
    }

    let mut fresh = later(&first());
    fresh.generated_at = noon() + SignedDuration::from_mins(22);
    fresh.last_checked_at = Some(fresh.generated_at);
    let after = next(&browser, &site, &fresh).await;
    assert_eq!(after["answer"], "Checkout is down");
    assert_eq!(after["announced"], json!(["Checkout is down"]));
    assert_undisturbed(&before, &after);
    browser.close().await;
}

#[tokio::test]
async fn an_older_or_invalid_page_is_ignored() {
    let browser = Browser::start().await;
    let site = Site::start().await;
    reading(&browser, &site, FOCUSED[0]).await;
    let times = later(&first());
    next(&browser, &site, &times).await;
    let after = next(&browser, &site, &over(&Snapshot { generated_at: noon(), ..first() })).await;
    assert_eq!(after["answer"], "All systems operational", "as new as the one before");
    let after = next(&browser, &site, &first()).await;
    assert_eq!(after["answer"], "All systems operational", "older: not taken over");
    site.answer("<p>Log in to the network</p>");
    browser.tick().await;
    assert_eq!(browser.run(NOTICE, &json!([])).await["answer"], "All systems operational");
    browser.close().await;
}

#[tokio::test]
async fn the_headers_of_up_permit_the_page_to_work() {
    let stage = Stage::new().await;
    let quick = "[defaults]\ninterval = \"10s\"\nconfirm = { failures = 1, successes = 1 }\n";
    stage.config(&format!("{quick}{}", monitor(&stage.simulator, "shop", "")));
    let up = stage.up().await;
    up.page_says("All systems operational", PATIENCE).await;
    let browser = Browser::start().await;
    browser.open(&format!("http://{}/", up.address())).await;
    let width = "return getComputedStyle(document.body).maxWidth";
    assert_eq!(browser.run(width, &json!([])).await, "736px", "the style sheet is applied");
    stage.simulator.set("shop", Behavior::status(500));
    up.page_says("shop is down", PATIENCE).await;
    eventually("the page to take over the outage", PATIENCE, async || {
        browser.tick().await;
        let announced = "return document.querySelector('#live').textContent";
        (browser.run(announced, &json!([])).await == "shop is down").then_some(())
    })
    .await;
    assert_eq!(browser.run("return window.violations", &json!([])).await, json!([]));
    browser.close().await;
}
