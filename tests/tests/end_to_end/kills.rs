//! A process is killed fifty times at random moments during outages and recoveries. The database
//! opens again, no owed notification is lost, and none is sent under a second id.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use allclear_simulator::Behavior;
use serde_json::Value;
use tokio::time::timeout;

use crate::stage::{Process, Stage, eventually, monitor, query};

const N_KILLS: u64 = 50;

/// The variable with the seed that a failed test printed. The same seed repeats the same choices.
const SEED: &str = "ALLCLEAR_TEST_SEED";

/// One outcome changes the status, so that each start makes a decision, and no notification is
/// delayed.
const CONFIG: &str = r#"
[defaults]
interval = "10s"
timeout = "2s"
confirm = { failures = 1, successes = 1 }
cooldown = "0s"

[[rule]]
id = "service_down"
for = "0s"

[[rule]]
id = "low_uptime"
enabled = false

[notifications]
group_wait = "0s"
group_by = ["monitor"]

[[channel]]
id = "hook"
send.webhook = { url = "secret:hook" }

[[channel]]
id = "ops"
send.slack = { webhook_url = "secret:slack" }
"#;

/// A simple pseudorandom number generator, sufficient for choosing moments.
struct Random(u64);

impl Random {
    #[expect(clippy::disallowed_methods, reason = "a choice of whoever runs the tests")]
    fn seeded() -> Self {
        let chosen = std::env::var(SEED).ok().map(|seed| seed.parse().unwrap());
        let seed = chosen.unwrap_or_else(|| RandomState::new().hash_one(0));
        // The test harness shows this if the test fails.
        println!("to choose the same moments again: {SEED}={seed}");
        Self(seed)
    }

    /// Returns a number in the range, by `splitmix64`.
    fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        from + (mixed ^ (mixed >> 31)) % (to - from + 1)
    }
}

/// Returns every delivery in the database of a killed process, with its state.
async fn left_behind(stage: &Stage) -> BTreeMap<String, String> {
    // A copy, so that the next process finds the database exactly as the killed one left it.
    let copy = tempfile::tempdir().unwrap();
    for name in ["allclear.db", "allclear.db-wal"] {
        let from = stage.database().with_file_name(name);
        if from.exists() {
            std::fs::copy(from, copy.path().join(name)).unwrap();
        }
    }
    let copy = copy.path().join("allclear.db");
    let has_table = "SELECT count(*) FROM sqlite_schema WHERE name = 'deliveries'";
    if query(&copy, has_table).await.trim() == "0" {
        return BTreeMap::new();
    }
    let answer = query(&copy, "SELECT id, state FROM deliveries").await;
    let pairs = answer.lines().map(|line| line.split_once('|').unwrap());
    pairs.map(|(id, state)| (id.to_owned(), state.to_owned())).collect()
}

/// Checks that no owed delivery has vanished, and that no sent one is owed again.
fn assert_kept(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) {
    for (id, state) in before {
        let now = after.get(id).unwrap_or_else(|| panic!("the delivery {id} ({state}) is lost"));
        assert!(state == "owed" || state == now, "the delivery {id} was {state} and is {now}");
    }
}

/// Checks that a killed process has published a complete page, or none yet.
fn assert_published_whole(stage: &Stage) {
    if let Some(page) = stage.published("index.html") {
        assert!(page.trim_end().ends_with("</html>"), "half a page:\n{page}");
        let summary = stage.published("api/v2/summary.json").unwrap();
        assert!(serde_json::from_str::<Value>(&summary).is_ok(), "{summary}");
    }
}

fn texts<'v>(value: &'v Value, pointer: &str) -> Vec<&'v str> {
    value.as_array().unwrap().iter().map(|one| one[pointer].as_str().unwrap()).collect()
}

