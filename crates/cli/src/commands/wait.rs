//! `allclear wait`: checks one monitor again and again until it is healthy.

use std::process::ExitCode;

use allclear_core::duration;
use allclear_core::status::Status;
use tokio::time::{Instant, sleep_until};

use crate::arguments::{Place, Wait};
use crate::commands::check::Eye;
use crate::commands::{CANNOT_TELL, NOT_HEALTHY};
use crate::output;

/// Waits until the monitor is healthy, or the time is over.
pub(crate) async fn run(place: &Place, options: &Wait) -> anyhow::Result<ExitCode> {
    let eye = Eye::open(place, options.stack.stack.as_deref()).await?;
    let began = Instant::now();
    let deadline = began + options.timeout;
    let mut last = String::new();
    loop {
        let checked_at = Instant::now();
        let seen = eye.check(std::slice::from_ref(&options.id)).await?;
        let Some(outcome) = seen.last() else {
            anyhow::bail!("the check of `{}` ended without an outcome", options.id);
        };
        let status = outcome.status;
        if status == Status::Healthy {
            let waited = duration::format(began.elapsed());
            output::line(&format!("{} is healthy after {waited}", options.id));
            return Ok(ExitCode::SUCCESS);
        }
        let said = format!("{} is {status}: {}", options.id, outcome.message.unwrap_or_default());
        if said != last {
            output::note(&said);
            last = said;
        }
        if checked_at >= deadline {
            let waited = duration::format(options.timeout);
            output::line(&format!("{} is still {status} after {waited}", options.id));
            let code = if status == Status::Unknown { CANNOT_TELL } else { NOT_HEALTHY };
            return Ok(ExitCode::from(code));
        }
        // The last check is made when the time is over.
        sleep_until(deadline.min(checked_at + options.every)).await;
    }
}
