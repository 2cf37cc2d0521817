//! How much of what AWS charges for a config uses in a month.

use std::time::Duration;

use allclear_core::config::Config;
use allclear_core::rollup::Period;
use serde::Serialize;

use super::day::{Day, N_WINDOWS, SANDBOX_LIFE};
use super::deployment::{Deployment, Function};
use super::log_line;
use super::prices::Item;
use super::publication::Publication;
use super::weight::read_units;

/// Days of a month.
pub(super) const DAYS: f64 = 365.0 / 12.0;

/// Bytes of a gigabyte, as AWS bills transfer, storage and logs.
const GB: f64 = 1_073_741_824.0;

/// How many days of history a publication reads.
const PAGE_DAYS: u64 = 90;

/// An amount of one item, in a month.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// What it is for.
    pub(super) what: String,
    /// What is charged.
    pub(super) item: Item,
    /// How many units.
    pub(super) amount: f64,
}

/// What cannot be known from a config: printed with the bill.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Assumptions {
    /// From how many regions is checked.
    pub(super) n_regions: u32,
    /// How long a prober's invocation takes: as long as its slowest check.
    #[serde(serialize_with = "seconds")]
    pub(super) check_duration: Duration,
    /// How long an evaluator's invocation takes.
    #[serde(serialize_with = "seconds")]
    pub(super) evaluation: Duration,
    /// How long a notifier's sweep takes.
    #[serde(serialize_with = "seconds")]
    pub(super) sweep: Duration,
    /// How long a publication takes.
    #[serde(serialize_with = "seconds")]
    pub(super) publication: Duration,
    /// Bytes that a check sends: connection, handshake and request.
    pub(super) bytes_sent_per_check: f64,
    /// How often the page is read in a month.
    pub(super) page_views: f64,
}

impl Assumptions {
    /// The assumptions, with these two of the person who asks.
    pub(super) fn new(n_regions: u32, check_duration: Duration) -> Self {
        Self {
            n_regions,
            check_duration,
            evaluation: Duration::from_millis(60),
            sweep: Duration::from_millis(40),
            publication: Duration::from_secs(1),
            bytes_sent_per_check: 1_500.0,
            page_views: 10_000.0,
        }
    }

    fn duration_of(&self, function: Function) -> Duration {
        match function {
            Function::Prober => self.check_duration,
            Function::Evaluator => self.evaluation,
            Function::Notifier => self.sweep,
            Function::Generator => self.publication,
        }
    }

    /// The assumptions in words.
    pub(super) fn sentences(&self) -> Vec<String> {
        let ms = |duration: Duration| format!("{} ms", duration.as_millis());
        vec![
            format!(
                "a prober's invocation takes {} (`--check-duration`), an evaluator's {}, a \
                 notifier's {}, a publication {}",
                ms(self.check_duration),
                ms(self.evaluation),
                ms(self.sweep),
                ms(self.publication)
            ),
            match self.n_regions {
                1 => "checks are made from one region (`--regions`)".to_owned(),
                n => format!("checks are made from {n} regions"),
            },
            format!("a check sends {} bytes", self.bytes_sent_per_check),
            format!("{} readers of the page", super::number(self.page_views)),
            "each day the first monitor is down for half an hour; everybody who is told of it is \
             told by SNS with a mail"
                .to_owned(),
            format!(
                "a sandbox lives {} h and then reads state and secret again",
                SANDBOX_LIFE.as_secs() / 3_600
            ),
        ]
    }
}

