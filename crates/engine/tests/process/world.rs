//! A process over ports in memory, with a scripted check, a scripted channel, and a clock that can jump.

use std::cell::Cell;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::channel::{ChannelKinds, Envelope, Sender, Sending};
use allclear_core::checker::{CheckContext, CheckKinds, Checker, Checking, ParamProblem};
use allclear_core::config::Config;
use allclear_core::id::{RegionId, SecretName};
use allclear_core::kind::KindSet;
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::outcome::{Finding, Verdict};
use allclear_core::ports::BeatWatchdog;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_core::state::ShardState;
use allclear_core::watchdog::Watchdog;
use allclear_engine::Wakers;
use allclear_engine::evaluate::Evaluated;
use allclear_engine::notify::{Limits, Notifier, SweepReport};
use allclear_engine::probe::{ProbeReport, Prober};
use allclear_engine::process::{BeatPace, Observe, ProcessPorts, Runner, Services};
use allclear_engine::publish::Href;
use allclear_evaluate::ConfigIndex;
use allclear_support::{
    Call, CallOutcome, Hook, Hooked, MemorySecrets, MemorySite, MemoryStore, Operation, samples,
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::attempts::{Executions, restart};

const START: Timestamp = Timestamp::constant(1_760_000_000, 0);

/// The moment of [`START`].
static EPOCH: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);

thread_local! {
    /// The seconds by which the wall clock was set.
    static JUMPED: Cell<i64> = const { Cell::new(0) };
}

/// Returns the wall clock, which follows the paused clock of tokio.
pub(crate) fn now() -> Timestamp {
    let epoch = *EPOCH;
    let instant = Instant::now().into_std();
    let set = START + jiff::SignedDuration::from_secs(JUMPED.get());
    match instant.checked_duration_since(epoch) {
        Some(elapsed) => set + elapsed,
        None => set - epoch.duration_since(instant),
    }
}

/// Sets the wall clock ahead by `seconds`, or back if they are negative.
pub(crate) fn set_clock_by(seconds: i64) {
    JUMPED.set(JUMPED.get() + seconds);
}

/// Lets time pass on the paused clock.
pub(crate) async fn advance(time: Duration) {
    sleep(time).await;
}

/// The script of the checks.
pub(crate) struct Script {
    pub(crate) verdict: Mutex<Verdict>,
    pub(crate) takes: Mutex<Duration>,
}

struct Actor(Arc<Script>);

impl Checker for Actor {
    fn check<'a>(&'a self, _: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let takes = *self.0.takes.lock().unwrap();
            sleep(takes).await;
            Finding::of(self.0.verdict.lock().unwrap().clone())
        })
    }
}

impl CheckKinds for &World {
    fn declared(&self) -> KindSet {
        KindSet::default()
    }

    fn build(&self, _: &CheckSpec) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
        Ok(Box::new(Actor(Arc::clone(&self.script))))
    }
}

/// The inbox behind all channels.
#[derive(Default)]
pub(crate) struct Inbox {
    pub(crate) takes: Mutex<Duration>,
    /// The monitors of the notifications, with the begin and the end of their sending.
    pub(crate) received: Mutex<Vec<(String, Instant, Instant)>>,
}

impl Inbox {
    pub(crate) fn monitors(&self) -> Vec<String> {
        self.received.lock().unwrap().iter().map(|(monitor, ..)| monitor.clone()).collect()
    }
}

struct Messenger(Arc<Inbox>);

impl Sender for Messenger {
    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            let began = Instant::now();
            let takes = *self.0.takes.lock().unwrap();
            sleep(takes).await;
            let monitor = envelope.notification.monitor.to_string();
            self.0.received.lock().unwrap().push((monitor, began, Instant::now()));
            Ok(None)
        })
    }
}

impl ChannelKinds for &World {
    fn names(&self) -> Vec<&'static str> {
        vec!["inbox"]
    }

    fn build(
        &self,
        _: &allclear_core::channel::SendSpec,
    ) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        Ok(Box::new(Messenger(Arc::clone(&self.inbox))))
    }
}

/// The calls of the store, with their times.
#[derive(Default)]
pub(crate) struct Calls(Mutex<Vec<(Operation, Instant)>>);

impl Hook for Calls {
    fn before<'a>(&'a self, call: &'a Call) -> Hooked<'a, CallOutcome> {
        Box::pin(async move {
            self.0.lock().unwrap().push((call.operation, Instant::now()));
            CallOutcome::Works
        })
    }

    fn after<'a>(&'a self, _: &'a Call) -> Hooked<'a, ()> {
        Box::pin(async {})
    }
}

/// The results that the observer received.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    pub(crate) n_runs: usize,
    /// The number of transitions of each evaluation, and true if it ended with an error.
    pub(crate) evaluations: Vec<(usize, bool)>,
    pub(crate) n_sent: usize,
}

/// A watchdog outside, which confirms each beat.
#[derive(Debug, Clone, Default)]
pub(crate) struct BeatTimes(Arc<Mutex<Vec<Instant>>>);

impl BeatWatchdog for BeatTimes {
    async fn beat(&self, _: &Watchdog, _: &Secrets, _: Timestamp) -> Result<(), SendError> {
        self.0.lock().unwrap().push(Instant::now());
        Ok(())
    }
}