#[tokio::test]
async fn fifty_kills_lose_and_duplicate_no_notification() {
    let mut random = Random::seeded();
    let mut stage = Stage::new().await;
    stage.inbox_as_secret("hook");
    stage.inbox_as_secret("slack");
    // Each outage is one of another service: one that fails again and again has a single alert.
    let services: Vec<String> =
        (0..N_KILLS.div_ceil(2)).map(|n| format!("doc_store_{n}")).collect();
    let monitors = services.iter().map(|id| monitor(&stage.simulator, id, ""));
    stage.config(&format!("{CONFIG}{}", monitors.collect::<String>()));
    // The inboxes answer slowly, so that a kill can fall between the sending and its record, and
    // fail occasionally.
    let slow = |failing| Behavior::one_in(failing, 12).after(Duration::from_millis(250));
    stage.simulator.set_inbox("hook", slow(Behavior::status(500)));
    stage.simulator.set_inbox("slack", slow(Behavior::Reset));

    let mut known = BTreeMap::new();
    for n in 0..N_KILLS {
        // Each outage has a status code of its own, so that no two messages are equal.
        let status = 500 + u16::try_from(n).unwrap();
        let health = if n % 2 == 0 { Behavior::status(status) } else { Behavior::Ok };
        stage.simulator.set(&services[usize::try_from(n / 2).unwrap()], health);
        let mut process = stage.start(&["up", "--listen", "127.0.0.1:0"]);
        let life = Duration::from_millis(random.between(100, 1500));
        let ended = timeout(life, ends(&mut process)).await;
        assert!(ended.is_err(), "start {n} ended by itself:\n{}", process.stderr());
        process.killed();
        let left = left_behind(&stage).await;
        assert_kept(&known, &left);
        assert_published_whole(&stage);
        known = left;
    }
    assert!(known.len() > 20, "too little happened to tell: {} deliveries", known.len());

    stage.simulator.set_inbox("hook", Behavior::Ok);
    stage.simulator.set_inbox("slack", Behavior::Ok);
    let up = stage.up().await;
    let open = "SELECT (SELECT count(*) FROM deliveries WHERE state NOT IN ('sent', 'superseded')),
        (SELECT count(*) FROM fired_alerts WHERE resolved_at IS NULL)";
    eventually("everything to be sent and resolved", Duration::from_mins(1), async || {
        (stage.query(open).await.trim() == "0|0").then_some(())
    })
    .await;
    assert_eq!(up.process.terminated(Duration::from_secs(10)).await.code, Some(0));
    assert_eq!(stage.query("PRAGMA integrity_check").await.trim(), "ok");
    assert_kept(&known, &left_behind(&stage).await);
    judge(&stage).await;
}

async fn ends(process: &mut Process) {
    process.status(Duration::from_mins(1)).await;
}

/// Checks that the inboxes have received every delivery that the database calls sent, each under
/// one id. A notification whose alert ended before a process tried to send it is superseded
/// together with its all-clear. One that a killed process may have sent is not.
async fn judge(stage: &Stage) {
    let exported = stage.export().await;
    let deliveries = exported["deliveries"].as_array().unwrap();
    let to = |channel: &str, state: &str| -> BTreeSet<&str> {
        let to_channel = deliveries.iter().filter(|one| one["channel"] == channel);
        let in_state = to_channel.filter(|one| one["state"].get(state).is_some());
        in_state.map(|one| one["id"].as_str().unwrap()).collect()
    };

    let mut bodies: BTreeMap<String, Value> = BTreeMap::new();
    let mut told: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut n_received: BTreeMap<String, u64> = BTreeMap::new();
    for received in stage.simulator.inbox("hook") {
        let id = received.headers["x-allclear-delivery"].clone();
        *n_received.entry(id.clone()).or_default() += 1;
        let body = received.json().unwrap();
        let known = bodies.entry(id.clone()).or_insert_with(|| body.clone());
        assert_eq!(*known, body, "the delivery {id} came with another text");
        for alert in texts(&body["alerts"], "id") {
            let what = (body["kind"].as_str().unwrap().to_owned(), alert.to_owned());
            let first = told.entry(what.clone()).or_insert_with(|| id.clone());
            assert_eq!(*first, id, "{what:?} was told under two ids");
        }
    }
    let arrived: BTreeSet<&str> = bodies.keys().map(String::as_str).collect();
    assert!(arrived.is_superset(&to("hook", "sent")));
    let unexpected: Vec<_> =
        arrived.iter().filter(|id| !to("hook", "sent").contains(**id)).collect();
    let superseded = to("hook", "superseded");
    assert!(unexpected.iter().all(|id| superseded.contains(**id)), "{unexpected:?}");

    // Slack messages carry no id, so the test counts the distinct ones.
    let slack: BTreeSet<Vec<u8>> =
        stage.simulator.inbox("slack").into_iter().map(|one| one.body).collect();
    let (n_sent, n_superseded) = (to("ops", "sent").len(), to("ops", "superseded").len());
    assert!(slack.len() >= n_sent && slack.len() <= n_sent + n_superseded, "{}", slack.len());

    let alerts = exported["alert_history"].as_array().unwrap();
    // A notification whose every attempt was answered with 500 counts as not delivered, although
    // the inbox has its body.
    let was_refused = |notice: &str| {
        let delivery = deliveries.iter().find(|one| one["id"] == notice).unwrap();
        superseded.contains(notice) && delivery["n_tries"] == n_received[notice]
    };
    let mut n_told = 0;
    // A recovery is reported by the all-clear, not by a notification of its own.
    for alert in alerts.iter().filter(|one| one["rule"] != "service_recovery") {
        let id = alert["id"].as_str().unwrap().to_owned();
        let is_told = |kind: &str| told.contains_key(&(kind.to_owned(), id.clone()));
        let notice = told.get(&("firing".to_owned(), id.clone()));
        assert!(
            notice.is_none_or(|notice| is_told("resolved") || was_refused(notice)),
            "the end of {id} was never told"
        );
        n_told += usize::from(is_told("firing"));
    }
    assert!(n_told > 3, "too little was told to tell: {n_told} alerts");
}
