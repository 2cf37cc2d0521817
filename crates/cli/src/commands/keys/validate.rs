//! `allclear keys validate`: asks providers whether keys are good.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::cost::Cost;
use allclear_core::duration;
use allclear_core::id::SecretName;
use allclear_llm::key::{KeyValidity, Validation};

use super::KeyContext;
use super::latest_outcomes::LatestOutcomes;
use super::secret_uses::SecretUse;
use super::validation::ValidationResults;
use super::validator::{KeyValidator, RevalidationPolicy, ValidatedKey};
use crate::arguments::{Paths, ValidateKeys};
use crate::exit_code::{CANNOT_TELL, NOT_HEALTHY};
use crate::{clock, output};

/// Asks about the named keys, or all.
pub(super) async fn run(place: &Paths, options: &ValidateKeys) -> anyhow::Result<ExitCode> {
    let KeyContext { keyring, config } = KeyContext::open(place, &options.stack).await?;
    let loaded = config?;
    let named = chosen(loaded.secret_uses()?, &options.names)?;
    let mut results = ValidationResults::load(place);
    let policy = if options.force {
        RevalidationPolicy::Always
    } else {
        RevalidationPolicy::WhenDue(LatestOutcomes::read(place, &options.stack).await)
    };
    let mut validator =
        KeyValidator { keyring: &keyring, results: &mut results, now: clock::now(), policy };
    let progress = output::spinner("validating the keys with their providers");
    let mut asked = Vec::new();
    for (name, uses) in &named {
        asked.extend(validator.validate_all(name, uses).await);
    }
    validator.save_results();
    progress.finish_and_clear();
    if options.json {
        output::json(&asked);
    } else if asked.is_empty() {
        output::line("no monitor of the config uses a provider key");
    } else {
        print(&asked, clock::now());
    }
    Ok(exit_code(&asked))
}

/// Returns the keys of providers among `all`: those of these names, or all.
fn chosen(
    all: BTreeMap<SecretName, Vec<SecretUse>>,
    names: &[SecretName],
) -> anyhow::Result<BTreeMap<SecretName, Vec<SecretUse>>> {
    let is_key = |uses: &Vec<SecretUse>| uses.iter().any(|one| one.key.is_some());
    for name in names {
        let uses = all.get(name).map(Vec::as_slice).unwrap_or_default();
        if !uses.iter().any(|one| one.key.is_some()) {
            let keys = all.iter().filter(|(_, uses)| is_key(uses));
            let keys: Vec<String> = keys.map(|(name, _)| format!("`{name}`")).collect();
            let known = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
            anyhow::bail!("no monitor uses `{name}` as a provider key; known keys: {known}");
        }
    }
    let wanted = |name: &SecretName| names.is_empty() || names.contains(name);
    Ok(all.into_iter().filter(|(name, uses)| wanted(name) && is_key(uses)).collect())
}

/// Returns 0 if all are good, 1 if one is refused, 2 if one is inconclusive.
pub(super) fn exit_code(asked: &[ValidatedKey]) -> ExitCode {
    match asked.iter().map(|one| one.validation.answer).max() {
        None | Some(KeyValidity::Good) => ExitCode::SUCCESS,
        Some(KeyValidity::Unclear) => ExitCode::from(CANNOT_TELL),
        Some(KeyValidity::Refused) => ExitCode::from(NOT_HEALTHY),
    }
}

/// Prints the results as a table, and the warnings below it.
pub(super) fn print(asked: &[ValidatedKey], now: Timestamp) {
    let rows: Vec<[String; 4]> = asked
        .iter()
        .map(|one| {
            let sign = match one.validation.answer {
                KeyValidity::Good => "✓",
                KeyValidity::Unclear => "?",
                KeyValidity::Refused => "✗",
            };
            let mut text = sentence(&one.validation, now);
            if one.is_remembered {
                text = format!("{text} (asked {} ago)", age(now, one.validation.at));
            }
            let shown = one.shown.clone().unwrap_or_else(|| "not set".to_owned());
            [one.secret.to_string(), shown, one.title.clone(), format!("{sign} {text}")]
        })
        .collect();
    output::table(["SECRET", "VALUE", "KEY OF", "ANSWER"], &rows);
    for one in asked {
        for doubt in one.validation.facts.warnings.iter().chain(&one.doubts) {
            output::note(&format!("warning: `{}`: {doubt}", one.secret));
        }
    }
}

