//! The `heartbeat` check: a table of signals and times.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::beat::{Beat, BeatReport, BeatSignal};
use allclear_core::budget::NoBudget;
use allclear_core::checker::{CheckContext, PriorState};
use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_core::status::{Fault, Status};
use allclear_core::window::Opening;
use allclear_probes::{ProbeSettings, Probes};
use rustls::RootCertStore;
use serde_json::{Value, json};

use crate::support::{FindingExt, bench, build, declared};

const TOKEN: &str = "0123456789abcdef";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// Returns the finding at `now` after these signals, with a period of 1 h and a grace of 10 m.
async fn finding(signals: &[(i64, BeatSignal)], now: i64) -> Finding {
    finding_after(None, signals, now).await
}

/// Returns the finding if no process listened during `deaf`.
async fn finding_after(
    deaf: Option<(i64, i64)>,
    signals: &[(i64, BeatSignal)],
    now: i64,
) -> Finding {
    finding_with_state(PriorState::Blank, deaf, signals, now).await
}

/// Returns the finding if the previous check stored this state.
async fn finding_with_state(
    recall: PriorState<'_>,
    deaf: Option<(i64, i64)>,
    signals: &[(i64, BeatSignal)],
    now: i64,
) -> Finding {
    let probes = Probes::new(ProbeSettings::new(Arc::new(RootCertStore::empty())));
    let params = json!({ "token": TOKEN, "period": "1h", "grace": "10m" });
    let checker = build(&probes, "heartbeat", params).unwrap();
    assert!(checker.listens_for_beats());
    assert_eq!(checker.beat_token(), Some(TOKEN));
    let mut beat: Option<Beat> = None;
    for (seconds, signal) in signals {
        let report = BeatReport::of(*signal).with_body("disk full");
        beat = Some(Beat::following(beat.as_ref(), report, at(*seconds)));
    }
    let context = CheckContext {
        now: at(now),
        timeout: Duration::from_secs(10),
        secrets: &Secrets::new(),
        beat: beat.as_ref(),
        listener_gap: deaf.map(|(start, end)| Opening { start: at(start), end: at(end) }),
        prior_state: recall,
        budget: &NoBudget,
        interval: Duration::from_mins(1),
        force_all: false,
    };
    declared("heartbeat", checker.check(context).await)
}

#[tokio::test]
async fn a_beat_is_healthy_for_its_period_and_grace() {
    let beats = [(0, BeatSignal::Success)];
    for (now, status) in
        [(0, Status::Healthy), (4_200, Status::Healthy), (4_201, Status::Unhealthy)]
    {
        assert_eq!(finding(&beats, now).await.verdict.status(), status, "at {now}");
    }
    let late = finding(&beats, 7_200).await;
    let message = late.assert_down(Reason::BeatMissing);
    assert_eq!(message, "the last success was 2h ago; it is due every 1h, with 10m of grace");
    assert_eq!(late.metric("beat_age_seconds"), Some(7_200));
}

#[tokio::test]
async fn before_the_first_beat_the_result_is_unknown() {
    let never = finding(&[], 0).await;
    never.assert_cause(Status::Unknown, Fault::Monitor, Reason::BeatNeverCame);
    let begun = finding(&[(0, BeatSignal::Start)], 60).await;
    begun.assert_cause(Status::Unknown, Fault::Monitor, Reason::BeatNeverCame);
}

#[tokio::test]
async fn a_failure_is_unhealthy_with_its_exit_code() {
    let failure = BeatSignal::Failure { exit_code: Some(3) };
    let failed = finding(&[(0, BeatSignal::Success), (10, failure)], 20).await;
    let message = failed.assert_down(Reason::BeatFailed);
    assert_eq!(message, "the job reported a failure with exit code 3: disk full");
    assert_eq!(failed.metric("exit_code"), Some(3));
    let recovered = [(10, failure), (20, BeatSignal::Success)];
    let counted = failed.note.as_ref().unwrap();
    let after = finding_with_state(PriorState::Noted(counted), None, &recovered, 30).await;
    assert_eq!(after.verdict.status(), Status::Healthy);
}

