use std::sync::{Mutex, PoisonError};

use allclear_core::ports::{ReadConfig, StoreResult};

use super::*;

/// A table of configs. Somebody else may write into it just before we do.
#[derive(Default)]
struct Table {
    versions: Mutex<Vec<AppliedConfig>>,
    is_unreadable: bool,
    rival: Option<AppliedConfig>,
}

impl Table {
    fn versions(&self) -> std::sync::MutexGuard<'_, Vec<AppliedConfig>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadConfig for Table {
    async fn config_version(&self) -> StoreResult<Version> {
        Ok(self.versions().len() as u64)
    }

    async fn applied_config(&self, version: Version) -> StoreResult<Option<AppliedConfig>> {
        if self.is_unreadable && version > 0 {
            let source = "not deflated".into();
            let object = "config".to_owned();
            return Err(StoreError::Corrupt { operation: "read", object, source });
        }
        let place = usize::try_from(version).unwrap().checked_sub(1);
        Ok(place.and_then(|place| self.versions().get(place).cloned()))
    }
}

impl ApplyConfig for Table {
    async fn apply_config(
        &self,
        expected: Version,
        applied: &AppliedConfig,
    ) -> StoreResult<Version> {
        let mut versions = self.versions();
        versions.extend(self.rival.clone());
        if versions.len() as u64 != expected {
            let object = "config".to_owned();
            return Err(StoreError::Conflict { operation: "apply", object });
        }
        versions.push(applied.clone());
        Ok(versions.len() as u64)
    }
}

const ONE: &str = "[[monitor]]\nid = 'api'\ncheck.tcp.address = 'a:1'\n";
const TWO: &str = "[[monitor]]\nid = 'api'\ninterval = '5m'\ncheck.tcp.address = 'a:1'\n";

fn loaded(text: &str) -> Loaded {
    let _ = rustls::crypto::ring::default_provider().install_default();
    machine::load_text("allclear.toml", text).unwrap()
}

fn options(yes: bool, dry_run: bool) -> Apply {
    Apply { file: None, stack: "allclear".to_owned(), yes, dry_run, json: true }
}

async fn apply(table: &Table, text: &str, options: &Apply) -> anyhow::Result<(Plan, ExitCode)> {
    let loaded = loaded(text);
    let mut plan = Plan::make(table, "allclear", &loaded.config).await?;
    let code = decide(table, &mut plan, options, &loaded, text.to_owned()).await?;
    Ok((plan, code))
}

#[tokio::test]
async fn a_config_becomes_the_next_version_with_its_text() {
    let table = Table::default();
    let (plan, _) = apply(&table, ONE, &options(true, false)).await.unwrap();
    let said: Vec<String> = plan.changes.iter().map(ToString::to_string).collect();
    assert!(said.contains(&"+ monitor api".to_owned()), "{said:?}");
    assert!(said.contains(&"+ rule service_down".to_owned()), "{said:?}");
    let (plan, _) = apply(&table, TWO, &options(true, false)).await.unwrap();
    assert_eq!((plan.version_in_force, plan.applied_version), (1, Some(2)));
    let said: Vec<String> = plan.changes.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["~ monitor api: interval 1m → 5m"]);
    assert_eq!(table.versions()[1].text, TWO);
    assert_eq!(table.versions()[1].config, *loaded(TWO).config);
}

#[tokio::test]
async fn nothing_is_written_where_nothing_changes_or_only_the_plan_is_asked_for() {
    let table = Table::default();
    let (plan, code) = apply(&table, ONE, &options(true, true)).await.unwrap();
    assert_eq!((plan.applied_version, code), (None, ExitCode::SUCCESS));
    assert_eq!(table.versions().len(), 0);

    apply(&table, ONE, &options(true, false)).await.unwrap();
    let in_other_words = format!("# A comment.\n{ONE}");
    let (plan, code) = apply(&table, &in_other_words, &options(false, false)).await.unwrap();
    assert!(plan.is_nothing());
    assert_eq!((plan.applied_version, code), (None, ExitCode::SUCCESS));
    assert_eq!(table.versions().len(), 1);
}

#[tokio::test]
async fn without_a_terminal_and_without_consent_nothing_is_written() {
    let table = Table::default();
    // A test has no terminal to ask at, unless a person runs it at one.
    if output::can_ask() {
        return;
    }
    let error = apply(&table, ONE, &options(false, false)).await.unwrap_err().to_string();
    assert!(error.contains("--yes") && error.contains("nothing was applied"), "{error}");
    assert_eq!(table.versions().len(), 0);
}

#[tokio::test]
async fn who_comes_second_is_told_so_and_leaves_the_first_in_force() {
    let rival = AppliedConfig {
        config: loaded(TWO).config.as_ref().clone(),
        text: TWO.to_owned(),
        at: machine::now(),
        by: "bob".to_owned(),
    };
    let table = Table { rival: Some(rival), ..Table::default() };
    let error = apply(&table, ONE, &options(true, false)).await.unwrap_err().to_string();
    assert!(error.contains("somebody else has applied"), "{error}");
    assert_eq!(table.versions().iter().map(|one| one.by.as_str()).collect::<Vec<_>>(), ["bob"]);
}

#[tokio::test]
async fn a_version_that_cannot_be_read_is_mended_by_the_next() {
    let mut table = Table::default();
    apply(&table, ONE, &options(true, false)).await.unwrap();
    table.is_unreadable = true;
    let (plan, _) = apply(&table, ONE, &options(true, false)).await.unwrap();
    assert_eq!(plan.applied_version, Some(2));
    assert!(!plan.changes.is_empty());
}
