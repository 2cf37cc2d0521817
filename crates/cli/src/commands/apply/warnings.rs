//! Warnings about a valid config that works differently, or not at all, in a deployed stack.

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::action::ActionKinds as _;
use allclear_core::channel::ChannelKinds as _;
use allclear_core::checker::ParamProblem;
use allclear_core::id::SecretName;

use crate::local::LoadedConfig;
use crate::stack::Stack;

/// Interval at which the schedule fires.
const WINDOW: Duration = Duration::from_mins(1);

/// Returns all warnings, one sentence each.
pub(super) async fn all(stack: &Stack, loaded: &LoadedConfig) -> anyhow::Result<Vec<String>> {
    let mut warnings = Vec::new();
    warnings.extend(too_often(loaded));
    if !stack.takes_beats() {
        warnings.extend(beats_lost(loaded));
    }
    warnings.extend(allclear_bill::warnings(&loaded.config, &loaded.catalog.probes));
    let named = secrets(loaded)?;
    if !named.is_empty() {
        warnings.extend(missing(&named, stack.secret_names().await));
    }
    Ok(warnings)
}

fn too_often(loaded: &LoadedConfig) -> Option<String> {
    let monitors = loaded.config.monitors.iter().filter(|monitor| monitor.interval < WINDOW);
    let ids: Vec<&str> = monitors.map(|monitor| monitor.id.as_str()).collect();
    (!ids.is_empty()).then(|| {
        format!(
            "on AWS a monitor is checked at most once a minute; shorter intervals: \
                 {}",
            listed(&ids)
        )
    })
}

fn beats_lost(loaded: &LoadedConfig) -> Option<String> {
    let mut ids = Vec::new();
    for monitor in &loaded.config.monitors {
        if loaded.checkers.get(&monitor.id).is_some_and(|one| one.listens_for_beats()) {
            ids.push(monitor.id.as_str());
        }
    }
    (!ids.is_empty()).then(|| {
        format!(
            "the stack accepts no beats, so these monitors will be unhealthy: {}; deploy it with \
             `HeartbeatUrl=on`",
            listed(&ids)
        )
    })
}

/// Returns the secrets that the config names.
fn secrets(loaded: &LoadedConfig) -> anyhow::Result<BTreeSet<SecretName>> {
    let LoadedConfig { config, catalog, checkers, .. } = loaded;
    let mut names: BTreeSet<SecretName> =
        checkers.iter().flat_map(|(_, checker)| checker.secrets()).collect();
    for channel in &config.channels {
        names.extend(built(catalog.channels.build(&channel.send))?.secrets());
    }
    for action in &config.actions {
        names.extend(built(catalog.actions.build(&action.run))?.secrets());
    }
    Ok(names)
}

fn missing(
    named: &BTreeSet<SecretName>,
    there: Result<BTreeSet<String>, String>,
) -> Option<String> {
    let there = match there {
        Ok(there) => there,
        Err(why) => {
            let ids: Vec<&str> = named.iter().map(SecretName::as_str).collect();
            return Some(format!(
                "cannot read the stack's secret to look for {}: {why}",
                listed(&ids)
            ));
        }
    };
    let all = named.iter().map(SecretName::as_str);
    let lacking: Vec<&str> = all.filter(|name| !there.contains(*name)).collect();
    (!lacking.is_empty()).then(|| {
        format!(
            "the stack's secret lacks {}: add them with `allclear keys set NAME --stack STACK`; \
             until then the checks that need them are unknown, and the notifications that need \
             them are retried; attempts of actions fail",
            listed(&lacking)
        )
    })
}

/// Unwraps the result of building a check. A validated config can always be built.
fn built<T>(result: Result<T, Vec<ParamProblem>>) -> anyhow::Result<T> {
    result.map_err(|problems| {
        let messages: Vec<String> = problems.into_iter().map(|problem| problem.what).collect();
        anyhow::anyhow!("{}", messages.join("; "))
    })
}

/// The most names that are listed.
const MAX_LISTED: usize = 5;

fn listed(names: &[&str]) -> String {
    let mut shown: Vec<String> =
        names.iter().take(MAX_LISTED).map(|name| format!("`{name}`")).collect();
    if names.len() > MAX_LISTED {
        shown.push(format!("{} more", names.len() - MAX_LISTED));
    }
    match shown.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => shown.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(text: &str) -> LoadedConfig {
        let _ = rustls::crypto::ring::default_provider().install_default();
        crate::local::load_text("allclear.toml", text).unwrap()
    }

    #[test]
    fn intervals_shorter_than_the_schedule_cause_a_warning() {
        let text = "[[monitor]]\nid = 'a'\ninterval = '30s'\ncheck.tcp.address = 'a:1'\n\
                    [[monitor]]\nid = 'b'\ncheck.tcp.address = 'b:1'\n";
        let message = too_often(&loaded(text)).unwrap();
        assert!(message.contains("`a`") && !message.contains("`b`"), "{message}");
        assert_eq!(too_often(&loaded("[[monitor]]\nid = 'b'\ncheck.tcp.address = 'b:1'\n")), None);
    }

    #[test]
    fn heartbeats_without_an_address_cause_a_warning() {
        let text = "[[monitor]]\nid = 'job'\n\
                    check.heartbeat = { token = '0123456789abcdef', period = '1d' }\n";
        let message = beats_lost(&loaded(text)).unwrap();
        assert!(message.contains("`job`") && message.contains("HeartbeatUrl"), "{message}");
    }

    #[test]
    fn missing_secrets_of_checks_and_channels_cause_a_warning() {
        let text = "[[monitor]]\nid = 'api'\ncheck.http = { url = 'https://a.example', \
                    auth.bearer = 'secret:api-key' }\n\
                    [[channel]]\nid = 'team'\nsend.slack = { webhook_url = 'secret:slack' }\n";
        let named = secrets(&loaded(text)).unwrap();
        let there = |names: &[&str]| Ok(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(missing(&named, there(&["api-key", "slack", "other"])), None);
        let message = missing(&named, there(&["slack"])).unwrap();
        assert!(message.contains("`api-key`") && !message.contains("`slack`"), "{message}");
        let message = missing(&named, Err("AccessDeniedException".to_owned())).unwrap();
        assert!(message.contains("AccessDeniedException"), "{message}");
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(listed(&["a"]), "`a`");
        assert_eq!(listed(&["a", "b"]), "`a` and `b`");
        assert_eq!(
            listed(&["a", "b", "c", "d", "e", "f", "g"]),
            "`a`, `b`, `c`, `d`, `e` and 2 more"
        );
    }
}