#[tokio::test]
async fn a_started_job_without_an_end_overruns_after_its_grace() {
    let beats = [(0, BeatSignal::Success), (100, BeatSignal::Start)];
    assert_eq!(finding(&beats, 700).await.verdict.status(), Status::Healthy);
    let hanging = finding(&beats, 701).await;
    let message = hanging.assert_down(Reason::BeatOverran);
    assert_eq!(message, "the run began 10m1s ago and has not ended within 10m");
    assert_eq!(hanging.metric("open_runs"), Some(1));
    let ended = [(0, BeatSignal::Success), (100, BeatSignal::Start), (400, BeatSignal::Success)];
    let ended = finding(&ended, 1_000).await;
    assert_eq!(ended.verdict.status(), Status::Healthy);
    assert_eq!(ended.metric("job_duration_seconds"), Some(300));
}

#[tokio::test]
async fn a_beat_from_the_future_is_healthy() {
    assert_eq!(finding(&[(60, BeatSignal::Success)], 0).await.verdict.status(), Status::Healthy);
}

#[tokio::test]
async fn a_failed_job_stays_failed_when_it_starts_again() {
    let failure = BeatSignal::Failure { exit_code: Some(3) };
    let again = [(0, BeatSignal::Success), (60, failure), (120, BeatSignal::Start)];
    let running = finding(&again, 130).await;
    let message = running.assert_down(Reason::BeatFailed);
    assert_eq!(message, "the job reported a failure with exit code 3: disk full");
    let recovered = [again.as_slice(), &[(180, BeatSignal::Success)]].concat();
    let counted = running.note.as_ref().unwrap();
    let after = finding_with_state(PriorState::Noted(counted), None, &recovered, 190).await;
    assert_eq!(after.verdict.status(), Status::Healthy);
}

#[tokio::test]
async fn a_heartbeat_that_was_due_while_no_process_listened_is_unknown() {
    let beats = [(0, BeatSignal::Success)];
    let after = |deaf, now| finding_after(Some(deaf), &beats, now);
    let day = 86_400;
    let blind = after((600, day), day).await;
    blind.assert_cause(Status::Unknown, Fault::Monitor, Reason::BeatMissing);
    // The first heartbeat that was due after the gap is missing too.
    let next = day + 3_600 + 600;
    assert_eq!(after((600, day), next).await.verdict.status(), Status::Unknown);
    after((600, day), next + 601).await.assert_down(Reason::BeatMissing);
    // A gap that does not cover the due time excuses nothing.
    after((100, 130), 4_201).await.assert_down(Reason::BeatMissing);
    after((4_300, 4_400), 4_500).await.assert_down(Reason::BeatMissing);
    assert_eq!(after((3_500, 3_700), 4_201).await.verdict.status(), Status::Unknown);
}

#[tokio::test]
async fn a_failure_that_ended_before_a_check_counts_once() {
    let failure = BeatSignal::Failure { exit_code: Some(3) };
    let beats = [(0, BeatSignal::Success), (60, failure), (70, BeatSignal::Success)];
    let failed = finding(&beats, 80).await;
    let message = failed.assert_down(Reason::BeatFailed);
    assert_eq!(
        message,
        "the job reported a failure with exit code 3, and has succeeded since: disk full"
    );
    let counted = failed.note.as_ref().unwrap();
    let next = finding_with_state(PriorState::Noted(counted), None, &beats, 140).await;
    assert_eq!((next.verdict.status(), next.note), (Status::Healthy, None));
    // A further failure counts again.
    let more = [&beats[..], &[(150, failure), (151, BeatSignal::Success)]].concat();
    let next = finding_with_state(PriorState::Noted(counted), None, &more, 200).await;
    next.assert_down(Reason::BeatFailed);
    // Without stored state, a check cannot detect the failure. A failure long ago does not affect
    // today.
    let blind = finding_with_state(PriorState::Unreadable, None, &beats, 80).await;
    assert_eq!((blind.verdict.status(), blind.note), (Status::Healthy, None));
    let later = [&beats[..], &[(9_000, BeatSignal::Success)]].concat();
    assert_eq!(finding(&later, 9_010).await.verdict.status(), Status::Healthy);
}

#[tokio::test]
async fn keys_of_other_monitors_are_refused_by_name() {
    let probes = Probes::new(ProbeSettings::new(Arc::new(RootCertStore::empty())));
    let params = json!({ "token": TOKEN, "period": "1h", "crontab": "0 10 1 * *" });
    let Err(problems) = build(&probes, "heartbeat", params) else { panic!("it was taken") };
    assert!(problems[0].what.starts_with("unknown field `crontab`, expected one of"));
}

