//! Which config a function works with, when the one in force cannot be read or used.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use allclear_core::Timestamp;
use allclear_core::config::{Config, Page, Settings};
use allclear_core::ports::{AppliedConfig, ReadConfig, StoreError, StoreResult, Version};
use allclear_invocation::{Code, InForce};

/// Versions of a config by their titles; one without a title cannot be read.
#[derive(Default)]
struct Store {
    versions: BTreeMap<Version, Option<&'static str>>,
    in_force: Version,
    is_away: bool,
    /// A version whose reading fails, once.
    busy_at: Mutex<Option<Version>>,
    reads: Mutex<Vec<Version>>,
}

impl Store {
    fn of<const N: usize>(versions: [Option<&'static str>; N]) -> Self {
        let versions: BTreeMap<_, _> = (1..).zip(versions).collect();
        Self { in_force: versions.len() as Version, versions, ..Self::default() }
    }
}

fn corrupt() -> StoreError {
    let (operation, object) = ("read", "config".to_owned());
    StoreError::Corrupt { operation, object, source: "not JSON".into() }
}

impl ReadConfig for Store {
    async fn config_version(&self) -> StoreResult<Version> {
        if self.is_away {
            let (operation, object) = ("read", "config".to_owned());
            return Err(StoreError::Unavailable { operation, object, source: "away".into() });
        }
        Ok(self.in_force)
    }

    async fn applied_config(&self, version: Version) -> StoreResult<Option<AppliedConfig>> {
        self.reads.lock().unwrap().push(version);
        if self.busy_at.lock().unwrap().take_if(|busy| *busy == version).is_some() {
            let (operation, object) = ("read", "config".to_owned());
            return Err(StoreError::Unavailable { operation, object, source: "busy".into() });
        }
        let Some(title) = self.versions.get(&version) else { return Ok(None) };
        let title = title.ok_or_else(corrupt)?.to_owned();
        let page = Page { title, url: None, description: None, contact: None };
        let config = Config {
            page,
            settings: Settings::default(),
            monitors: Vec::new(),
            rules: Vec::new(),
            channels: Vec::new(),
            maintenances: Vec::new(),
            silences: Vec::new(),
            summaries: Vec::new(),
        };
        let (text, by) = (String::new(), "a person".to_owned());
        Ok(Some(AppliedConfig { config, text, at: Timestamp::UNIX_EPOCH, by }))
    }
}

/// Takes every title but `bad`.
fn title(config: &Arc<Config>) -> Result<String, String> {
    match config.page.title.as_str() {
        "bad" => Err("there is no such kind".to_owned()),
        title => Ok(title.to_owned()),
    }
}

/// What is in use, and the code of what is wrong.
async fn look(
    in_force: &mut InForce<String>,
    store: &Store,
) -> Result<(String, Option<Code>), Code> {
    let standing = in_force.standing(store, title).await.map_err(|failure| failure.code)?;
    Ok((standing.made.clone(), standing.objection.map(|failure| failure.code)))
}

#[tokio::test]
async fn a_config_is_read_once_for_as_long_as_it_is_in_force() {
    let mut store = Store::of([Some("one")]);
    let mut in_force = InForce::default();
    for _ in 0..3 {
        assert_eq!(look(&mut in_force, &store).await, Ok(("one".to_owned(), None)));
    }
    store.versions.insert(2, Some("two"));
    store.in_force = 2;
    assert_eq!(look(&mut in_force, &store).await, Ok(("two".to_owned(), None)));
    assert_eq!(*store.reads.lock().unwrap(), [1, 2]);
}

#[tokio::test]
async fn without_any_config_there_is_nothing_to_do() {
    assert_eq!(look(&mut InForce::default(), &Store::default()).await, Err(Code::ConfigMissing));
}

#[tokio::test]
async fn a_warm_function_goes_on_with_the_config_it_has() {
    let mut store = Store::of([Some("one")]);
    let mut in_force = InForce::default();
    look(&mut in_force, &store).await.unwrap();
    for (version, (broken, code)) in
        (2..).zip([(None, Code::ConfigUnreadable), (Some("bad"), Code::ConfigInvalid)])
    {
        store.versions.insert(version, broken);
        store.in_force = version;
        for _ in 0..2 {
            let found = look(&mut in_force, &store).await;
            assert_eq!(found, Ok(("one".to_owned(), Some(code))));
        }
    }
    assert_eq!(*store.reads.lock().unwrap(), [1, 2, 3], "what is refused is read once");
    store.versions.insert(4, Some("four"));
    store.in_force = 4;
    assert_eq!(look(&mut in_force, &store).await, Ok(("four".to_owned(), None)));
}

#[tokio::test]
async fn a_cold_function_looks_for_the_last_version_that_it_can_use() {
    let store = Store::of([Some("one"), Some("two"), Some("bad"), None]);
    let mut in_force = InForce::default();
    let expected = Ok(("two".to_owned(), Some(Code::ConfigUnreadable)));
    assert_eq!(look(&mut in_force, &store).await, expected);
    assert_eq!(look(&mut in_force, &store).await, expected);
    assert_eq!(*store.reads.lock().unwrap(), [4, 3, 2]);
}

#[tokio::test]
async fn a_cold_function_whose_search_was_cut_short_searches_again() {
    let store = Store::of([Some("one"), Some("two"), None]);
    *store.busy_at.lock().unwrap() = Some(2);
    let mut in_force = InForce::default();
    assert_eq!(look(&mut in_force, &store).await, Err(Code::StoreUnavailable));
    let expected = Ok(("two".to_owned(), Some(Code::ConfigUnreadable)));
    assert_eq!(look(&mut in_force, &store).await, expected);
}

#[tokio::test]
async fn with_no_version_to_use_the_one_in_force_is_to_blame() {
    let found = look(&mut InForce::default(), &Store::of([Some("bad"), Some("bad")])).await;
    assert_eq!(found, Err(Code::ConfigInvalid));
}

#[tokio::test]
async fn a_config_that_is_back_in_force_is_in_use_without_a_word() {
    let mut store = Store::of([Some("one"), None]);
    store.in_force = 1;
    let mut in_force = InForce::default();
    look(&mut in_force, &store).await.unwrap();
    store.in_force = 2;
    assert_eq!(
        look(&mut in_force, &store).await,
        Ok(("one".to_owned(), Some(Code::ConfigUnreadable)))
    );
    store.in_force = 1;
    assert_eq!(look(&mut in_force, &store).await, Ok(("one".to_owned(), None)));
}

#[tokio::test]
async fn a_store_that_is_away_ends_the_invocation() {
    let mut store = Store::of([Some("one")]);
    let mut in_force = InForce::default();
    look(&mut in_force, &store).await.unwrap();
    store.is_away = true;
    assert_eq!(look(&mut in_force, &store).await, Err(Code::StoreUnavailable));
    store.is_away = false;
    assert_eq!(look(&mut in_force, &store).await, Ok(("one".to_owned(), None)));
}
