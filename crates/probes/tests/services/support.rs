//! Checks of a real server, and what they find.

mod absence;
mod certificates;
mod namespace;
mod process;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use allclear_aws::cloud::Cloud;
use allclear_aws::signing::Signer;
use allclear_core::Timestamp;
use allclear_core::budget::NoBudget;
use allclear_core::checker::{CheckContext, CheckKinds, PriorState};
use allclear_core::id::SecretName;
use allclear_core::monitor::CheckSpec;
use allclear_core::outcome::Finding;
use allclear_core::ports::SignRequest;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_core::status::{Fault, Status};
use allclear_probes::{ProbeSettings, Probes};
use rustls::RootCertStore;
use secrecy::SecretString;
use serde_json::Value;

pub(crate) use absence::assert_absences;
pub(crate) use certificates::Certificates;
pub(crate) use namespace::{Namespace, namespace};
pub(crate) use process::{
    LocalServer, aws_tool, command_as, free_port, give_to, open_folder, python, python_server,
    succeed,
};
pub(crate) use waiting::{healthy_in_time, unhealthy_in_time, wait_until};

/// Long enough for any answer, on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Short, for servers that never answer.
pub(crate) const SHORT: Duration = Duration::from_millis(700);

/// The password of the tests' users.
pub(crate) const PASSWORD: &str = "correct horse";

/// Makes one check. The secret `password` has the value `password`.
pub(crate) async fn check_within(
    timeout: Duration,
    password: &str,
    kind: &str,
    params: Value,
) -> Finding {
    let probes = Probes::new(settings());
    let spec = CheckSpec { kind: kind.to_owned(), params };
    let checker = probes.build(&spec).unwrap_or_else(|all| panic!("{all:?}"));
    let name = SecretName::new("password").unwrap();
    let secrets = Secrets::from([(name, SecretString::from(password))]);
    let context = CheckContext {
        now: now(),
        timeout,
        secrets: &secrets,
        beat: None,
        listener_gap: None,
        prior_state: PriorState::Blank,
        budget: &NoBudget,
        interval: Duration::from_mins(1),
        force_all: false,
    };
    // A checker that exceeds its deadline fails the test.
    let checking = tokio::time::timeout(timeout, checker.check(context));
    let finding = checking.await.expect("ended by the prober");
    assert_declared(kind, &finding);
    finding
}

/// Settings with an identity in AWS, by the signer of the functions.
fn settings() -> ProbeSettings {
    let cloud = Cloud::from_variables(|name| {
        let value = match name {
            "AWS_REGION" => "us-east-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test",
            _ => return None,
        };
        Some(value.to_owned())
    });
    let signer: Arc<dyn SignRequest> = Arc::new(Signer::new(&cloud.unwrap()));
    let (signer, aws_region) = (Some(signer), Some("us-east-1".to_owned()));
    let settings = ProbeSettings::new(Arc::new(RootCertStore::empty()));
    ProbeSettings { signer, aws_region, ..settings }
}

/// Makes one check with the right password.
pub(crate) async fn check(kind: &str, params: Value) -> Finding {
    check_within(LONG, PASSWORD, kind, params).await
}

fn assert_declared(kind: &str, finding: &Finding) {
    let declared = allclear_probes::kinds().get(kind).unwrap();
    for name in finding.metrics.keys() {
        let is_declared = declared.metrics.iter().any(|metric| metric.is_named(name));
        assert!(is_declared, "`{kind}` does not declare the metric `{name}`");
    }
    for name in finding.labels.keys() {
        let is_declared = declared.labels.iter().any(|label| label.name() == name);
        assert!(is_declared, "`{kind}` does not declare the label `{name}`");
    }
}

#[expect(clippy::disallowed_methods, reason = "the certificates are made for today")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Asserts that the server is healthy, and returns a metric of it.
#[track_caller]
pub(crate) fn assert_healthy(finding: &Finding) {
    assert_eq!(finding.verdict.status(), Status::Healthy, "{finding:?}");
    assert!(finding.latency.is_some());
}

/// Asserts the value of a metric that is a count.
#[track_caller]
pub(crate) fn assert_count(finding: &Finding, name: &str, wanted: u32) {
    let value = finding.metrics.get(name).copied();
    let is_equal = value.is_some_and(|value| (value - f64::from(wanted)).abs() < 0.5);
    assert!(is_equal, "{name} is {value:?} and not {wanted}");
}

/// Asserts the cause of a failure, and returns its message.
#[track_caller]
pub(crate) fn assert_cause(finding: &Finding, fault: Fault, reason: Reason) -> String {
    let cause = finding.verdict.cause().unwrap_or_else(|| panic!("healthy: {finding:?}"));
    assert_eq!((cause.fault, cause.reason), (fault, reason), "{finding:?}");
    cause.message.clone()
}
