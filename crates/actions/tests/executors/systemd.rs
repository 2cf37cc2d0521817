//! Restarts of units.

use allclear_core::secret::Secrets;
use serde_json::json;

use crate::world::{LONG, build, execute, failure, problems};

const STUB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/executors/systemctl");

#[tokio::test]
async fn a_unit_is_restarted() {
    let params = json!({ "unit": "api.service", "program": STUB });
    execute("systemd", params.clone(), &Secrets::new(), LONG).await.unwrap();
    let executor = build("systemd", params).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(executor.effect(), "restart the systemd unit `api.service`");
}

#[tokio::test]
async fn a_unit_that_does_not_exist_is_an_error() {
    let error = failure("systemd", json!({ "unit": "web.service", "program": STUB })).await;
    let wanted = "exited with 5: Failed to restart web.service: Unit web.service not found.";
    assert!(error.message.ends_with(wanted), "{error}");
}

/// Checks the real program: this unit exists nowhere, and without systemd as init it restarts nothing.
#[tokio::test]
async fn the_error_of_the_real_systemctl_is_reported() {
    let error = failure("systemd", json!({ "unit": "allclear-no-such-unit.service" })).await;
    assert!(error.message.starts_with("`/usr/bin/systemctl` "), "{error}");
    assert!(!error.may_have_arrived);
}

#[test]
fn a_pattern_of_units_is_refused() {
    assert_eq!(
        problems("systemd", json!({ "unit": "*.service" })),
        ["`*.service` is not the name of a unit"]
    );
    assert_eq!(
        problems("systemd", json!({ "unit": "a.service", "program": "systemctl" })),
        ["`systemctl` is not an absolute path"]
    );
}