/// The amounts of a month.
pub(super) fn lines(
    config: &Config,
    deployment: &Deployment,
    assumptions: &Assumptions,
    day: &Day,
    publication: &Publication,
) -> Vec<Line> {
    let n_regions = f64::from(assumptions.n_regions);
    let sandboxes = 86_400.0 / SANDBOX_LIFE.as_secs_f64() * DAYS;
    let invocations = Invocations::of(deployment, day, n_regions);
    let mut lines = Vec::new();
    let mut add = |what: String, item, amount: f64| lines.push(Line { what, item, amount });

    for function in Function::ALL {
        let n = invocations.per_month(function);
        let memory_mb = f64::from(deployment.memory_mb(function));
        let seconds = assumptions.duration_of(function).as_secs_f64();
        let name = function.name();
        add(
            format!("{name}: {memory_mb} MB for {seconds} s"),
            Item::LambdaCompute,
            n * seconds * memory_mb / 1_024.0,
        );
        add(format!("{name}: invocations"), Item::LambdaRequests, n);
    }
    add("schedules".to_owned(), Item::Schedules, invocations.scheduled * DAYS);
    add("what checks send".to_owned(), Item::Transfer, {
        day.n_checks as f64 * DAYS * assumptions.bytes_sent_per_check / GB
    });

    let counts = &day.counts;
    let run_bytes = counts.run_bytes as f64 / (counts.n_runs.max(1) as f64);
    add(
        format!("runs: {run_bytes:.0} bytes each"),
        Item::TableWrites,
        counts.run_units as f64 * DAYS,
    );
    add(
        format!("states: {} bytes each, and decisions", day.state_bytes),
        Item::TableWrites,
        counts.commit_units as f64 * DAYS,
    );
    if counts.n_notes > 0 {
        let note_bytes = counts.note_bytes as f64 / counts.n_notes as f64;
        add(
            format!("notes of checks: {note_bytes:.0} bytes each"),
            Item::TableWrites,
            counts.note_units as f64 * DAYS,
        );
        add("reading them".to_owned(), Item::TableReads, counts.note_read_units * DAYS);
    }
    if counts.budget_units > 0 {
        let amount = counts.budget_units as f64 * DAYS;
        add("budgets of checks".to_owned(), Item::TableWrites, amount);
    }
    add("deliveries".to_owned(), Item::TableWrites, counts.delivery_units as f64 * DAYS);
    add("evaluator's reads".to_owned(), Item::TableReads, counts.read_units * DAYS);
    let n_publications = invocations.per_month(Function::Generator);
    add(
        "generator's reads".to_owned(),
        Item::TableReads,
        n_publications * read_by_a_publication(day) + sandboxes * read_by_a_new_generator(day),
    );
    add("notifier's reads".to_owned(), Item::TableReads, invocations.per_month(Function::Notifier));
    add(
        "configs' versions".to_owned(),
        Item::TableReads,
        Function::ALL.iter().map(|one| invocations.per_month(*one) * 0.5).sum(),
    );
    add("stream".to_owned(), Item::StreamReads, invocations.per_month(Function::Evaluator));
    let stored = stored_bytes(config, day) / GB;
    add("what is stored".to_owned(), Item::TableStorage, stored);
    add("its backup".to_owned(), Item::TableBackup, stored);

    add(
        format!(
            "page: {} of {} files change, and a list",
            publication.n_changed, publication.n_files
        ),
        Item::SiteWrites,
        n_publications * (publication.n_changed as f64 + 1.0),
    );
    add("page: from the bucket".to_owned(), Item::SiteReads, assumptions.page_views);
    add("page: to readers".to_owned(), Item::SiteRequests, assumptions.page_views);
    add(
        format!("page: {} bytes to each reader", publication.page_bytes),
        Item::SiteTransfer,
        assumptions.page_views * publication.page_bytes as f64 / GB,
    );
    let n_notifications = counts.n_deliveries as f64 * DAYS;
    add("notifications".to_owned(), Item::TopicMessages, n_notifications);
    add("notifications".to_owned(), Item::TopicMails, n_notifications);

    let logged = Function::ALL.iter().map(|one| {
        let bytes = log_line::bytes(*one, config.monitors.len()) as f64;
        invocations.per_month(*one) * bytes
    });
    add("logs: a line for each invocation".to_owned(), Item::Logs, logged.sum::<f64>() / GB);
    let n_elsewhere = (n_regions - 1.0) * deployment.n_prober_alarm_metrics as f64;
    let n_alarm_metrics = deployment.n_alarm_metrics as f64 + n_elsewhere;
    add("alarms, each of their metrics".to_owned(), Item::Alarms, n_alarm_metrics);
    // Each region's prober counts its rounds in one metric.
    add("the prober's count of rounds".to_owned(), Item::Metrics, n_regions);
    add("the stack's secret".to_owned(), Item::Secrets, 1.0);
    // One of each prober, and one notifier.
    let n_readers = n_regions + 1.0;
    add("reading it".to_owned(), Item::SecretReads, n_readers * sandboxes);
    lines
}

/// How often each function is invoked, in a day.
struct Invocations {
    scheduled: f64,
    by_function: [(Function, f64); 4],
}

impl Invocations {
    fn of(deployment: &Deployment, day: &Day, n_regions: f64) -> Self {
        let minutes = f64::from(N_WINDOWS);
        let scheduled = |function| {
            let every = deployment.every(function);
            if every.is_zero() { 0.0 } else { minutes * 60.0 / every.as_secs_f64() }
        };
        let counts = &day.counts;
        let by_function = Function::ALL.map(|function| {
            let n = match function {
                Function::Prober => scheduled(function) * n_regions,
                Function::Evaluator => scheduled(function) + counts.n_runs as f64,
                Function::Notifier => scheduled(function) + counts.n_deliveries as f64,
                Function::Generator => scheduled(function) + counts.n_wakes as f64,
            };
            (function, n)
        });
        let all = Function::ALL.iter().map(|one| scheduled(*one)).sum::<f64>();
        Self { scheduled: all + scheduled(Function::Prober) * (n_regions - 1.0), by_function }
    }

    fn per_month(&self, function: Function) -> f64 {
        let of = self.by_function.iter().find(|(one, _)| *one == function);
        of.map_or(0.0, |(_, n)| n * DAYS)
    }
}

/// Units of what a publication reads: the state twice and its version, the runs of an hour, days that
/// are not known yet, and the events.
fn read_by_a_publication(day: &Day) -> f64 {
    let state = read_units(day.state_bytes, true) + 2.0 * read_units(day.state_bytes, false);
    let runs = read_units(day.counts.run_bytes / 24, true);
    let days = read_units(0, false);
    let events = read_units(EVENT_BYTES * PAGE_DAYS, false);
    state + runs + days + events
}

/// Units of what a new generator reads once: the days before.
fn read_by_a_new_generator(day: &Day) -> f64 {
    read_units(day.counts.day_bytes * PAGE_DAYS, false)
}

/// Bytes of the events of a day with one outage.
const EVENT_BYTES: u64 = 2_048;

/// What lies in the table once each kind of record is as old as it gets.
fn stored_bytes(config: &Config, day: &Day) -> f64 {
    let settings = &config.settings;
    let days = |keep: Duration| keep.as_secs_f64() / Period::Day.seconds() as f64;
    let counts = &day.counts;
    counts.run_bytes as f64 * days(settings.keep_runs)
        + counts.hour_bytes as f64 * days(settings.keep_hours)
        + counts.day_bytes as f64 * days(settings.keep_days)
        + day.state_bytes as f64
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
