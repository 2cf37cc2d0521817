//! The check that the parameters make.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{CheckContext, Checker, Checking, ParamProblem};
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use serde_json::Value;
use tokio::time::{Instant, timeout};
use url::Host;

use super::echoes::{EchoPlan, Echoes};
use super::params::{MAX_PACKETS, Params};
use super::{
    JITTER_MS, PACKET_LOSS_PERCENT, ROUND_TRIP_MAX_MS, ROUND_TRIP_MIN_MS, VARIABLES, socket,
};
use crate::SharedState;
use crate::attempt::{Attempt, AttemptPhase, patience};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, host_part, read};
use crate::service::{Conditions, ServiceReading, conclude};

const DEFAULT_PACKETS: u8 = 4;
const DEFAULT_SPACING: Duration = Duration::from_millis(200);
const DEFAULT_WAIT: Duration = Duration::from_secs(1);

/// The shortest time between two requests. Shorter ones are a load on the network.
const MIN_SPACING: Duration = Duration::from_millis(10);

/// An `icmp` check with its parameters.
#[derive(Debug)]
struct IcmpCheck {
    shared: Arc<SharedState>,
    host: Host,
    host_text: String,
    /// The host as the config has it.
    shown: String,
    family: AddressFamily,
    plan: EchoPlan,
    max_loss_percent: f64,
    conditions: Conditions,
}

pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let host = problems.host(&["address"], &params.address);
    let plan = plan(&params, &mut problems);
    let max_loss_percent = params.max_loss_percent.unwrap_or(0);
    if max_loss_percent > 100 {
        problems.add(&["max_loss_percent"], "more than all packets", Some("at most 100"));
    }
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let check = host.zip(plan).map(|(host, plan)| IcmpCheck {
        shared: Arc::clone(shared),
        host_text: host.to_string(),
        host,
        shown: host_part(&params.address).to_owned(),
        family: params.ip,
        plan,
        max_loss_percent: f64::from(max_loss_percent),
        conditions,
    });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

fn plan(params: &Params, problems: &mut ParamProblems) -> Option<EchoPlan> {
    let n_packets = params.packets.unwrap_or(DEFAULT_PACKETS);
    if !(1..=MAX_PACKETS).contains(&n_packets) {
        let hint = format!("1 to {MAX_PACKETS}");
        problems.add(&["packets"], format!("{n_packets} packets"), Some(&hint));
    }
    let spacing = match &params.spacing {
        Some(text) => problems.duration(&["spacing"], text)?,
        None => DEFAULT_SPACING,
    };
    if spacing < MIN_SPACING {
        problems.add(&["spacing"], "the requests are too close", Some("at least `\"10ms\"`"));
    }
    let wait = match &params.wait {
        Some(text) => problems.duration(&["wait"], text)?,
        None => DEFAULT_WAIT,
    };
    Some(EchoPlan { n_packets, spacing, wait })
}

impl Checker for IcmpCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let mut attempt = Attempt::start().showing(&self.host_text, &self.shown);
            // The requests end before the attempt would be cut off, because a missing answer is a result.
            let deadline = Instant::now() + patience(patience(context.timeout));
            let attempted = self.attempt(deadline, &mut attempt);
            let ended = timeout(patience(context.timeout), attempted).await;
            attempt.finish(ended, context.timeout)
        })
    }

    fn host(&self) -> Option<&str> {
        Some(&self.host_text)
    }
}

impl IcmpCheck {
    async fn attempt(&self, deadline: Instant, attempt: &mut Attempt) -> Result<Verdict, Cause> {
        let resolver = &self.shared.resolver;
        let addresses = resolver.addresses(&self.host, self.family, attempt).await?;
        attempt.note_addresses(&addresses);
        attempt.enter(AttemptPhase::FirstByte);
        let (socket, address) = socket::open(&addresses)?;
        let echoes = Echoes::collect(&socket, address, self.plan, deadline).await?;
        let loss = echoes.loss_percent();
        attempt.measure(PACKET_LOSS_PERCENT, loss);
        let Some(mean) = echoes.mean() else { return Err(echoes.unanswered(address)) };
        attempt.answered_within(mean);
        let mut reading = ServiceReading::default();
        reading.measure(PACKET_LOSS_PERCENT, loss);
        for (metric, time) in [
            (ROUND_TRIP_MIN_MS, echoes.shortest()),
            (ROUND_TRIP_MAX_MS, echoes.longest()),
            (JITTER_MS, echoes.jitter()),
        ] {
            if let Some(time) = time {
                reading.measure(metric, time.as_secs_f64() * 1000.0);
            }
        }
        if loss > self.max_loss_percent {
            let what = format!("{} from {address}", echoes.described());
            reading.degrade(Cause::of(Reason::PacketLoss, what));
        }
        conclude(reading, &self.conditions, attempt)
    }
}
