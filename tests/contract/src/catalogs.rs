//! Which models the providers have.

use allclear_core::ports::{ReadCatalogs, RecordCatalog};

use crate::samples::{known_catalog, monitor};

/// With its changes, and in place of what was known before.
pub async fn what_is_known_of_a_provider_comes_back_as_it_was(
    store: &(impl RecordCatalog + ReadCatalogs),
) {
    assert_eq!(store.catalogs().await.unwrap(), []);
    let api = monitor("api");
    for known in [known_catalog(3), known_catalog(2)] {
        store.record_catalog(&api, &known).await.unwrap();
        assert_eq!(store.catalogs().await.unwrap(), [(api.clone(), known)]);
    }
}

/// Whoever reads two of one provider takes the same one each time.
pub async fn catalogs_come_in_the_order_of_their_monitors(
    store: &(impl RecordCatalog + ReadCatalogs),
) {
    for name in ["b", "c", "a"] {
        store.record_catalog(&monitor(name), &known_catalog(1)).await.unwrap();
    }
    let stored = store.catalogs().await.unwrap();
    let monitors: Vec<&str> = stored.iter().map(|(monitor, _)| monitor.as_str()).collect();
    assert_eq!(monitors, ["a", "b", "c"]);
}

/// As many as the largest provider lists.
pub async fn four_hundred_models_have_room(store: &(impl RecordCatalog + ReadCatalogs)) {
    let (api, known) = (monitor("api"), known_catalog(400));
    store.record_catalog(&api, &known).await.unwrap();
    assert_eq!(store.catalogs().await.unwrap(), [(api, known)]);
}