fn sentence(validation: &Validation, now: Timestamp) -> String {
    let mut parts = Vec::new();
    match validation.answer {
        KeyValidity::Good => parts.push("good".to_owned()),
        KeyValidity::Refused => parts.push("refused".to_owned()),
        KeyValidity::Unclear => parts.push("cannot tell".to_owned()),
    }
    if let (Some(fault), Some(reason)) = (validation.fault, validation.reason) {
        parts.push(format!("fault {fault}, {reason}"));
    }
    if validation.facts.is_trial {
        parts.push("a trial's".to_owned());
    }
    if validation.facts.is_restricted {
        parts.push("restricted".to_owned());
    }
    parts.extend(validation.facts.role.as_ref().map(|role| format!("role {role}")));
    parts.extend(validation.facts.owner.as_ref().map(|whose| format!("of `{whose}`")));
    let dollars = |usd: f64| Cost::from_dollars(usd).to_string();
    match (validation.facts.left_usd, validation.facts.limit_usd) {
        (Some(left), Some(limit)) => {
            parts.push(format!("{} of {} left", dollars(left), dollars(limit)));
        }
        (Some(left), None) => parts.push(format!("{} left", dollars(left))),
        (None, Some(limit)) => parts.push(format!("limit {}", dollars(limit))),
        (None, None) => {}
    }
    parts.extend(validation.facts.expires.map(|at| format!("expires {}", expiry(now, at))));
    let text = parts.join(", ");
    match &validation.message {
        Some(message) => format!("{text}: {message}"),
        None => text,
    }
}

/// Formats the end of a validity period with its distance: `2026-12-01, in 9 days`.
pub(super) fn expiry(now: Timestamp, at: Timestamp) -> String {
    let days = at.duration_since(now).as_secs() as f64 / 86_400.0;
    let date = at.strftime("%Y-%m-%d");
    if days < 0.0 {
        return format!("{date}, {:.0} days ago", days.abs().floor());
    }
    format!("{date}, in {:.0} days", days.floor())
}

/// Formats the time since `at` in whole minutes, hours or days.
pub(super) fn age(now: Timestamp, at: Timestamp) -> String {
    let seconds = Duration::try_from(now.duration_since(at)).unwrap_or_default().as_secs();
    let unit = [86_400, 3_600, 60].into_iter().find(|unit| seconds >= *unit).unwrap_or(1);
    duration::format(Duration::from_secs(seconds - seconds % unit))
}

#[cfg(test)]
mod tests {
    use allclear_llm::key::KeyFacts;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_rounded_to_the_largest_unit() {
        let now = at("2026-11-22T12:00:00Z");
        assert_eq!(expiry(now, at("2026-12-01T13:00:00Z")), "2026-12-01, in 9 days");
        assert_eq!(expiry(now, at("2026-11-20T11:00:00Z")), "2026-11-20, 2 days ago");
        for (before, text) in [
            ("2026-11-22T11:59:20Z", "40s"),
            ("2026-11-22T11:20:10Z", "39m"),
            ("2026-11-22T01:20:10Z", "10h"),
            ("2026-11-12T01:20:10Z", "10d"),
        ] {
            assert_eq!(age(now, at(before)), text);
        }
    }

    #[test]
    fn all_facts_about_a_key_are_printed() {
        let now = at("2026-11-22T12:00:00Z");
        let facts = KeyFacts {
            expires: Some(at("2026-12-01T13:00:00Z")),
            role: Some("management".to_owned()),
            is_trial: true,
            limit_usd: Some(10.0),
            left_usd: Some(2.5),
            ..KeyFacts::default()
        };
        assert_eq!(
            sentence(&Validation::good(facts, now), now),
            "good, a trial's, role management, $2.50 of $10.00 left, expires 2026-12-01, in 9 days"
        );
        let unclear = Validation::unclear("it is not set", now);
        assert_eq!(sentence(&unclear, now), "cannot tell: it is not set");
    }
}
