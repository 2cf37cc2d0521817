//! A kind of check that no other crate mentions. Its declaration alone adds it to the config, the
//! schema, the rules, the alerts and the summaries.

#[cfg(test)]
mod queue;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use allclear_channels::{ChannelSettings, Channels};
    use allclear_config::{ConfigErrors, Kinds, ValidConfig, load, schema};
    use allclear_core::Timestamp;
    use allclear_core::action::NoActions;
    use allclear_core::budget::NoBudget;
    use allclear_core::checker::{CheckContext, CheckKinds, PriorState};
    use allclear_core::config::Config;
    use allclear_core::id::{RegionId, ShardId};
    use allclear_core::outcome::{Finding, Labels, Metrics, Outcome, Verdict};
    use allclear_core::run::{Lane, Run, RunKey};
    use allclear_core::secret::Secrets;
    use allclear_core::state::ShardState;
    use allclear_core::status::{Fault, Status};
    use allclear_evaluate::ConfigIndex;
    use allclear_evaluate::fold::fold;
    use allclear_evaluate::summary::{History, SummaryFacts, compose};

    use crate::queue::Queues;

    const CONFIG: &str = "
[[monitor]]
id = 'mail'
name = 'Mail'
check.queue = { length = 120, degraded = 'length > 100' }
[[rule]]
id = 'queue_growing'
condition = 'metrics.queue_length > 50'
severity = 'info'
[[channel]]
id = 'team'
send.log = {}
[[summary]]
id = 'daily'
every = 'day'
at = '11:00'
";

    fn channels() -> Channels {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Channels::new(ChannelSettings::new(Arc::new(rustls::RootCertStore::empty()))).unwrap()
    }

    fn load_any(text: &str) -> Result<ValidConfig, ConfigErrors> {
        load(
            "allclear.toml",
            text,
            &Kinds { checks: &Queues, channels: &channels(), actions: &NoActions },
        )
    }

    fn config() -> Arc<Config> {
        let loaded = load_any(CONFIG).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        Arc::new(loaded.config)
    }

    fn refused(from: &str, to: &str) -> String {
        assert!(CONFIG.contains(from));
        load_any(&CONFIG.replace(from, to)).unwrap_err().to_string()
    }

    fn at(time: &str) -> Timestamp {
        format!("2026-11-21T{time}Z").parse().unwrap()
    }

    async fn finding(config: &Config) -> Finding {
        let checker = Queues.build(&config.monitors[0].check).unwrap();
        let secrets = Secrets::new();
        let context = CheckContext {
            now: at("10:00:00"),
            timeout: Duration::from_secs(1),
            secrets: &secrets,
            beat: None,
            listener_gap: None,
            prior_state: PriorState::Blank,
            budget: &NoBudget,
            interval: Duration::from_mins(1),
            force_all: false,
        };
        checker.check(context).await
    }

    fn run(config: &Config, time: &str, finding: Finding) -> Run {
        let key = RunKey { scheduled_at: at(time), region: RegionId::local(), lane: Lane::Main };
        let outcome = Outcome::new(config.monitors[0].id.clone(), Duration::ZERO, finding, 1);
        Run {
            shard: ShardId::main(),
            key,
            lag: Duration::ZERO,
            took: Duration::ZERO,
            outcomes: vec![outcome],
        }
    }

    fn measured(length: f64) -> Finding {
        Finding {
            metrics: Metrics::from([("queue_length".to_owned(), length)]),
            labels: Labels::from([("longest".to_owned(), "outbound".to_owned())]),
            ..Finding::of(Verdict::Healthy)
        }
    }

    #[test]
    fn the_config_validates_its_parameters_and_conditions() {
        assert_eq!(config().monitors[0].check.kind, "queue");
        let said = refused("length = 120", "lenght = 120");
        assert!(said.contains("lenght") && said.contains("did you mean `length`"), "{said}");
        let said = refused("'length > 100'", "'status > 100'");
        assert!(said.contains("unknown variable `status`"), "{said}");
    }

    #[test]
    fn the_schema_has_its_parameters() {
        let schema = schema(&Kinds { checks: &Queues, channels: &channels(), actions: &NoActions });
        let text = schema.to_string();
        assert!(text.contains("The number of waiting items."), "{text}");
    }

    #[test]
    fn a_rule_with_an_unknown_metric_causes_a_warning_with_a_hint() {
        let text = CONFIG.replace("metrics.queue_length > 50", "metrics.queue_lenght > 50");
        let warnings = load_any(&text).unwrap().warnings;
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert_eq!(warnings[0].hint.as_deref(), Some("did you mean `queue_length`?"));
    }

    #[test]
    fn the_config_changes_its_builtin_rule() {
        let rule = |config: &Config| {
            config.rules.iter().find(|rule| rule.id.as_str() == "queue_full").cloned()
        };
        assert_eq!(rule(&config()).unwrap().fault, Some(Fault::Quota));
        let changed = format!("{CONFIG}[[rule]]\nid = 'queue_full'\nfor = '5m'\n");
        let changed = rule(&load_any(&changed).unwrap().config).unwrap();
        assert_eq!(changed.hold_for, Duration::from_mins(5));
        assert_eq!(changed.condition, "metrics.queue_length > 90");
        let off = format!("{CONFIG}[[rule]]\nid = 'queue_full'\nenabled = false\n");
        assert_eq!(rule(&load_any(&off).unwrap().config), None);
    }

    #[tokio::test]
    async fn its_condition_can_use_its_variable() {
        let finding = finding(&config()).await;
        assert_eq!(finding.verdict.status(), Status::Degraded);
        let message = &finding.verdict.cause().unwrap().message;
        assert_eq!(message, "`length > 100` holds; length = 120");
    }

    #[test]
    fn rules_over_its_metric_fire_and_name_the_subject() {
        let config = config();
        let index = ConfigIndex::new(Arc::clone(&config)).unwrap().with_kinds(Queues.declared());
        let mut state = ShardState::default();
        fold(&mut state, &run(&config, "10:00:00", measured(10.0)), &index);
        let decision = fold(&mut state, &run(&config, "10:01:00", measured(95.0)), &index);
        let alerts: Vec<(&str, &str)> = decision
            .alerts
            .iter()
            .map(|alert| (alert.rule.as_str(), alert.message.as_str()))
            .collect();
        let message = "queue_length = 95 (outbound)";
        assert_eq!(alerts, [("queue_full", message)], "an own rule is confirmed by four outcomes");
        for time in ["10:02:00", "10:03:00"] {
            let decision = fold(&mut state, &run(&config, time, measured(95.0)), &index);
            assert!(decision.alerts.is_empty(), "{:?}", decision.alerts);
        }
        let confirmed = fold(&mut state, &run(&config, "10:04:00", measured(95.0)), &index);
        let alert = &confirmed.alerts[0];
        assert_eq!((alert.rule.as_str(), alert.message.as_str()), ("queue_growing", message));
    }

    #[test]
    fn a_summary_shows_its_line() {
        let config = config();
        let index = ConfigIndex::new(Arc::clone(&config)).unwrap().with_kinds(Queues.declared());
        let mut state = ShardState::default();
        let run = run(&config, "10:00:00", measured(42.0));
        fold(&mut state, &run, &index);
        let summary = &config.summaries[0];
        let covered = summary.covered(at("11:00:00")).unwrap();
        let history = History::new([], Vec::new(), Vec::new(), &[run]);
        let facts = SummaryFacts {
            shard: &ShardId::main(),
            index: &index,
            state: &state,
            history: &history,
        };
        let told = compose(summary, &covered, facts);
        let message = &told[0].notification.message;
        assert!(message.contains("\nQueue of Mail: 42 items, most in outbound."), "{message}");
    }
}
