//! The amounts of charged items that a config uses in a month.

use std::time::Duration;

use allclear_aws::dynamo::limits::Consistency;
use allclear_core::config::Config;
use allclear_core::rollup::Period;
use allclear_core::watchdog::Watchdog;
use allclear_engine::evaluate::MAX_WAIT;
use serde::Serialize;

use crate::counts::BillCounter;
use crate::day::{DayUsage, HISTORY_DAYS, SANDBOX_LIFE};
use crate::deployment::{StackFunction, TemplateValues};
use crate::log_line;
use crate::number::number;
use crate::prices::PricedItem;
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
    pub(crate) item: PricedItem,
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
    /// Bytes that a request of a check sends: connection, handshake and request.
    pub bytes_sent_per_request: f64,
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
            bytes_sent_per_request: 1_500.0,
            page_views: 10_000.0,
        }
    }

    fn duration_of(&self, function: StackFunction) -> Duration {
        match function {
            StackFunction::Prober => self.check_duration,
            StackFunction::Evaluator => self.evaluation,
            StackFunction::Notifier => self.sweep,
            StackFunction::Generator => self.publication,
        }
    }

    /// Returns the assumptions in words, a sentence each.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let ms = |duration: Duration| format!("{} ms", duration.as_millis());
        vec![
            format!(
                "a prober's invocation takes {} (`--check-duration`), for a beat {}, an \
                 evaluator's \
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
            format!("each request of a check sends {} bytes", self.bytes_sent_per_request),
            format!("{} readers of the page", number(self.page_views)),
            "each day the first monitor is down for half an hour; each notification of it is sent \
             through SNS as a mail"
                .to_owned(),
            format!(
                "a sandbox lives {} h; its successor reads state and secret again",
                SANDBOX_LIFE.as_secs() / 3_600
            ),
        ]
    }
}

/// Returns the amounts of a month.
pub(crate) fn lines(
    config: &Config,
    deployment: &TemplateValues,
    assumptions: &Assumptions,
    day: &DayUsage,
    publication: &Publication,
) -> Vec<Line> {
    let n_regions = f64::from(assumptions.n_regions);
    let invocations = Invocations::of(deployment, day, n_regions);
    let mut month = MonthUsage { lines: Vec::new(), invocations, deployment, assumptions, day };
    month.functions();
    month.waits(config.notifications.group_wait);
    month.beats();
    month.table();
    month.reads(stored_bytes(config, day) / GB);
    if let Some(watchdog) = &config.watchdog {
        month.watchdog(watchdog);
    }
    month.page(publication);
    month.notifications();
    month.operation(config.monitors.len());
    month.lines
}

/// The amounts of a month, as far as they are counted.
struct MonthUsage<'a> {
    lines: Vec<Line>,
    invocations: Invocations,
    deployment: &'a TemplateValues,
    assumptions: &'a Assumptions,
    day: &'a DayUsage,
}

