//! Tests with other processes: one that is killed during its writes, and one that holds the file
//! locked. This binary starts itself as either.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test with its own main: what these stop at is a failed test"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use allclear_contract::samples::{at, decision, key, monitor, run, shard, state};
use allclear_core::budget::{BudgetKey, Month, ReserveResult};
use allclear_core::cost::Cost;
use allclear_core::delivery::{Delivery, DeliveryState};
use allclear_core::ports::{
    CommitState, LoadState, LookBack, Outbox, ReadHistory, ReadRuns, RecordRun, Recorded,
    ReserveBudget, Version,
};
use allclear_core::rollup::Period;
use allclear_core::state::{Decision, Folded};
use allclear_local::SqliteStore;
use rusqlite::Connection;

/// The number of monitors that each commit decides on.
const N_MONITORS: usize = 5;
const N_KILLS: u64 = 60;
const LOCKED_FOR: Duration = Duration::from_secs(2);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["commit-for-ever", path] => commit_repeatedly(Path::new(path)).await,
        ["hold-lock", path] => hold_lock(Path::new(path)),
        ["spend-to-the-cap", path] => spend_to_the_cap(Path::new(path)).await,
        // Arguments of cargo and other test runners are not for this binary.
        _ => {
            let tests = [
                "a_killed_writer_leaves_whole_commits",
                "killed_processes_never_spend_more_than_the_cap",
                "a_locked_file_loses_no_write",
            ];
            for (index, name) in tests.into_iter().enumerate() {
                let began = Instant::now();
                match index {
                    0 => a_killed_writer_leaves_whole_commits().await,
                    1 => killed_processes_never_spend_more_than_the_cap().await,
                    _ => a_locked_file_loses_no_write().await,
                }
                println!("test {name} ... ok ({:.1} s)", began.elapsed().as_secs_f64());
            }
        }
    }
}

async fn a_killed_writer_leaves_whole_commits() {
    let folder = tempfile::tempdir().unwrap();
    let mut n_commits = 0;
    for kill in 0..N_KILLS {
        // Each file goes through ten kills, so that reading all of it stays fast.
        let path = folder.path().join(format!("{}.db", kill / 10));
        let (mut child, mut output) = start("commit-for-ever", &path);
        // The moment of the kill differs between rounds, so that it hits every part of a commit.
        let n_lines = 1 + kill % 4;
        let mut acknowledged = 0;
        for _ in 0..n_lines {
            acknowledged = next_line(&mut output).parse().unwrap();
        }
        std::thread::sleep(Duration::from_micros(kill * 733 % 5_000));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in output.lines() {
            // Each version was printed after its commit, so every printed version must be stored.
            acknowledged = line.unwrap().parse().unwrap_or(acknowledged);
        }
        n_commits += check(&path, acknowledged).await;
    }
    assert!(n_commits > N_KILLS, "the processes were killed before they did anything");
}

/// Checks that every commit is stored wholly or not at all, and that all acknowledged ones are.
/// Returns the stored version.
async fn check(path: &Path, acknowledged: Version) -> Version {
    let connection = Connection::open(path).unwrap();
    let verdict: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    drop(connection);

    let store = SqliteStore::open(path).unwrap();
    let version = store.state_version(&shard()).await.unwrap();
    assert!(version >= acknowledged, "{version} is stored, {acknowledged} was acknowledged");
    if version > 0 {
        let checkpoint = store.load_state(&shard()).await.unwrap().unwrap();
        assert_eq!(checkpoint.state.folded, folded_at(version));
    }
    let n_expected = usize::try_from(version).unwrap() * N_MONITORS;
    let from = at(-1_000);
    assert_eq!(store.transitions(from).await.unwrap().len(), n_expected);
    assert_eq!(store.alerts(from).await.unwrap().len(), n_expected);
    assert_eq!(store.suppressions(from).await.unwrap().len(), n_expected);
    let n_rollups = store.rollups(Period::Hour, from).await.unwrap().len();
    assert_eq!(n_rollups % N_MONITORS, 0);
    let deliveries = store.deliveries(from).await.unwrap();
    assert_eq!(deliveries.len(), n_expected);
    // The first delivery of each commit was sent right after it; only the last one may still be
    // owed.
    let n_owed = store.owed().await.unwrap().len();
    let n_sent = deliveries.len() - n_owed;
    let n_commits = usize::try_from(version).unwrap();
    assert!(n_sent == n_commits || n_sent + 1 == n_commits, "{n_sent} of {n_commits}");
    let runs = store
        .unfolded_runs(&shard(), &Folded::default(), LookBack::Horizon, 100_000)
        .await
        .unwrap();
    assert!(runs.len() == n_commits || runs.len() == n_commits + 1, "{} runs", runs.len());
    for run in &runs {
        assert_eq!(*run, full(run.key.clone()));
    }
    version
}

/// Continues from the stored version. Prints each version after its commit.
async fn commit_repeatedly(path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    let mut version = store.state_version(&shard()).await.unwrap();
    if version > 0 {
        store.record_delivery(&first_sent(&decision_of(version))).await.unwrap();
    }
    loop {
        let minutes = i64::try_from(version + 1).unwrap();
        store.record_run(&full(key(minutes))).await.unwrap();
        let mut state = state();
        state.folded = folded_at(version + 1);
        let decision = decision_of(version + 1);
        version = store.commit(&shard(), version, &state, &decision).await.unwrap();
        println!("{version}");
        std::io::stdout().flush().unwrap();
        store.record_delivery(&first_sent(&decision)).await.unwrap();
    }
}

