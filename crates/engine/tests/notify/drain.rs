//! Long backlogs in paused time: they drain at the speed of the destination, with linear work.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::channel::{
    ChannelKinds, Envelope, SendLimits, SendRate, SendSpec, Sender, Sending,
};
use allclear_core::checker::ParamProblem;
use allclear_core::delivery::{Delivery, DeliveryId};
use allclear_core::id::SecretName;
use allclear_core::send_error::SendError;
use allclear_core::status::Severity;
use allclear_engine::notify::{Limits, Notifier, SweepReport, SweepTerms, UnknownChannel};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::outbox::holding;
use crate::world::{START, after, alarm, all_clear, channel};
use allclear_support::{MemorySecrets, MemoryStore, Operation};

/// A destination that answers after a delay and records the time of each arrival.
#[derive(Clone)]
struct Timed {
    latency: Duration,
    limits: SendLimits,
    /// The index of a message that is answered with 429, and the time to wait.
    slows_down: Option<(usize, Duration)>,
    arrived: Arc<Mutex<Vec<(DeliveryId, Instant)>>>,
    n_open: Arc<Mutex<(usize, usize)>>,
}

impl Timed {
    fn new(latency: Duration, limits: SendLimits) -> Self {
        let (arrived, n_open) = (Arc::default(), Arc::default());
        Self { latency, limits, slows_down: None, arrived, n_open }
    }

    fn notifier<const N: usize>(&self, names: [&str; N]) -> Notifier {
        let channels = names.map(|name| channel(name, "timed", json!({})));
        Notifier::new(&channels, self, LIMITS)
    }

    fn n_arrived(&self) -> usize {
        self.arrived.lock().unwrap().len()
    }

    fn arrival(&self, delivery: &Delivery) -> Option<Instant> {
        let arrived = self.arrived.lock().unwrap();
        arrived.iter().find(|(id, _)| *id == delivery.id).map(|(_, at)| *at)
    }
}

impl Sender for Timed {
    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn limits(&self) -> SendLimits {
        self.limits
    }

    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a> {
        Box::pin(async move {
            {
                let mut n_open = self.n_open.lock().unwrap();
                n_open.0 += 1;
                n_open.1 = n_open.1.max(n_open.0);
            }
            sleep(self.latency).await;
            self.n_open.lock().unwrap().0 -= 1;
            let mut arrived = self.arrived.lock().unwrap();
            arrived.push((envelope.delivery.clone(), Instant::now()));
            match self.slows_down {
                Some((n, wait)) if n == arrived.len() => {
                    let error = SendError::transient("answered 429");
                    Err(SendError { retry_after: Some(wait), ..error })
                }
                _ => Ok(None),
            }
        })
    }
}

impl ChannelKinds for Timed {
    fn names(&self) -> Vec<&'static str> {
        vec!["timed"]
    }

    fn build(&self, _: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        Ok(Box::new(self.clone()))
    }
}

const LIMITS: Limits =
    Limits { try_timeout: Duration::from_secs(15), sweep: Duration::from_hours(48) };

const PER_SECOND: SendLimits =
    SendLimits { at_once: 2, rate: Some(SendRate { interval: Duration::from_secs(1), burst: 5 }) };

async fn sweep(notifier: &Notifier, outbox: &MemoryStore) -> SweepReport {
    notifier.sweep(outbox, &MemorySecrets::default(), after(60)).await.unwrap()
}

fn alarms(n: usize, severity: Severity) -> Vec<Delivery> {
    let alarm = |index| {
        let mut delivery = alarm("a", &format!("m{index}"), 0);
        delivery.notification.severity = severity;
        delivery
    };
    (0..n).map(alarm).collect()
}

/// Decides a new alert at `at` while sweeps drain the backlog. Returns the time until it arrived.
async fn time_of_a_new_alert(destination: &Timed, severity: Severity, at: Duration) -> Duration {
    let outbox = holding(alarms(16_000, severity));
    let notifier = destination.notifier(["a"]);
    let new = alarm("a", "api", 30);
    let began = Instant::now();
    let decide = async {
        sleep(at).await;
        outbox.add_delivery(new.clone());
    };
    let limits = Limits { sweep: at * 2, ..LIMITS };
    let terms = SweepTerms { limits, unknown: UnknownChannel::Leave };
    let keeper = MemorySecrets::default();
    let sweep = notifier.sweep_within(terms, &outbox, &keeper, after(60));
    let (swept, ()) = tokio::join!(sweep, decide);
    assert!(swept.unwrap().n_sent > 100);
    destination.arrival(&new).unwrap().duration_since(began + at)
}