/// Returns the finding of a check with these parameters after these reports.
async fn finding_of(params: Value, reports: Vec<(i64, BeatReport)>, now: i64) -> Finding {
    let probes = Probes::new(ProbeSettings::new(Arc::new(RootCertStore::empty())));
    let checker = build(&probes, "heartbeat", params).unwrap();
    let mut beat: Option<Beat> = None;
    for (seconds, report) in reports {
        beat = Some(Beat::following(beat.as_ref(), report, at(seconds)));
    }
    let context = CheckContext {
        now: at(now),
        timeout: Duration::from_secs(10),
        secrets: &Secrets::new(),
        beat: beat.as_ref(),
        listener_gap: None,
        prior_state: PriorState::Blank,
        budget: &NoBudget,
        interval: Duration::from_mins(1),
        force_all: false,
    };
    declared("heartbeat", checker.check(context).await)
}

fn of_run(signal: BeatSignal, run: &str) -> BeatReport {
    BeatReport { run: Some(run.to_owned()), ..BeatReport::of(signal) }
}

#[tokio::test]
async fn a_run_that_hangs_is_seen_although_a_later_one_succeeds() {
    let params = || json!({ "token": TOKEN, "period": "1h", "max_duration": "30m" });
    let reports = || {
        vec![
            (0, of_run(BeatSignal::Start, "a")),
            (60, of_run(BeatSignal::Start, "b")),
            (120, of_run(BeatSignal::Success, "b")),
        ]
    };
    let in_time = finding_of(params(), reports(), 1_800).await;
    assert_eq!(in_time.verdict.status(), Status::Healthy);
    let hanging = finding_of(params(), reports(), 1_801).await;
    let message = hanging.assert_down(Reason::BeatOverran);
    assert_eq!(message, "the run `a` began 30m1s ago and has not ended within 30m");
}

#[tokio::test]
async fn a_schedule_decides_when_a_success_is_due() {
    // 2027-01-15 08:00 UTC, 09:00 in Berlin.
    let params = || {
        json!({
            "token": TOKEN,
            "schedule": "0 10 * * *",
            "time_zone": "Europe/Berlin",
            "grace": "5m",
        })
    };
    let success = || vec![(0, BeatReport::of(BeatSignal::Success))];
    let in_time = finding_of(params(), success(), 3_600 + 300).await;
    assert_eq!(in_time.verdict.status(), Status::Healthy);
    let late = finding_of(params(), success(), 3_600 + 301).await;
    let message = late.assert_down(Reason::BeatMissing);
    assert_eq!(
        message,
        "the last success was 1h5m ago; it is due by the schedule `0 10 * * *` \
         (Europe/Berlin), with 5m of grace"
    );
}

#[tokio::test]
async fn values_that_a_job_reports_are_metrics() {
    let metrics = [("rows".to_owned(), 12.0), ("duration_seconds".to_owned(), 9.0)].into();
    let report = BeatReport { metrics, ..BeatReport::of(BeatSignal::Success) };
    let start = BeatReport::of(BeatSignal::Start);
    let params = json!({ "token": TOKEN, "period": "1h" });
    let finding = finding_of(params, vec![(0, start), (7, report)], 60).await;
    assert_eq!(finding.metric("job_rows"), Some(12));
    assert_eq!(finding.metric("job_duration_seconds"), Some(7), "what the check measures stays");
}

#[tokio::test]
async fn parameters_that_contradict_each_other_are_refused() {
    let bench = bench().await;
    for (params, place) in [
        (json!({ "token": TOKEN }), ""),
        (json!({ "token": TOKEN, "period": "1h", "schedule": "0 3 * * *" }), "schedule"),
        (json!({ "token": TOKEN, "period": "1h", "time_zone": "UTC" }), "time_zone"),
        (json!({ "token": TOKEN, "schedule": "0 3 * * *", "time_zone": "Mars" }), "time_zone"),
        (json!({ "token": TOKEN, "schedule": "0 3 * *" }), "schedule"),
    ] {
        let problems = bench.problems("heartbeat", params);
        assert!(
            problems.len() == 1 && problems[0].starts_with(&format!("{place}:")),
            "{problems:?}"
        );
    }
}
