//! The amounts of charged items that a config uses in a month.

use std::time::Duration;

use allclear_aws::dynamo::limits::Consistency;
use allclear_core::config::Config;
use allclear_core::rollup::Period;
use serde::Serialize;

use crate::counts::Counter;
use crate::day::{DAY_WINDOWS, Day, HISTORY_DAYS, SANDBOX_LIFE};
use crate::deployment::{Deployment, Function};
use crate::log_line;
use crate::number::number;
use crate::prices::Item;
use crate::publication::Publication;
use crate::weight::read_units;

/// Days of a month.
pub(crate) const DAYS: f64 = 365.0 / 12.0;

/// Bytes of a gigabyte, as AWS bills transfer, storage and logs.
const GB: f64 = 1_073_741_824.0;

/// An amount of one item, in a month.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Purpose, for people.
    pub(crate) what: String,
    /// Charged item.
    pub(crate) item: Item,
    /// Number of units.
    pub(crate) amount: f64,
}

/// Assumptions for values that a config does not state. They are printed with the bill.
#[derive(Debug, Clone, Serialize)]
pub struct Assumptions {
    /// Number of regions that check.
    pub n_regions: u32,
    /// Duration of a prober's invocation, which is that of its slowest check.
    #[serde(serialize_with = "seconds")]
    pub check_duration: Duration,
    /// Duration of the prober's invocation for a beat of a job.
    #[serde(serialize_with = "seconds")]
    pub beat: Duration,
    /// Duration of an evaluator's invocation.
    #[serde(serialize_with = "seconds")]
    pub evaluation: Duration,
    /// Duration of a notifier's sweep.
    #[serde(serialize_with = "seconds")]
    pub sweep: Duration,
    /// Duration of a publication.
    #[serde(serialize_with = "seconds")]
    pub publication: Duration,
    /// Bytes that a check sends: connection, handshake and request.
    pub bytes_sent_per_check: f64,
    /// Readings of the page in a month.
    pub page_views: f64,
}

