//! The stages from text to a valid config. Each stage continues after the errors of the one before.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::Timestamp;
use allclear_core::checker::{Checker, Checkers};
use allclear_core::config::Config;
use allclear_core::id::RuleId;
use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::config_error::{ConfigError, ConfigErrors};
use crate::lints::{self, Places};
use crate::names::DefinedNames;
use crate::rules::RuleSet;
use crate::schema_check::{Removed, SchemaCheck};
use crate::spanned_error::{SourceText, Span, SpannedError};
use crate::specs::{Inherited, SpecReader};
use crate::thresholds::Categories;
use crate::{
    Kinds, actions, channels, document, metrics, monitors, notifications, raw, routes, rules,
    secrets, settings, silences, summaries, syntax, watchdog, windows,
};

/// A valid config with its checkers and warnings.
#[derive(Debug, Clone)]
pub struct ValidConfig {
    /// The config.
    pub config: Config,
    /// The checkers of the monitors, built while their parameters were validated.
    pub checkers: Checkers,
    /// Warnings about settings that are valid but probably not intended, sorted by place.
    pub warnings: Vec<ConfigError>,
    /// The end of each silence, and the warning that applies from then on.
    silences_end: Vec<(Timestamp, ConfigError)>,
    /// The rules that the config has and does not use, each with its line and column; `None` for a built-in rule that is
    /// disabled by default.
    disabled_rules: Vec<(RuleId, Option<(usize, usize)>)>,
}

impl ValidConfig {
    /// Returns the rules that the config has and does not use, each with the place at which it is disabled: ``at
    /// `allclear.toml:20:1` ``, or `by default`.
    #[must_use]
    pub fn disabled_rules(&self, file_name: &str) -> BTreeMap<RuleId, String> {
        let place = |place: Option<(usize, usize)>| match place {
            Some((line, column)) => format!("at `{file_name}:{line}:{column}`"),
            None => "by default".to_owned(),
        };
        self.disabled_rules.iter().map(|(id, at)| (id.clone(), place(*at))).collect()
    }

    /// Returns the warnings that depend on the time: silences that have ended by `now`.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> Vec<ConfigError> {
        let ended = self.silences_end.iter().filter(|(end, _)| *end <= now);
        ended.map(|(_, problem)| problem.clone()).collect()
    }
}

/// Reads a config from `text`. `file_name` appears only in messages.
///
/// # Errors
///
/// Fails if the text is not a valid config. The error contains every problem that was found, each
/// with its line and column.
pub fn load(file_name: &str, text: &str, kinds: &Kinds<'_>) -> Result<ValidConfig, ConfigErrors> {
    let source = SourceText::new(text);
    let repaired = syntax::repair(&source);
    let mut parsed = syntax::parse(&source, &repaired);
    let names = DefinedNames::of(&parsed.root, kinds.checks.declared());
    let pasted = secrets::pasted(&parsed.root);

    let schema = crate::schema(kinds);
    let mut walk = SchemaCheck::new(&source, &schema);
    walk.file(&mut parsed.root);
    let (mut findings, lost) = walk.into_parts();
    findings.extend(names.duplicates());
    findings.extend(names.reserved());

    let meaning = raw_file(&parsed.root, &mut findings).map(|file| {
        let inherited = Inherited::of(&file.defaults, &mut findings);
        let specs = SpecReader { text, kinds, lost: &lost, inherited };
        let meaning = Meaning { root: &parsed.root, specs, lost: &lost, names: &names };
        let (config, checkers, places) = meaning.of(&file, &mut findings);
        let route = file.route.as_ref();
        let mut warnings =
            route.map(|route| routes::unknown_names(&route.value, &names)).unwrap_or_default();
        warnings.extend(metrics::unknown(&file.rule, text, kinds));
        (config, checkers, places, warnings)
    });

    // A place that could not be parsed gets no further error, and a secret gets no error that could
    // quote it.
    let secrets: Vec<Span> = pasted.secrets.iter().map(|finding| finding.span.clone()).collect();
    let is_in = |parts: &[Span], finding: &SpannedError| {
        parts.iter().any(|part| part.contains(&finding.span.start))
    };
    findings.retain(|finding| {
        let can_be_reported = !parsed.has_gaps || !finding.about_absence;
        can_be_reported && !is_in(&parsed.unreadable, finding)
    });
    findings.extend(parsed.findings);
    findings.retain(|finding| !is_in(&secrets, finding));
    findings.extend(pasted.secrets);
    match meaning {
        Some((config, checkers, places, unknown)) if findings.is_empty() => {
            let warnings = [lints::all(&config, &checkers, &places), unknown, pasted.ids].concat();
            let silences_end = silences_end(&source, &config, &places);
            let disabled = places.disabled_rules.into_iter();
            let disabled =
                disabled.map(|one| (one.id, one.place.map(|place| source.place(place.start))));
            Ok(ValidConfig {
                config,
                checkers,
                warnings: source.problems(warnings, &[]),
                silences_end,
                disabled_rules: disabled.collect(),
            })
        }
        _ => {
            let problems = source.problems(findings, &secrets);
            Err(ConfigErrors { file_name: file_name.to_owned(), problems })
        }
    }
}