impl MonthUsage<'_> {
    fn add(&mut self, what: impl Into<String>, item: PricedItem, amount: f64) {
        self.lines.push(Line { what: what.into(), item, amount });
    }

    /// Returns a count of the day for a month.
    fn counted(&self, counter: BillCounter) -> f64 {
        self.day.counts.of(counter) * DAYS
    }

    /// Returns the number of new execution environments of one function.
    fn sandboxes() -> f64 {
        SECONDS_OF_A_DAY / SANDBOX_LIFE.as_secs_f64() * DAYS
    }

    fn functions(&mut self) {
        for function in StackFunction::ALL {
            let n = self.invocations.per_month(function);
            let memory_mb = f64::from(self.deployment.memory_mb(function));
            let seconds = self.assumptions.duration_of(function).as_secs_f64();
            let name = function.name();
            let compute = n * seconds * memory_mb / 1_024.0;
            self.add(
                format!("{name}: {memory_mb} MB for {seconds} s"),
                PricedItem::LambdaCompute,
                compute,
            );
            self.add(format!("{name}: invocations"), PricedItem::LambdaRequests, n);
        }
        self.add("schedules", PricedItem::Schedules, self.invocations.scheduled * DAYS);
        let n_requests = self.day.n_checks * DAYS + self.counted(BillCounter::FurtherRequests);
        let sent = n_requests * self.assumptions.bytes_sent_per_request / GB;
        self.add("what checks send", PricedItem::Transfer, sent);
    }

    /// Adds the time that the evaluator waits for groups of alerts, at most once for each notification.
    fn waits(&mut self, group_wait: Duration) {
        let wait = group_wait.min(MAX_WAIT).as_secs_f64();
        let memory_mb = f64::from(self.deployment.memory_mb(StackFunction::Evaluator));
        let waited = self.counted(BillCounter::Deliveries) * wait;
        let compute = waited * memory_mb / 1_024.0;
        self.add("evaluator: waits for groups", PricedItem::LambdaCompute, compute);
    }

    /// Adds the beats of jobs, each of which is a request to the API and an invocation of the
    /// prober.
    fn beats(&mut self) {
        if self.day.n_beats == 0.0 {
            return;
        }
        let n_beats = self.day.n_beats * DAYS;
        let memory_mb = f64::from(self.deployment.memory_mb(StackFunction::Prober));
        let compute = n_beats * self.assumptions.beat.as_secs_f64() * memory_mb / 1_024.0;
        self.add("beats of jobs: requests", PricedItem::ApiRequests, n_beats);
        self.add("beats of jobs: the prober", PricedItem::LambdaCompute, compute);
        self.add("beats of jobs: invocations", PricedItem::LambdaRequests, n_beats);
        self.add("beats of jobs: recorded", PricedItem::TableWrites, n_beats);
        // The beat before it, and the version of the config.
        self.add("beats of jobs: read", PricedItem::TableReads, n_beats * 1.5);
    }

    /// Adds the writes of the table.
    fn table(&mut self) {
        let counts = &self.day.counts;
        let run_bytes = counts.mean(BillCounter::RunBytes, BillCounter::Runs);
        let note_bytes = counts.mean(BillCounter::NoteBytes, BillCounter::Notes);
        let state_bytes = self.day.state_bytes;
        for (what, counter) in [
            (format!("runs: {run_bytes:.0} bytes each"), BillCounter::RunUnits),
            (
                format!("states: {state_bytes:.0} bytes each, and decisions"),
                BillCounter::CommitUnits,
            ),
        ] {
            self.add(what, PricedItem::TableWrites, self.counted(counter));
        }
        if self.counted(BillCounter::Notes) > 0.0 {
            let what = format!("notes of checks: {note_bytes:.0} bytes each");
            self.add(what, PricedItem::TableWrites, self.counted(BillCounter::NoteUnits));
            self.add(
                "reading them",
                PricedItem::TableReads,
                self.counted(BillCounter::NoteReadUnits),
            );
        }
        if self.counted(BillCounter::BudgetUnits) > 0.0 {
            let units = self.counted(BillCounter::BudgetUnits);
            self.add("budgets of checks", PricedItem::TableWrites, units);
        }
        self.add("deliveries", PricedItem::TableWrites, self.counted(BillCounter::DeliveryUnits));
        // The evaluator's sweep records the time again, because another process may have replaced it.
        let sweeps = self.deployment.invocations_per_day(StackFunction::Evaluator) * DAYS;
        let times = self.counted(BillCounter::NextNoticeUnits) + sweeps;
        self.add("times of next notices", PricedItem::TableWrites, times);
    }

    /// Adds the reads of the table, and its storage in gigabytes.
    fn reads(&mut self, stored: f64) {
        let per_month = |function| self.invocations.per_month(function);
        let generator = per_month(StackFunction::Generator) * read_by_a_publication(self.day)
            + Self::sandboxes() * read_by_a_new_generator(self.day);
        let notifier = per_month(StackFunction::Notifier);
        let evaluator = per_month(StackFunction::Evaluator);
        let entries = evaluator * read_units(0.0, Consistency::Strong);
        // The notifier's sweep reads the times of all shards with one query.
        let times = self.deployment.invocations_per_day(StackFunction::Notifier)
            * DAYS
            * read_units(0.0, Consistency::Eventual);
        let versions: f64 = StackFunction::ALL.iter().map(|one| per_month(*one) * 0.5).sum();
        self.add("evaluator's reads", PricedItem::TableReads, self.counted(BillCounter::ReadUnits));
        self.add("evaluator's reads of entries", PricedItem::TableReads, entries);
        self.add("generator's reads", PricedItem::TableReads, generator);
        self.add("notifier's reads", PricedItem::TableReads, notifier);
        self.add("notifier's reads of next notices", PricedItem::TableReads, times);
        self.add("configs' versions", PricedItem::TableReads, versions);
        self.add("stream", PricedItem::StreamReads, evaluator);
        self.add("what is stored", PricedItem::TableStorage, stored);
        self.add("its backup", PricedItem::TableBackup, stored);
    }

    /// Adds the beats to the watchdog, each of which reads the state.
    fn watchdog(&mut self, watchdog: &Watchdog) {
        let n = SECONDS_OF_A_DAY / watchdog.every.as_secs_f64() * DAYS;
        let units = n * read_units(self.day.state_bytes, Consistency::Strong);
        self.add("watchdog: reads of the state", PricedItem::TableReads, units);
        let sent = n * self.assumptions.bytes_sent_per_request / GB;
        self.add("watchdog: what its beats send", PricedItem::Transfer, sent);
    }

    fn page(&mut self, publication: &Publication) {
        let Publication { n_changed, n_changed_in_steps, n_changed_daily, n_files, page_bytes } =
            *publication;
        let views = self.assumptions.page_views;
        let n_publications = self.invocations.per_month(StackFunction::Generator);
        let n_lists = n_files.div_ceil(LISTED_AT_ONCE);
        let writes = n_publications * (n_changed + n_lists) as f64;
        let lists = if n_lists == 1 { "a list".to_owned() } else { format!("{n_lists} lists") };
        let what = format!("page: {n_changed} of {n_files} files change, and {lists}");
        self.add(what, PricedItem::SiteWrites, writes);
        let what = format!("page: {n_changed_in_steps} further files every four hours");
        self.add(what, PricedItem::SiteWrites, n_changed_in_steps as f64 * 6.0 * DAYS);
        let what = format!("page: {n_changed_daily} further files each day");
        self.add(what, PricedItem::SiteWrites, n_changed_daily as f64 * DAYS);
        // A warm function knows the record already.
        self.add("page: the record of its files, at most", PricedItem::SiteReads, n_publications);
        self.add("page: from the bucket", PricedItem::SiteReads, views);
        self.add("page: to readers", PricedItem::SiteRequests, views);
        let transferred = views * page_bytes as f64 / GB;
        let what = format!("page: {page_bytes} bytes to each reader");
        self.add(what, PricedItem::SiteTransfer, transferred);
    }

    fn notifications(&mut self) {
        let n = self.counted(BillCounter::Deliveries);
        self.add("notifications", PricedItem::TopicMessages, n);
        self.add("notifications", PricedItem::TopicMails, n);
    }

    /// Adds logs, alarms, metrics and the secret.
    fn operation(&mut self, n_monitors: usize) {
        let n_regions = f64::from(self.assumptions.n_regions);
        let logged = StackFunction::ALL
            .iter()
            .map(|one| self.invocations.per_month(*one) * log_line::bytes(*one, n_monitors) as f64);
        let logged = logged.sum::<f64>() / GB;
        self.add("logs: a line for each invocation", PricedItem::Logs, logged);
        let n_elsewhere = (n_regions - 1.0) * self.deployment.n_prober_alarm_metrics as f64;
        let n_alarm_metrics = self.deployment.n_alarm_metrics as f64 + n_elsewhere;
        self.add("alarms, each of their metrics", PricedItem::Alarms, n_alarm_metrics);
        // Each region's prober counts its rounds in one metric.
        self.add("the prober's count of rounds", PricedItem::Metrics, n_regions);
        self.add("the stack's secret", PricedItem::Secrets, 1.0);
        // One of each prober, and one notifier.
        let n_readers = n_regions + 1.0;
        self.add("reading it", PricedItem::SecretReads, n_readers * Self::sandboxes());
    }
}