/// The ports of a process.
pub(crate) struct Memory {
    store: MemoryStore,
    secrets: MemorySecrets,
    site: MemorySite,
    watchdog: BeatTimes,
    beat_pace: Arc<BeatPace>,
    observed: Arc<Mutex<Observed>>,
}

impl ProcessPorts for Memory {
    type Store = MemoryStore;
    type Log = MemoryStore;
    type Secrets = MemorySecrets;
    type Site = MemorySite;
    type Watchdog = BeatTimes;

    fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn log(&self) -> &MemoryStore {
        &self.store
    }

    fn secrets(&self) -> &MemorySecrets {
        &self.secrets
    }

    fn site(&self) -> &MemorySite {
        &self.site
    }

    fn watchdog(&self) -> &BeatTimes {
        &self.watchdog
    }

    fn beat_pace(&self) -> &BeatPace {
        &self.beat_pace
    }
}

impl Observe for Memory {
    fn probed(&self, report: &ProbeReport) {
        self.observed.lock().unwrap().n_runs += usize::from(!report.outcomes.is_empty());
    }

    fn evaluated(&self, evaluated: &Evaluated, state: Option<&ShardState>) {
        assert_eq!(state.is_some(), evaluated.error.is_none());
        let one = (evaluated.committed.transitions.len(), evaluated.error.is_some());
        self.observed.lock().unwrap().evaluations.push(one);
    }

    fn swept(&self, report: &SweepReport) {
        self.observed.lock().unwrap().n_sent += report.n_sent;
    }

    fn impaired_since(&self) -> Option<Timestamp> {
        None
    }

    fn is_store_trouble_known(&self) -> bool {
        false
    }
}

/// The parts of a process that outlive its services.
pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) site: MemorySite,
    pub(crate) script: Arc<Script>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) executions: Arc<Executions>,
    pub(crate) action_timeout: Mutex<Duration>,
    pub(crate) observed: Arc<Mutex<Observed>>,
    pub(crate) wakers: Arc<Wakers>,
    calls: Arc<Calls>,
    watchdog: BeatTimes,
    beat_pace: Arc<BeatPace>,
    began: Instant,
}

impl World {
    pub(crate) fn new() -> Self {
        let calls = Arc::<Calls>::default();
        let hook: Arc<dyn Hook> = calls.clone();
        Self {
            store: MemoryStore::default().with_hook(hook),
            site: MemorySite::default(),
            script: Arc::new(Script {
                verdict: Mutex::new(Verdict::Healthy),
                takes: Mutex::default(),
            }),
            inbox: Arc::default(),
            executions: Arc::default(),
            action_timeout: Mutex::new(Duration::from_secs(30)),
            observed: Arc::default(),
            wakers: Arc::default(),
            calls,
            watchdog: BeatTimes::default(),
            beat_pace: Arc::default(),
            began: Instant::now(),
        }
    }

    /// Returns the services of a config with the monitor `api`, a rule for its outage, and a channel.
    pub(crate) fn runner(&self) -> Arc<Runner<Memory>> {
        self.runner_every(Duration::from_secs(30))
    }

    /// Returns the services of such a config whose monitor has this interval.
    pub(crate) fn runner_every(&self, interval: Duration) -> Arc<Runner<Memory>> {
        let monitor = Monitor { interval, recheck: false, ..samples::monitor("api") };
        let config = Arc::new(Config {
            rules: vec![samples::rule("service_down", "unhealthy")],
            channels: vec![samples::channel("team", "inbox", json!({}))],
            watchdog: Some(Watchdog {
                url: "watchdog".parse().unwrap(),
                every: Duration::from_mins(1),
            }),
            ..samples::config(vec![monitor])
        });
        let services = Services {
            prober: Prober::new(Arc::clone(&config), &self, RegionId::local()).unwrap(),
            notifier: Notifier::new(&config.channels, &self, Limits::default())
                .with_actions(&[restart(*self.action_timeout.lock().unwrap())], &*self.executions),
            index: Arc::new(ConfigIndex::new(config).unwrap()),
            page_address: Href::parse("http://127.0.0.1:8080/").unwrap(),
        };
        let ports = Memory {
            store: self.store.clone(),
            secrets: MemorySecrets::of(&[("watchdog", "https://watchdog.example/")]),
            watchdog: self.watchdog.clone(),
            beat_pace: Arc::clone(&self.beat_pace),
            site: self.site.clone(),
            observed: Arc::clone(&self.observed),
        };
        Arc::new(Runner::new(ports, services, Arc::clone(&self.wakers), now))
    }

    /// Returns the milliseconds, since the begin, of the calls of `operation`.
    pub(crate) fn calls(&self, operation: Operation) -> Vec<u128> {
        let calls = self.calls.0.lock().unwrap();
        let of_operation = calls.iter().filter(|(one, _)| *one == operation);
        of_operation.map(|(_, at)| at.duration_since(self.began).as_millis()).collect()
    }

    /// Returns the seconds, since the begin, of the beats that the watchdog has received.
    pub(crate) fn beats(&self) -> Vec<u64> {
        let beats = self.watchdog.0.lock().unwrap();
        beats.iter().map(|at| at.duration_since(self.began).as_secs()).collect()
    }

    /// Returns the time since the begin.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}
