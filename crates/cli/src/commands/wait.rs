//! `allclear wait`: checks one monitor again and again until it is healthy.

use std::process::ExitCode;

use allclear_core::duration;
use allclear_core::status::Status;
use tokio::time::{Instant, sleep_until};

use crate::arguments::{Place, Wait};
use crate::commands::{CANNOT_TELL, NOT_HEALTHY, check};
use crate::machine::Machine;
use crate::output;

/// Waits until the monitor is healthy, or the time is over.
pub(crate) async fn run(place: &Place, options: &Wait) -> anyhow::Result<ExitCode> {
    let machine = Machine::open(place)?;
    let monitors = check::named(&machine, std::slice::from_ref(&options.id))?;
    let began = Instant::now();
    let mut last = String::new();
    loop {
        let checked_at = Instant::now();
        let Some(outcome) = check::check(&machine, &monitors).await?.pop() else {
            anyhow::bail!("the check of `{}` ended without an outcome", options.id);
        };
        let status = outcome.status();
        if status == Status::Healthy {
            let waited = duration::format(began.elapsed());
            output::line(&format!("{} is healthy after {waited}", options.id));
            return Ok(ExitCode::SUCCESS);
        }
        let why = outcome.verdict.cause().map(|cause| cause.message.clone()).unwrap_or_default();
        let said = format!("{} is {status}: {why}", options.id);
        if said != last {
            output::note(&said);
            last = said;
        }
        let next = checked_at + options.every;
        if next >= began + options.timeout {
            let waited = duration::format(options.timeout);
            output::line(&format!("{} is still {status} after {waited}", options.id));
            let code = if status == Status::Unknown { CANNOT_TELL } else { NOT_HEALTHY };
            return Ok(ExitCode::from(code));
        }
        sleep_until(next).await;
    }
}
