#![doc = include_str!("../README.md")]

mod fake;
mod sandbox;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use allclear_aws::cloud::Cloud;
use allclear_aws::dynamo::DynamoStore;
use allclear_core::Timestamp;
use allclear_core::config::{Config, Page, Settings};
use allclear_core::id::MonitorId;
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::ports::{AppliedConfig, ApplyConfig as _, ReadConfig as _};
use anyhow::Context as _;
use serde_json::json;

use crate::fake::{Fake, Step};
use crate::sandbox::{Group, Sandbox};

/// The number of starts of each program, without `--once`.
const N_STARTS: usize = 11;

/// The measured shares of a core: a label and the share in percent; `None` is a full core.
const SHARES: [(&str, Option<f64>); 3] =
    [("full core", None), ("256 MB, 14.5 %", Some(14.5)), ("128 MB, 7.2 %", Some(7.2))];

/// The number of monitors for the measurement of memory.
const N_MONITORS: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    // Fails only if a provider is already installed, which has the same effect.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (options, programs): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument == "--once");
    let n_starts = if options.is_empty() { N_STARTS } else { 1 };
    let mut programs = programs.into_iter().map(PathBuf::from);
    let prober = programs.next().context("name the prober, and a program to compare it with")?;
    let other = programs.next();
    let fake = Fake::start().await?;
    let folder = tempfile::tempdir()?;
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, &fake.authority_pem)?;
    let environment = environment(&fake, &authority);

    apply(&fake, 1).await?;
    print_line(&format!("median of {n_starts} starts: ms of wall time / ms of CPU time"));
    print_line(
        "program                        share             first call     first next     first answer",
    );
    for program in [Some(&prober), other.as_ref()].into_iter().flatten() {
        for (name, percent) in SHARES {
            let group = match percent.map(Group::with_share).transpose() {
                Ok(group) => group,
                Err(error) => {
                    print_line(&format!(
                        "{name}: NOT MEASURED, cgroups cannot be written: {error}"
                    ));
                    continue;
                }
            };
            let mut starts = Vec::new();
            for _ in 0..n_starts {
                starts.push(measure(&fake, program, &environment, group.as_ref()).await?.0);
            }
            let of = |step: fn(&Start) -> Used| median(starts.iter().map(step).collect());
            let program = program.file_name().unwrap_or_default().to_string_lossy();
            print_line(&format!(
                "{program:<30} {name:<16} {} {} {}",
                of(|start| start.call),
                of(|start| start.next),
                of(|start| start.answer)
            ));
        }
    }
    apply(&fake, N_MONITORS).await?;
    let (_, peak_kb) = measure(&fake, &prober, &environment, None).await?;
    print_line(&format!("{N_MONITORS} HTTPS monitors at once: {peak_kb} kB resident at the most"));
    Ok(())
}

/// The time of a step, and the usage of the process at that time.
#[derive(Debug, Clone, Copy)]
struct Used {
    wall: Duration,
    cpu: Duration,
}

impl std::fmt::Display for Used {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        write!(f, "{:>6.1} / {:<5.1}", ms(self.wall), ms(self.cpu))
    }
}

struct Start {
    call: Used,
    next: Used,
    answer: Used,
}

/// Measures one start: its steps, and the peak memory in kilobytes.
async fn measure(
    fake: &Fake,
    program: &Path,
    environment: &[(String, String)],
    group: Option<&Group>,
) -> anyhow::Result<(Start, u64)> {
    let n_before = fake.n_runs();
    // Each run gets its own minute in the past: the prober refuses the future, and a second run of
    // the same minute.
    let minute = now().as_second() / 60 * 60 - 60 * i64::try_from(n_before)?;
    let scheduled_time = Timestamp::from_second(minute)?;
    fake.expect(json!({ "scheduled_time": scheduled_time.to_string() }));
    let sandbox = Sandbox::start(program, environment, group).await?;
    let steps = async {
        let mut used = Vec::new();
        for step in [Step::Call, Step::Next, Step::Answer] {
            let wall = sandbox.since_start(fake.step(step).await);
            used.push(Used { wall, cpu: sandbox.used()? });
        }
        fake.step(Step::Again).await;
        anyhow::Ok(used)
    };
    let steps = tokio::time::timeout(Duration::from_mins(1), steps).await;
    let steps = steps.context("the function did not answer within a minute")??;
    fake.answer().await?;
    anyhow::ensure!(fake.n_runs() > n_before, "no run was written");
    let peak_kb = sandbox.peak_kb()?;
    sandbox.end().await?;
    let [call, next, answer] = steps.as_slice() else { anyhow::bail!("a step is missing") };
    Ok((Start { call: *call, next: *next, answer: *answer }, peak_kb))
}

fn median(mut all: Vec<Used>) -> Used {
    let middle = all.len() / 2;
    all.sort_by_key(|used| used.wall);
    let wall = all.get(middle).map_or(Duration::ZERO, |used| used.wall);
    all.sort_by_key(|used| used.cpu);
    let cpu = all.get(middle).map_or(Duration::ZERO, |used| used.cpu);
    Used { wall, cpu }
}

/// Activates a config of `n` monitors, each with the secret.
async fn apply(fake: &Fake, n: usize) -> anyhow::Result<()> {
    let variable = |name: &str| match name {
        "AWS_REGION" => Some("eu-central-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        "AWS_ENDPOINT_URL" => Some(fake.plain.clone()),
        _ => None,
    };
    let cloud = Cloud::from_variables(variable)?;
    let store = DynamoStore::new(&cloud, "allclear", (&Settings::default()).into());
    let page = Page::titled("Status");
    let config = Config {
        page,
        settings: Settings::default(),
        monitors: (0..n).map(|n| monitor(n, &fake.tls)).collect::<Result<_, _>>()?,
        rules: Vec::new(),
        channels: Vec::new(),
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
        actions: Vec::new(),
        notifications: NotificationSettings::immediate(),
        routing: None,
        watchdog: None,
    };
    let (text, by) = (String::new(), "cold-start".to_owned());
    let version = store.config_version().await?;
    store.apply_config(version, &AppliedConfig { config, text, at: now(), by }).await?;
    Ok(())
}

fn monitor(n: usize, target: &str) -> anyhow::Result<Monitor> {
    let id = MonitorId::new(format!("service-{n}"))?;
    let params = json!({
        "url": format!("{target}/status"),
        "auth": { "bearer": "secret:api-key" },
    });
    Ok(Monitor::new(id, CheckSpec { kind: "http".to_owned(), params }))
}

/// Returns the environment that Lambda and the template give a function.
fn environment(fake: &Fake, authority: &Path) -> Vec<(String, String)> {
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    [
        ("AWS_LAMBDA_RUNTIME_API", fake.runtime.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", "prober"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", &fake.tls),
        ("SSL_CERT_FILE", &authority.display().to_string()),
        ("ALLCLEAR_TABLE", "allclear"),
        ("ALLCLEAR_SECRET", "allclear"),
    ]
    .map(own)
    .to_vec()
}

#[expect(clippy::disallowed_methods, reason = "this is the edge where the clock is read")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn print_line(line: &str) {
    // A reader that closes early, such as `head`, is no error.
    let _ = writeln!(std::io::stdout(), "{line}");
}