impl Assumptions {
    /// Returns the assumptions, with these two of the caller.
    #[must_use]
    pub fn new(n_regions: u32, check_duration: Duration) -> Self {
        Self {
            n_regions,
            check_duration,
            beat: Duration::from_millis(30),
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

    /// Returns the assumptions in words, a sentence each.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let ms = |duration: Duration| format!("{} ms", duration.as_millis());
        vec![
            format!(
                "a prober's invocation takes {} (`--check-duration`), for a beat {}, an evaluator's \
                 {}, a notifier's {}, a publication {}",
                ms(self.check_duration),
                ms(self.beat),
                ms(self.evaluation),
                ms(self.sweep),
                ms(self.publication)
            ),
            match self.n_regions {
                1 => "checks are made from one region (`--regions`)".to_owned(),
                n => format!("checks are made from {n} regions"),
            },
            format!("a check sends {} bytes", self.bytes_sent_per_check),
            format!("{} readers of the page", number(self.page_views)),
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

/// Returns the amounts of a month.
pub(crate) fn lines(
    config: &Config,
    deployment: &Deployment,
    assumptions: &Assumptions,
    day: &Day,
    publication: &Publication,
) -> Vec<Line> {
    let n_regions = f64::from(assumptions.n_regions);
    let invocations = Invocations::of(deployment, day, n_regions);
    let mut month = Month { lines: Vec::new(), invocations, deployment, assumptions, day };
    month.functions();
    month.beats();
    month.table();
    month.reads(stored_bytes(config, day) / GB);
    month.page(publication);
    month.notifications();
    month.operation(config.monitors.len());
    month.lines
}

/// The amounts of a month, as far as they are counted.
struct Month<'a> {
    lines: Vec<Line>,
    invocations: Invocations,
    deployment: &'a Deployment,
    assumptions: &'a Assumptions,
    day: &'a Day,
}

impl Month<'_> {
    fn add(&mut self, what: impl Into<String>, item: Item, amount: f64) {
        self.lines.push(Line { what: what.into(), item, amount });
    }

    /// Returns a count of the day for a month.
    fn counted(&self, counter: Counter) -> f64 {
        self.day.counts.of(counter) * DAYS
    }

    /// Returns the number of new execution environments of one function.
    fn sandboxes() -> f64 {
        86_400.0 / SANDBOX_LIFE.as_secs_f64() * DAYS
    }

    fn functions(&mut self) {
        for function in Function::ALL {
            let n = self.invocations.per_month(function);
            let memory_mb = f64::from(self.deployment.memory_mb(function));
            let seconds = self.assumptions.duration_of(function).as_secs_f64();
            let name = function.name();
            let compute = n * seconds * memory_mb / 1_024.0;
            self.add(
                format!("{name}: {memory_mb} MB for {seconds} s"),
                Item::LambdaCompute,
                compute,
            );
            self.add(format!("{name}: invocations"), Item::LambdaRequests, n);
        }
        self.add("schedules", Item::Schedules, self.invocations.scheduled * DAYS);
        let sent = self.day.n_checks * DAYS * self.assumptions.bytes_sent_per_check / GB;
        self.add("what checks send", Item::Transfer, sent);
    }

    /// Adds the beats of jobs, each of which is a request to the API and an invocation of the prober.
    fn beats(&mut self) {
        if self.day.n_beats == 0.0 {
            return;
        }
        let n_beats = self.day.n_beats * DAYS;
        let memory_mb = f64::from(self.deployment.memory_mb(Function::Prober));
        let compute = n_beats * self.assumptions.beat.as_secs_f64() * memory_mb / 1_024.0;
        self.add("beats of jobs: requests", Item::ApiRequests, n_beats);
        self.add("beats of jobs: the prober", Item::LambdaCompute, compute);
        self.add("beats of jobs: invocations", Item::LambdaRequests, n_beats);
        self.add("beats of jobs: recorded", Item::TableWrites, n_beats);
        // The beat before it, and the version of the config.
        self.add("beats of jobs: read", Item::TableReads, n_beats * 1.5);
    }

    /// Adds the writes of the table.
    fn table(&mut self) {
        let counts = &self.day.counts;
        let run_bytes = counts.mean(Counter::RunBytes, Counter::Runs);
        let note_bytes = counts.mean(Counter::NoteBytes, Counter::Notes);
        let state_bytes = self.day.state_bytes;
        for (what, counter) in [
            (format!("runs: {run_bytes:.0} bytes each"), Counter::RunUnits),
            (format!("states: {state_bytes:.0} bytes each, and decisions"), Counter::CommitUnits),
        ] {
            self.add(what, Item::TableWrites, self.counted(counter));
        }
        if self.counted(Counter::Notes) > 0.0 {
            let what = format!("notes of checks: {note_bytes:.0} bytes each");
            self.add(what, Item::TableWrites, self.counted(Counter::NoteUnits));
            self.add("reading them", Item::TableReads, self.counted(Counter::NoteReadUnits));
        }
        if self.counted(Counter::BudgetUnits) > 0.0 {
            let units = self.counted(Counter::BudgetUnits);
            self.add("budgets of checks", Item::TableWrites, units);
        }
        self.add("deliveries", Item::TableWrites, self.counted(Counter::DeliveryUnits));
    }

    /// Adds the reads of the table, and its storage in gigabytes.
    fn reads(&mut self, stored: f64) {
        let per_month = |function| self.invocations.per_month(function);
        let generator = per_month(Function::Generator) * read_by_a_publication(self.day)
            + Self::sandboxes() * read_by_a_new_generator(self.day);
        let notifier = per_month(Function::Notifier);
        let evaluator = per_month(Function::Evaluator);
        let versions: f64 = Function::ALL.iter().map(|one| per_month(*one) * 0.5).sum();
        self.add("evaluator's reads", Item::TableReads, self.counted(Counter::ReadUnits));
        self.add("generator's reads", Item::TableReads, generator);
        self.add("notifier's reads", Item::TableReads, notifier);
        self.add("configs' versions", Item::TableReads, versions);
        self.add("stream", Item::StreamReads, evaluator);
        self.add("what is stored", Item::TableStorage, stored);
        self.add("its backup", Item::TableBackup, stored);
    }

    fn page(&mut self, publication: &Publication) {
        let Publication { n_changed, n_files, page_bytes } = *publication;
        let views = self.assumptions.page_views;
        let n_publications = self.invocations.per_month(Function::Generator);
        let writes = n_publications * (n_changed as f64 + 1.0);
        let what = format!("page: {n_changed} of {n_files} files change, and a list");
        self.add(what, Item::SiteWrites, writes);
        self.add("page: from the bucket", Item::SiteReads, views);
        self.add("page: to readers", Item::SiteRequests, views);
        let transferred = views * page_bytes as f64 / GB;
        let what = format!("page: {page_bytes} bytes to each reader");
        self.add(what, Item::SiteTransfer, transferred);
    }

    fn notifications(&mut self) {
        let n = self.counted(Counter::Deliveries);
        self.add("notifications", Item::TopicMessages, n);
        self.add("notifications", Item::TopicMails, n);
    }

    /// Adds logs, alarms, metrics and the secret.
    fn operation(&mut self, n_monitors: usize) {
        let n_regions = f64::from(self.assumptions.n_regions);
        let logged = Function::ALL
            .iter()
            .map(|one| self.invocations.per_month(*one) * log_line::bytes(*one, n_monitors) as f64);
        let logged = logged.sum::<f64>() / GB;
        self.add("logs: a line for each invocation", Item::Logs, logged);
        let n_elsewhere = (n_regions - 1.0) * self.deployment.n_prober_alarm_metrics as f64;
        let n_alarm_metrics = self.deployment.n_alarm_metrics as f64 + n_elsewhere;
        self.add("alarms, each of their metrics", Item::Alarms, n_alarm_metrics);
        // Each region's prober counts its rounds in one metric.
        self.add("the prober's count of rounds", Item::Metrics, n_regions);
        self.add("the stack's secret", Item::Secrets, 1.0);
        // One of each prober, and one notifier.
        let n_readers = n_regions + 1.0;
        self.add("reading it", Item::SecretReads, n_readers * Self::sandboxes());
    }
}

/// Invocations of each function in a day.
struct Invocations {
    scheduled: f64,
    by_function: [(Function, f64); 4],
}

impl Invocations {
    fn of(deployment: &Deployment, day: &Day, n_regions: f64) -> Self {
        let minutes = f64::from(DAY_WINDOWS);
        let scheduled = |function| {
            let every = deployment.every(function);
            if every.is_zero() { 0.0 } else { minutes * 60.0 / every.as_secs_f64() }
        };
        let counts = &day.counts;
        let by_function = Function::ALL.map(|function| {
            let n = match function {
                Function::Prober => scheduled(function) * n_regions,
                Function::Evaluator => scheduled(function) + counts.of(Counter::Runs),
                Function::Notifier => scheduled(function) + counts.of(Counter::Deliveries),
                Function::Generator => scheduled(function) + counts.of(Counter::Wakes),
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

/// Units of the reads of a publication: the state twice and its version, the runs of an hour, days
/// that are not known yet, and the events.
fn read_by_a_publication(day: &Day) -> f64 {
    let state = read_units(day.state_bytes, Consistency::Strong)
        + 2.0 * read_units(day.state_bytes, Consistency::Eventual);
    let runs = read_units(day.counts.of(Counter::RunBytes) / 24.0, Consistency::Strong);
    let days = read_units(0.0, Consistency::Eventual);
    let events = read_units(EVENT_BYTES * f64::from(HISTORY_DAYS), Consistency::Eventual);
    state + runs + days + events
}

/// Units of the reads of a new generator, once: the days before.
fn read_by_a_new_generator(day: &Day) -> f64 {
    read_units(day.counts.of(Counter::DayBytes) * f64::from(HISTORY_DAYS), Consistency::Eventual)
}

/// Bytes of the events of a day with one outage.
const EVENT_BYTES: f64 = 2_048.0;

/// Returns the bytes in the table once each kind of record is as old as it gets.
fn stored_bytes(config: &Config, day: &Day) -> f64 {
    let settings = &config.settings;
    let days = |keep: Duration| keep.as_secs_f64() / Period::Day.seconds() as f64;
    let counts = &day.counts;
    counts.of(Counter::RunBytes) * days(settings.keep_runs)
        + counts.of(Counter::HourBytes) * days(settings.keep_hours)
        + counts.of(Counter::DayBytes) * days(settings.keep_days)
        + day.state_bytes
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