fn silences_end(
    source: &SourceText<'_>,
    config: &Config,
    places: &Places,
) -> Vec<(Timestamp, ConfigError)> {
    let ends = config.silences.iter().zip(&places.silences).flat_map(|(silence, place)| {
        let finding =
            SpannedError::new(place.clone(), format!("this silence ended {}", silence.until));
        let problems = source.problems(vec![finding.hint("remove it")], &[]);
        problems.into_iter().map(|problem| (silence.until, problem))
    });
    ends.collect()
}

/// Deserializes the document into the raw types. The schema check has removed everything that they
/// refuse; a remaining error is reported like any other problem.
fn raw_file(root: &DeTable<'_>, findings: &mut Vec<SpannedError>) -> Option<raw::File> {
    let root = Spanned::new(0..0, DeValue::Table(root.clone()));
    raw::File::deserialize(ValueDeserializer::from(root))
        .map_err(|error| {
            findings.push(SpannedError::new(error.span().unwrap_or(0..0), error.message()));
        })
        .ok()
}

/// The conversion of the raw file into the types of the core.
struct Meaning<'a, 'i> {
    root: &'a DeTable<'i>,
    specs: SpecReader<'a>,
    lost: &'a Removed,
    names: &'a DefinedNames,
}

impl Meaning<'_, '_> {
    fn of(&self, file: &raw::File, findings: &mut Vec<SpannedError>) -> (Config, Checkers, Places) {
        let defaults = settings::defaults(&file.defaults, findings);
        let settings = settings::settings(file, findings);
        findings.extend(self.nothing_to_watch(file));
        findings.extend(monitors::dependency_cycles(&file.monitor));
        let names = self.names;
        let categories =
            Categories::of(&file.thresholds, self.specs.kinds.checks.declared(), findings);
        let tables = document::section(self.root, "monitor");
        let monitors = file.monitor.iter().zip(tables).filter_map(|(raw, table)| {
            let (check, checker) = self.specs.check(table, findings).unzip();
            let mut monitor = monitors::monitor(raw, check, &defaults, names, findings)?;
            let kind = self.specs.kinds.checks.declared().get(&monitor.check.kind)?;
            monitor.thresholds = categories.of_monitor(raw, kind, findings);
            let checker: Arc<dyn Checker> = Arc::from(checker?);
            Some(((monitor.id.clone(), checker), monitor))
        });
        let (checkers, monitors): (Vec<_>, Vec<_>) = monitors.unzip();
        let checkers = checkers.into_iter().collect();
        let RuleSet { active: rules, disabled } =
            rules::rules(&file.rule, self.lost, &defaults, names, findings);
        let tables = document::section(self.root, "channel");
        let channels = file.channel.iter().zip(tables).filter_map(|(raw, table)| {
            let send = self.specs.send(table, findings);
            channels::channel(&raw.value, send, names, findings)
        });
        let channels = channels.collect();
        let tables = document::section(self.root, "action");
        let actions = file.action.iter().zip(tables).filter_map(|(raw, table)| {
            let run = self.specs.run(table, findings);
            actions::action(&raw.value, run, names, findings)
        });
        let actions = actions.collect();
        let maintenances = file.maintenance.iter();
        let maintenances = maintenances
            .filter_map(|raw| windows::maintenance(raw, self.lost, names, findings))
            .collect();
        let muted = file.silence.iter();
        let silences =
            muted.filter_map(|raw| silences::silence(&raw.value, names, findings)).collect();
        let places = Places {
            monitors: file.monitor.iter().filter_map(monitors::place_of_id).collect(),
            channels: file.channel.iter().map(|raw| raw.span.clone()).collect(),
            routes: file.route.as_ref().map(routes::places).unwrap_or_default(),
            silences: file.silence.iter().map(|raw| raw.span.clone()).collect(),
            summaries: file.summary.iter().map(|raw| raw.span.clone()).collect(),
            conditions: file
                .rule
                .iter()
                .filter_map(|raw| rules::condition_place(&raw.value))
                .collect(),
            actions: file.action.iter().map(actions::places).collect(),
            disabled_rules: disabled,
        };
        let page = settings::page(&file.page, names, findings);
        let summaries = file.summary.iter();
        let summaries =
            summaries.filter_map(|raw| summaries::summary(raw, names, findings)).collect();
        let notifications = notifications::notifications(&file.notifications, names, findings);
        let root = file.route.as_ref();
        let routing = root.map(|root| routes::routing(&root.value, names, findings));
        let config = Config {
            page,
            settings,
            monitors,
            rules,
            channels,
            maintenances,
            silences,
            summaries,
            actions,
            notifications,
            routing,
            watchdog: watchdog::watchdog(file.watchdog.as_ref(), findings),
        };
        (config, checkers, places)
    }

    fn nothing_to_watch(&self, file: &raw::File) -> Option<SpannedError> {
        let is_empty = file.monitor.is_empty() && !self.lost.had(0, "monitor");
        is_empty.then(|| {
            let hint =
                "add a `[[monitor]]` with an `id` and `check.http = { url = \"https://…\" }`";
            SpannedError::new(0..0, "no monitor is configured").hint(hint).about_absence()
        })
    }
}
