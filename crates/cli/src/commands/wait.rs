//! `allclear wait`: checks one monitor again and again until it is healthy.

use std::process::ExitCode;

use allclear_core::duration;
use allclear_core::status::Status;
use tokio::time::{Instant, sleep_until};

use crate::arguments::{Named, Paths, Wait};
use crate::commands::check::CheckOrigin;
use crate::exit_code::{CANNOT_TELL, NOT_HEALTHY};
use crate::output;

/// Waits until the monitor is healthy, or the time is over.
pub(crate) async fn run(place: &Paths, options: &Wait) -> anyhow::Result<ExitCode> {
    let named = Named::read(&options.named)?;
    let origin = CheckOrigin::open(place, &named, &options.stack).await?;
    let [id] = named.ids.as_slice() else {
        anyhow::bail!("name one monitor to wait for, and at most one config");
    };
    let began = Instant::now();
    let deadline = began + options.timeout;
    let mut last = String::new();
    loop {
        let checked_at = Instant::now();
        let seen = origin.check(std::slice::from_ref(id)).await?;
        let Some(outcome) = seen.last() else {
            anyhow::bail!("the check of `{id}` ended without an outcome");
        };
        let status = outcome.status;
        if status == Status::Healthy {
            let waited = duration::format(began.elapsed());
            output::line(&format!("{id} is healthy after {waited}"));
            return Ok(ExitCode::SUCCESS);
        }
        let line = format!("{id} is {status}: {}", outcome.message.unwrap_or_default());
        if line != last {
            output::note(&line);
            last = line;
        }
        if checked_at >= deadline {
            let waited = duration::format(options.timeout);
            output::line(&format!("{id} is still {status} after {waited}"));
            let code = if status == Status::Unknown { CANNOT_TELL } else { NOT_HEALTHY };
            return Ok(ExitCode::from(code));
        }
        // The last check is made when the time is over.
        sleep_until(deadline.min(checked_at + options.every)).await;
    }
}
