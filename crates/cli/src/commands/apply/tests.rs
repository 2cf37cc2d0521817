use std::sync::Arc;

use allclear_support::{Call, CallOutcome, Hook, Hooked, MemoryStore, Operation, PlannedFault};

use super::*;

/// Another operator, who applies a config right before this one.
struct Rival {
    store: MemoryStore,
    applied: AppliedConfig,
}

impl Hook for Rival {
    fn before<'a>(&'a self, call: &'a Call) -> Hooked<'a, CallOutcome> {
        Box::pin(async move {
            if call.operation == Operation::ApplyConfig {
                self.store.apply_config(0, &self.applied).await.unwrap();
            }
            CallOutcome::Works
        })
    }

    fn after<'a>(&'a self, _: &'a Call) -> Hooked<'a, ()> {
        Box::pin(async {})
    }
}

const ONE: &str = "[[monitor]]\nid = 'api'\ncheck.tcp.address = 'a:1'\n";
const TWO: &str = "[[monitor]]\nid = 'api'\ninterval = '5m'\ncheck.tcp.address = 'a:1'\n";

fn loaded(text: &str) -> LoadedConfig {
    let _ = rustls::crypto::ring::default_provider().install_default();
    local::load_text("allclear.toml", text).unwrap()
}

fn unconfirmed() -> Apply {
    Apply { file: None, stack: "allclear".to_owned(), yes: false, dry_run: false, json: true }
}

fn confirmed() -> Apply {
    Apply { yes: true, ..unconfirmed() }
}

fn dry_run() -> Apply {
    Apply { dry_run: true, ..confirmed() }
}

async fn apply(
    table: &MemoryStore,
    text: &str,
    options: &Apply,
) -> anyhow::Result<(Plan, ExitCode)> {
    let loaded = loaded(text);
    let mut plan = Plan::make(table, "allclear", &loaded.config).await?;
    let code = decide(table, &mut plan, options, &loaded, text.to_owned()).await?;
    Ok((plan, code))
}

#[tokio::test]
async fn a_config_becomes_the_next_version_with_its_text() {
    let table = MemoryStore::default();
    let (plan, _) = apply(&table, ONE, &confirmed()).await.unwrap();
    let changes: Vec<String> = plan.changes.iter().map(ToString::to_string).collect();
    assert!(changes.contains(&"+ monitor api".to_owned()), "{changes:?}");
    assert!(changes.contains(&"+ rule service_down".to_owned()), "{changes:?}");
    let (plan, _) = apply(&table, TWO, &confirmed()).await.unwrap();
    assert_eq!((plan.active_version, plan.applied_version), (1, Some(2)));
    let changes: Vec<String> = plan.changes.iter().map(ToString::to_string).collect();
    assert_eq!(changes, ["~ monitor api: interval 1m → 5m"]);
    assert_eq!(table.configs()[1].text, TWO);
    assert_eq!(table.configs()[1].config, *loaded(TWO).config);
}

#[tokio::test]
async fn nothing_is_written_without_changes_or_in_a_dry_run() {
    let table = MemoryStore::default();
    let (plan, code) = apply(&table, ONE, &dry_run()).await.unwrap();
    assert_eq!((plan.applied_version, code), (None, ExitCode::SUCCESS));
    assert_eq!(table.configs().len(), 0);

    apply(&table, ONE, &confirmed()).await.unwrap();
    let in_other_words = format!("# A comment.\n{ONE}");
    let (plan, code) = apply(&table, &in_other_words, &unconfirmed()).await.unwrap();
    assert!(plan.is_nothing());
    assert_eq!((plan.applied_version, code), (None, ExitCode::SUCCESS));
    assert_eq!(table.configs().len(), 1);
}

#[tokio::test]
async fn nothing_is_written_without_confirmation() {
    let table = MemoryStore::default();
    // A test has no terminal to ask at, unless a person runs it at one.
    if output::can_ask() {
        return;
    }
    let error = apply(&table, ONE, &unconfirmed()).await.unwrap_err().to_string();
    assert!(error.contains("--yes") && error.contains("nothing was applied"), "{error}");
    assert_eq!(table.configs().len(), 0);
}

#[tokio::test]
async fn a_concurrent_apply_fails_and_the_first_stays_active() {
    let applied = AppliedConfig {
        config: loaded(TWO).config.as_ref().clone(),
        text: TWO.to_owned(),
        at: clock::now(),
        by: "bob".to_owned(),
    };
    let store = MemoryStore::default();
    let table = store.with_hook(Arc::new(Rival { store: store.clone(), applied }));
    let error = apply(&table, ONE, &confirmed()).await.unwrap_err().to_string();
    assert!(error.contains("another process applied"), "{error}");
    assert_eq!(table.configs().iter().map(|one| one.by.as_str()).collect::<Vec<_>>(), ["bob"]);
}

#[tokio::test]
async fn an_unreadable_version_is_replaced_by_the_next() {
    let table = MemoryStore::default();
    apply(&table, ONE, &confirmed()).await.unwrap();
    let damage = PlannedFault::on(Operation::AppliedConfig, CallOutcome::Corrupt).always();
    table.inject(damage);
    let (plan, _) = apply(&table, ONE, &confirmed()).await.unwrap();
    assert_eq!(plan.applied_version, Some(2));
    assert!(!plan.changes.is_empty());
}