fn first_sent(decision: &Decision) -> Delivery {
    let mut delivery = decision.deliveries.first().unwrap().clone();
    delivery.state = DeliveryState::Sent { at: delivery.created_at };
    delivery
}

fn decision_of(version: Version) -> Decision {
    let minutes = i64::try_from(version).unwrap();
    let mut all = Decision::default();
    for index in 0..N_MONITORS {
        all.append(decision(&format!("monitor-{index}"), minutes));
    }
    all
}

fn folded_at(version: Version) -> Folded {
    let mut folded = Folded::default();
    folded.insert(key(i64::try_from(version).unwrap()));
    folded
}

fn full(key: allclear_core::run::RunKey) -> allclear_core::run::Run {
    let mut run = run(0);
    run.key = key;
    run.outcomes = vec![run.outcomes.remove(0); N_MONITORS];
    run
}

/// The cap, the largest amount of one reservation, and the actual amount that is settled.
const CAP: u64 = 4_000;
const WORST: u64 = 7;
const ACTUAL: u64 = 3;

async fn killed_processes_never_spend_more_than_the_cap() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("allclear.db");
    let mut n_settled = 0;
    let mut n_kills = 0;
    for round in 0..10_u64 {
        let mut children = [start("spend-to-the-cap", &path), start("spend-to-the-cap", &path)];
        for (_, output) in &mut children {
            // A fast machine may have reached the cap before the last round.
            match next_line(output).as_str() {
                "settled" => n_settled += 1,
                line => assert_eq!(line, "exhausted"),
            }
        }
        std::thread::sleep(Duration::from_micros(round * 733 % 5_000));
        for (child, _) in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
            n_kills += 1;
        }
        for (_, output) in children {
            n_settled += output.lines().map_while(Result::ok).filter(|it| it == "settled").count();
        }
    }
    let settled = u64::try_from(n_settled).unwrap() * ACTUAL;
    let spent = spent(&path).await;
    // Each process may have been killed between a reservation and the report of its settlement.
    assert!(
        (settled..=settled + n_kills * WORST).contains(&spent),
        "{spent}, {settled} are settled"
    );
    let mut last = [start("spend-to-the-cap", &path), start("spend-to-the-cap", &path)];
    for (child, output) in &mut last {
        while next_line(output) == "settled" {}
        assert!(child.wait().unwrap().success());
    }
    let spent = self::spent(&path).await;
    assert!((CAP - WORST + 1..=CAP).contains(&spent), "{spent}");
}

async fn spend_to_the_cap(path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    let cost = Cost::from_nanodollars;
    while let ReserveResult::Granted(reservation) =
        store.reserve(&budget(), cost(WORST), cost(CAP)).await.unwrap()
    {
        store.settle(&reservation, cost(ACTUAL)).await.unwrap();
        println!("settled");
        std::io::stdout().flush().unwrap();
    }
    println!("exhausted");
}

async fn spent(path: &Path) -> u64 {
    let store = SqliteStore::open(path).unwrap();
    match store.reserve(&budget(), Cost::ZERO, Cost::from_nanodollars(u64::MAX)).await.unwrap() {
        ReserveResult::Granted(reservation) => reservation.spent.nanodollars(),
        ReserveResult::Exhausted { spent } => spent.nanodollars(),
    }
}

fn budget() -> BudgetKey {
    BudgetKey { monitor: monitor("api"), month: Month::of(at(0)) }
}

async fn a_locked_file_loses_no_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("allclear.db");
    let store = SqliteStore::open(&path).unwrap();
    store.record_run(&run(0)).await.unwrap();
    let (mut child, mut output) = start("hold-lock", &path);
    assert_eq!(next_line(&mut output), "locked");

    let began = Instant::now();
    // Readers do not wait.
    assert_eq!(
        store
            .unfolded_runs(&shard(), &Folded::default(), LookBack::Horizon, 10)
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(began.elapsed() < LOCKED_FOR / 2, "a reader waited {:?}", began.elapsed());
    let (one, two) = (run(1), run(2));
    let (first, second, state) = (store.record_run(&one), store.record_run(&two), state());
    let (shard, decision) = (shard(), decision_of(1));
    let commit = store.commit(&shard, 0, &state, &decision);
    let (first, second, version) = tokio::join!(first, second, commit);
    assert_eq!((first.unwrap(), second.unwrap()), (Recorded::New, Recorded::New));
    assert_eq!(version.unwrap(), 1);
    assert!(began.elapsed() >= LOCKED_FOR / 2, "the lock was not held: {:?}", began.elapsed());
    assert!(child.wait().unwrap().success());

    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    let runs =
        store.unfolded_runs(&shard, &Folded::default(), LookBack::Horizon, 10).await.unwrap();
    assert_eq!(runs, [run(0), run(1), run(2)]);
    assert_eq!(store.owed().await.unwrap().len(), N_MONITORS);
}

fn hold_lock(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE; DELETE FROM runs;").unwrap();
    println!("locked");
    std::io::stdout().flush().unwrap();
    std::thread::sleep(LOCKED_FOR);
    connection.execute_batch("ROLLBACK").unwrap();
}

fn start(command: &str, path: &Path) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(command)
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, output)
}

fn next_line(output: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    let n_bytes = output.read_line(&mut line).unwrap();
    assert!(n_bytes > 0, "the other process has ended");
    line.trim().to_owned()
}
