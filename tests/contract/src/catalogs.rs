//! The catalogs of models of the providers.

use allclear_core::ports::{ReadCatalogs, RecordCatalog};

use crate::samples::{known_catalog, monitor};

/// Checks that a catalog comes back with its changes, and replaces the previous one.
pub async fn a_catalog_replaces_the_previous_one_and_round_trips(
    store: &(impl RecordCatalog + ReadCatalogs),
) {
    assert_eq!(store.catalogs().await.unwrap(), []);
    let api = monitor("api");
    for known in [known_catalog(3), known_catalog(2)] {
        store.record_catalog(&api, &known).await.unwrap();
        assert_eq!(store.catalogs().await.unwrap(), [(api.clone(), known)]);
    }
}

/// Checks that catalogs are sorted by monitor, so that a reader of two catalogs of one provider
/// always selects the same one.
pub async fn catalogs_are_ordered_by_monitor(store: &(impl RecordCatalog + ReadCatalogs)) {
    for name in ["b", "c", "a"] {
        store.record_catalog(&monitor(name), &known_catalog(1)).await.unwrap();
    }
    let stored = store.catalogs().await.unwrap();
    let monitors: Vec<&str> = stored.iter().map(|(monitor, _)| monitor.as_str()).collect();
    assert_eq!(monitors, ["a", "b", "c"]);
}

/// Checks that a catalog of the size of the largest provider can be stored.
pub async fn a_catalog_of_four_hundred_models_can_be_stored(
    store: &(impl RecordCatalog + ReadCatalogs),
) {
    let (api, known) = (monitor("api"), known_catalog(400));
    store.record_catalog(&api, &known).await.unwrap();
    assert_eq!(store.catalogs().await.unwrap(), [(api, known)]);
}