#[tokio::test(start_paused = true)]
async fn a_new_critical_alert_overtakes_sixteen_thousand_pending_deliveries() {
    for severity in [Severity::Warning, Severity::Critical] {
        let at = Duration::from_secs(100);
        let slack = Timed::new(Duration::from_millis(200), PER_SECOND);
        let took = time_of_a_new_alert(&slack, severity, at).await;
        assert!(took < Duration::from_secs(10), "{severity:?}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_backlog_drains_at_the_speed_of_its_channel() {
    for (n, limits, latency_ms, expected) in [
        (1_000, PER_SECOND, 200, 1_000.0),
        (16_000, SendLimits { at_once: 8, rate: None }, 100, 200.0),
        (16_000, SendLimits { at_once: 16, rate: None }, 50, 50.0),
    ] {
        let destination = Timed::new(Duration::from_millis(latency_ms), limits);
        let outbox = holding(alarms(n, Severity::Warning));
        let began = Instant::now();
        let report = sweep(&destination.notifier(["a"]), &outbox).await;
        let took = began.elapsed().as_secs_f64();
        assert_eq!((report.n_sent, destination.n_arrived()), (n, n));
        assert!(took > expected * 0.95 && took < expected * 1.05, "{limits:?}: {took} s");
        assert_eq!(destination.n_open.lock().unwrap().1, limits.at_once);
    }
}

#[tokio::test(start_paused = true)]
async fn store_calls_grow_linearly_with_the_backlog() {
    for n in [1_000, 2_000, 4_000, 8_000, 16_000] {
        // Each all-clear belongs to an alarm that was sent long ago and is known only to the store.
        let sent = alarms(n, Severity::Warning);
        let owed: Vec<Delivery> =
            (0..n).map(|index| all_clear("a", &format!("m{index}"), 1, &[&sent[index]])).collect();
        let outbox = holding(owed);
        for one in sent {
            outbox.add_delivery(one.after_try(Ok(None), START));
        }
        let destination =
            Timed::new(Duration::from_millis(50), SendLimits { at_once: 16, rate: None });
        sweep(&destination.notifier(["a"]), &outbox).await;
        assert_eq!(destination.n_arrived(), n);
        for call in [Operation::Predecessor, Operation::Claim, Operation::RecordDelivery] {
            assert_eq!(outbox.n_calls(call), n, "{call} for {n}");
        }
        let n_readings =
            outbox.n_calls(Operation::ReadAllOwed) + outbox.n_calls(Operation::ReadNewOwed);
        assert!(n_readings <= 1 + n / 900, "{n_readings} readings for {n}");
    }
}

#[tokio::test(start_paused = true)]
async fn superseded_deliveries_are_recorded_without_a_try() {
    let n = 8_000;
    let ended = alarms(n, Severity::Critical);
    let over = |index: usize| all_clear("a", &format!("m{index}"), 1, &[&ended[index]]);
    let outbox = holding(ended.iter().cloned().chain((0..n).map(over)));
    let destination = Timed::new(Duration::from_millis(200), PER_SECOND);
    let began = Instant::now();
    let report = sweep(&destination.notifier(["a"]), &outbox).await;
    assert_eq!((report.n_superseded, destination.n_arrived()), (2 * n, 0));
    assert!(began.elapsed() < Duration::from_secs(1), "the limit of the channel is for messages");
    assert_eq!(
        (outbox.n_calls(Operation::Claim), outbox.n_calls(Operation::RecordDelivery)),
        (2 * n, 2 * n)
    );
}

#[tokio::test(start_paused = true)]
async fn retry_after_pauses_all_parallel_sends_of_a_destination() {
    let rest = Duration::from_secs(30);
    let mut destination =
        Timed::new(Duration::from_millis(100), SendLimits { at_once: 8, rate: None });
    destination.slows_down = Some((100, rest));
    let outbox = holding(alarms(200, Severity::Warning));
    let notifier = destination.notifier(["a"]);
    let report = sweep(&notifier, &outbox).await;
    let asked_at = destination.arrived.lock().unwrap()[99].1;
    let n_in_flight = 8;
    assert!(destination.n_arrived() < 100 + n_in_flight, "{}", destination.n_arrived());
    assert!(asked_at.elapsed() < rest);
    let next = report.next_due_at.unwrap();
    assert!(next >= after(60) + rest && next <= after(60) + rest * 2, "{next}");
    sleep(rest).await;
    notifier.sweep(&outbox, &MemorySecrets::default(), next).await.unwrap();
    assert_eq!(destination.n_arrived(), 201);
}

#[tokio::test(start_paused = true)]
async fn parallel_sends_keep_the_order_of_the_deliveries_of_a_monitor() {
    let mut owed = Vec::new();
    for n in 0..10 {
        for monitor in ["api", "web", "cdn"] {
            owed.push(alarm("a", monitor, n));
        }
    }
    let outbox = holding(owed.clone());
    let destination = Timed::new(Duration::from_millis(100), SendLimits { at_once: 8, rate: None });
    sweep(&destination.notifier(["a"]), &outbox).await;
    assert_eq!(destination.n_open.lock().unwrap().1, 3, "one for each monitor");
    for monitor in ["api", "web", "cdn"] {
        let about = owed.iter().filter(|one| one.notification.monitor.as_str() == monitor);
        assert!(about.map(|one| destination.arrival(one)).is_sorted());
    }
}