/// Invocations of each function in a day.
struct Invocations {
    scheduled: f64,
    by_function: [(StackFunction, f64); 4],
}

impl Invocations {
    fn of(deployment: &TemplateValues, day: &DayUsage, n_regions: f64) -> Self {
        let scheduled = |function| deployment.invocations_per_day(function);
        let counts = &day.counts;
        let by_function = StackFunction::ALL.map(|function| {
            let n = match function {
                StackFunction::Prober => scheduled(function) * n_regions,
                // A recorded time that passes wakes it, unless a run or a later time comes before.
                StackFunction::Evaluator => {
                    let runs = counts.of(BillCounter::Runs);
                    scheduled(function) + runs + counts.of(BillCounter::NextNotices)
                }
                StackFunction::Notifier => scheduled(function) + counts.of(BillCounter::Deliveries),
                StackFunction::Generator => scheduled(function) + counts.of(BillCounter::Wakes),
            };
            (function, n)
        });
        let all = StackFunction::ALL.iter().map(|one| scheduled(*one)).sum::<f64>();
        Self { scheduled: all + scheduled(StackFunction::Prober) * (n_regions - 1.0), by_function }
    }

    fn per_month(&self, function: StackFunction) -> f64 {
        let of = self.by_function.iter().find(|(one, _)| *one == function);
        of.map_or(0.0, |(_, n)| n * DAYS)
    }
}

