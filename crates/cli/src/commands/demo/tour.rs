//! Scripted events that happen while the demo is watched, and the text that explains them.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::beat::{Beat, BeatReport, BeatSignal};
use allclear_core::config::Config;
use allclear_core::id::MonitorId;
use allclear_core::ports::{ReadBeats as _, RecordBeat as _};
use allclear_demo::N_DAYS;
use allclear_local::SqliteStore;
use allclear_simulator::llm::LlmBehavior;
use allclear_simulator::{Behavior, Simulator};
use anyhow::Context as _;
use tokio::time::sleep;

use super::message;
use crate::arguments::Paths;
use crate::clock::now;
use crate::local::Machine;
use crate::output::bottom_line;

/// The simulator's inbox that plays Slack.
pub(super) const INBOX: &str = "slack";

/// A key that the simulator takes until it is revoked.
pub(super) const ANTHROPIC_KEY: &str = "demo-key-of-anthropic";

/// Time to the first token of the simulated providers, in milliseconds.
const FIRST_TOKEN_MS: u64 = 220;

/// The job that sends its own heartbeats.
const JOB: &str = "nightly-backup";

/// One step of the tour.
struct TourStep {
    /// Pause after the previous step.
    after: Duration,
    /// Changes of services from this step on.
    changes: &'static [(&'static str, DemoChange)],
    /// Text that is shown to the spectator.
    text: &'static str,
}

#[derive(Clone, Copy)]
enum DemoChange {
    Fails(u16),
    Slow(Duration),
    /// A provider's endpoint answers with this record of the simulator's.
    Responds(&'static str),
    /// A provider refuses the key of the demo, from now on or not any more.
    Revoked,
    Renewed,
    Healthy,
}

const STEPS: [TourStep; 10] = [
    TourStep {
        after: Duration::from_secs(15),
        changes: &[("checkout", DemoChange::Fails(503))],
        text: "Checkout fails now with status 503. Two failed checks in a row confirm the \
                outage, the page turns red, and Slack gets an alert.",
    },
    TourStep {
        after: Duration::from_secs(25),
        changes: &[("order-history", DemoChange::Fails(502))],
        text: "Order history, which depends on Checkout, fails too. The page shows it; no alert \
                is sent, because the cause has an alert already.",
    },
    TourStep {
        after: Duration::from_secs(35),
        changes: &[("checkout", DemoChange::Healthy), ("order-history", DemoChange::Healthy)],
        text: "Both work again. After two good checks in a row, each channel that got the alert \
                gets the all-clear.",
    },
    TourStep {
        after: Duration::from_secs(30),
        changes: &[("search", DemoChange::Slow(Duration::from_millis(900)))],
        text: "Search becomes slow: 900 ms instead of the expected 300. It still works, so it is \
                degraded, not down, and counts as up.",
    },
    TourStep {
        after: Duration::from_secs(40),
        changes: &[("search", DemoChange::Healthy)],
        text: "Search is fast again.",
    },
    TourStep {
        after: Duration::from_secs(15),
        changes: &[("openai.completion", DemoChange::Responds("server_is_overloaded"))],
        text: "OpenAI fails all completions now. The key is valid and the models are listed, so \
                the fault is OpenAI's. Its status page reports no problem.",
    },
    TourStep {
        after: Duration::from_secs(45),
        changes: &[("openai.status_page", DemoChange::Responds("page_major"))],
        text: "OpenAI's status page reports the outage now. `report` shows how much earlier \
                Allclear detected it.",
    },
    TourStep {
        after: Duration::from_secs(25),
        changes: &[
            ("openai.completion", DemoChange::Healthy),
            ("openai.status_page", DemoChange::Healthy),
        ],
        text: "OpenAI completes again.",
    },
    TourStep {
        after: Duration::from_secs(30),
        changes: &[("anthropic", DemoChange::Revoked)],
        text: "The key for Anthropic is revoked. That is not an outage of Anthropic: the team \
                gets an alert, and the page shows no data.",
    },
    TourStep {
        after: Duration::from_secs(40),
        changes: &[("anthropic", DemoChange::Renewed)],
        text: "The key is valid again.",
    },
];

/// The demo's live part.
pub(super) struct Tour {
    simulator: Simulator,
    config: Arc<Config>,
    store: Arc<SqliteStore>,
    config_file: PathBuf,
    data: PathBuf,
}

impl Tour {
    /// Creates the tour of the services that `simulator` plays and `machine` watches.
    pub(super) fn new(simulator: Simulator, machine: &Machine, place: &Paths) -> Self {
        Self {
            simulator,
            config: Arc::clone(&machine.config),
            store: Arc::clone(&machine.store),
            config_file: place.config.clone(),
            data: place.data.clone(),
        }
    }