/// Units of the reads of a publication: the state twice and its version, the runs of an hour, days and hours
/// that are not known yet, the events, and the entries of operators.
fn read_by_a_publication(day: &DayUsage) -> f64 {
    let state = read_units(day.state_bytes, Consistency::Strong)
        + 2.0 * read_units(day.state_bytes, Consistency::Eventual);
    let runs = read_units(day.counts.of(BillCounter::RunBytes) / 24.0, Consistency::Strong);
    let days = read_units(0.0, Consistency::Eventual);
    let hours =
        read_units(day.counts.of(BillCounter::HourBytes) / 24.0 * 3.0, Consistency::Eventual);
    let events = read_units(EVENT_BYTES * f64::from(HISTORY_DAYS), Consistency::Eventual);
    let entries = read_units(0.0, Consistency::Strong);
    state + runs + days + hours + events + entries
}

/// Units of the reads of a new generator, once: the days of a year and the hours of a week.
fn read_by_a_new_generator(day: &DayUsage) -> f64 {
    let days = day.counts.of(BillCounter::DayBytes) * DAYS_READ;
    let hours = day.counts.of(BillCounter::HourBytes) * 7.0;
    read_units(days, Consistency::Eventual) + read_units(hours, Consistency::Eventual)
}

/// Days whose rollups a new generator reads.
const DAYS_READ: f64 = 366.0;

const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// The most files of the bucket that one request lists.
const LISTED_AT_ONCE: usize = 1_000;

/// Bytes of the events of a day with one outage.
const EVENT_BYTES: f64 = 2_048.0;

/// Returns the bytes in the table once each kind of record is as old as it gets.
fn stored_bytes(config: &Config, day: &DayUsage) -> f64 {
    let settings = &config.settings;
    let days = |keep: Duration| keep.as_secs_f64() / Period::Day.seconds() as f64;
    let counts = &day.counts;
    counts.of(BillCounter::RunBytes) * days(settings.keep_runs)
        + counts.of(BillCounter::HourBytes) * days(settings.keep_hours)
        + counts.of(BillCounter::DayBytes) * days(settings.keep_days)
        + day.state_bytes
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