    /// Makes every service healthy.
    pub(super) async fn prepare(&self) -> anyhow::Result<()> {
        for monitor in &self.config.monitors {
            self.change(monitor.id.as_str(), DemoChange::Healthy);
        }
        for provider in ["openai", "anthropic"] {
            self.change(&format!("{provider}.completion"), DemoChange::Healthy);
        }
        let job = MonitorId::new(JOB)?;
        let known = self.store.beats(std::slice::from_ref(&job)).await?;
        let previous = known.first().map(|(_, beat)| beat);
        let beat = Beat::following(previous, BeatReport::of(BeatSignal::Success), now());
        let recorded = self.store.record_beat(&job, previous, &beat).await;
        recorded.context("the job's beat was not recorded")
    }

    /// Plays the tour, then prints each message that Slack receives. Never returns.
    pub(super) async fn play(&self) {
        tokio::join!(self.steps(), self.messages());
    }

    async fn steps(&self) {
        let n_services = self.config.monitors.len();
        let delay: u64 = STEPS.iter().take(1).map(|step| step.after.as_secs()).sum();
        narrate(&format!(
            "{n_services} simulated services with {N_DAYS} days of history are monitored. Open \
             the page: all services are healthy; the first outage begins in {delay} seconds. In \
             another terminal:"
        ));
        let program = std::env::args().next().unwrap_or_else(|| "allclear".to_owned());
        write_line(&format!(
            "      {program} report --config {} --data {}",
            self.config_file.display(),
            self.data.display()
        ));
        for step in &STEPS {
            sleep(step.after).await;
            for (endpoint, change) in step.changes {
                self.change(endpoint, *change);
            }
            narrate(step.text);
        }
        sleep(Duration::from_secs(25)).await;
        narrate(
            "The tour has ended. The services stay healthy and monitored; stop with Ctrl-C. To \
             monitor your own services, edit `allclear.toml` and run `allclear up`.",
        );
    }

    /// Shows each message that comes to the inbox.
    async fn messages(&self) {
        let mut n_shown = 0;
        loop {
            let received = self.simulator.wait_for_inbox(INBOX, n_shown + 1).await;
            for one in received.iter().skip(n_shown) {
                narrate("Slack received this message:");
                for line in message::lines(one) {
                    write_line(&format!("      | {line}"));
                }
            }
            n_shown = received.len();
        }
    }

    /// Changes the behavior of an endpoint of the simulator, which is named after its monitor, or
    /// after a provider and the kind of request.
    fn change(&self, endpoint: &str, change: DemoChange) {
        let behavior = match change {
            DemoChange::Fails(code) => Behavior::status(code),
            DemoChange::Slow(delay) => Behavior::Ok.after(delay),
            DemoChange::Responds(row) => Behavior::llm_row(row),
            DemoChange::Revoked => return self.simulator.revoke_keys([ANTHROPIC_KEY]),
            DemoChange::Renewed => return self.simulator.revoke_keys([] as [&str; 0]),
            DemoChange::Healthy if endpoint.ends_with(".completion") => {
                LlmBehavior { first_token_ms: FIRST_TOKEN_MS, ..LlmBehavior::default() }.into()
            }
            DemoChange::Healthy => {
                let monitor = self.config.monitors.iter().find(|one| one.id.as_str() == endpoint);
                let expected = monitor.and_then(|monitor| monitor.expected_response_time);
                // Far from the threshold of slow, also on a busy machine.
                Behavior::Ok.after(expected.unwrap_or_default() / 4)
            }
        };
        self.simulator.set(endpoint, behavior);
    }
}

/// Tells the spectator something, in lines that a terminal shows whole.
fn narrate(text: &str) {
    const WIDTH: usize = 92;
    let mut line = "demo:".to_owned();
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            write_line(&line);
            "     ".clone_into(&mut line);
        }
        line.push(' ');
        line.push_str(word);
    }
    write_line(&line);
}

fn write_line(line: &str) {
    // A spectator who has gone is no error.
    let _ = writeln!(bottom_line::writer(), "{line}");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::commands::demo::TEMPLATE;

    #[test]
    fn each_change_is_of_a_service_and_is_reverted() {
        let mut failing = BTreeSet::new();
        for (endpoint, change) in STEPS.iter().flat_map(|step| step.changes) {
            let provider = endpoint.split('.').next().unwrap();
            let is_watched = [format!("id = \"{endpoint}\""), format!("provider = \"{provider}\"")]
                .iter()
                .any(|line| TEMPLATE.contains(line));
            assert!(is_watched, "{endpoint}");
            assert!(TEMPLATE.contains(&format!("/{provider}")), "{endpoint}");
            match change {
                DemoChange::Fails(_) | DemoChange::Slow(_) | DemoChange::Revoked => {
                    assert!(failing.insert(endpoint), "{endpoint}");
                }
                DemoChange::Responds(row) => {
                    let known = allclear_simulator::llm::rows(provider);
                    assert!(known.iter().any(|one| one.name == *row), "{provider} has no {row}");
                    assert!(failing.insert(endpoint), "{endpoint}");
                }
                DemoChange::Healthy | DemoChange::Renewed => {
                    assert!(failing.remove(endpoint), "{endpoint}");
                }
            }
        }
        assert!(failing.is_empty(), "{failing:?}");
        assert!(TEMPLATE.contains(&format!("id = \"{JOB}\"")));
    }
}
