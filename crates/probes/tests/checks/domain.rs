//! The `domain` check: registrations, and registries that say nothing.

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::Behavior;
use serde_json::{Value, json};

use crate::support::{CheckFixture, FindingExt, SHORT, bench};

const KIND: &str = "domain";

/// An answer about a domain, as registries write it.
fn registration(expires: &str, statuses: &Value) -> Value {
    json!({
        "rdapConformance": ["rdap_level_0", "icann_rdap_technical_implementation_guide_1"],
        "objectClassName": "domain",
        "handle": "2336799_DOMAIN_COM-VRSN",
        "ldhName": "EXAMPLE.COM",
        "status": statuses,
        "events": [
            { "eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z" },
            { "eventAction": "expiration", "eventDate": expires },
            { "eventAction": "last update of RDAP database", "eventDate": "2026-11-30T10:00:00Z" },
        ],
        "nameservers": [{ "objectClassName": "nameserver", "ldhName": "A.IANA-SERVERS.NET" }],
        "entities": [{
            "objectClassName": "entity", "roles": ["registrar"],
            "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "IANA"]]],
        }],
        "secureDNS": { "delegationSigned": true },
    })
}

async fn check(bench: &CheckFixture, behavior: Behavior, more: Value) -> Finding {
    bench.simulator.set("svc", behavior);
    let mut params = more;
    params["domain"] = json!("example.com");
    params["rdap"] = json!(bench.simulator.http_url("/svc"));
    bench.check(KIND, params).await
}

fn found(expires: &str, statuses: &Value) -> Behavior {
    Behavior::Json { status: 200, body: registration(expires, statuses) }
}

#[tokio::test]
async fn a_registration_is_measured_and_requested_below_the_server() {
    let bench = bench().await;
    let more = json!({
        "expect": "registrar == 'IANA' && is_signed && nameservers == ['a.iana-servers.net'] && \
                   'active' in statuses",
    });
    bench.simulator.set_inbox("own", found("2999-08-13T04:00:00Z", &json!(["active"])));
    let mut params = more;
    params["domain"] = json!("Example.COM.");
    params["rdap"] = json!(bench.simulator.http_url("/_inbox/own/"));
    let finding = bench.check(KIND, params).await;
    finding.assert_healthy();
    assert!(finding.metric("registration_days").unwrap() > 300_000);
    let received = bench.simulator.inbox("own").remove(0);
    assert_eq!(received.path, "/_inbox/own/domain/example.com");
    assert!(received.headers["accept"].starts_with("application/rdap+json"));
}

#[tokio::test]
async fn a_registration_that_ends_is_told_apart_from_one_that_has_ended() {
    let bench = bench().await;
    let far = "2999-08-13T04:00:00Z";
    let soon = json!({ "warning_days": 400_000 });
    let finding = check(&bench, found(far, &json!(["active"])), soon).await;
    let message =
        finding.assert_cause(Status::Degraded, Fault::Target, Reason::RegistrationExpiring);
    assert!(message.contains("on 2999-08-13"), "{message}");
    let sooner = json!({ "warning_days": 400_000, "critical_days": 400_000 });
    let finding = check(&bench, found(far, &json!(["active"])), sooner).await;
    finding.assert_down(Reason::RegistrationExpiring);
    let finding = check(&bench, found("2001-01-01T00:00:00Z", &json!([])), json!({})).await;
    assert!(finding.assert_down(Reason::RegistrationExpired).contains("expired on 2001-01-01"));
    assert!(finding.metric("registration_days").unwrap() < 0);
    let finding = check(&bench, found(far, &json!(["redemption period"])), json!({})).await;
    assert!(finding.assert_down(Reason::RegistrationExpired).contains("`redemption period`"));
    let finding = check(&bench, found(far, &json!(["client hold"])), json!({})).await;
    assert!(finding.assert_down(Reason::UnexpectedAnswer).contains("out of the DNS"));
    let missing = Behavior::Json { status: 404, body: json!({ "errorCode": 404 }) };
    let finding = check(&bench, missing, json!({})).await;
    assert!(finding.assert_down(Reason::RegistrationExpired).contains("not registered"));
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_no_failure_of_the_domain() {
    let bench = bench().await;
    for (behavior, reason) in [
        (Behavior::text(500, "oops"), Reason::HttpStatus),
        (Behavior::text(200, "<html>"), Reason::ResponseInvalid),
        (Behavior::text(200, "{}"), Reason::ResponseInvalid),
        (Behavior::Reset, Reason::ConnectionClosed),
    ] {
        let finding = check(&bench, behavior, json!({})).await;
        let message = finding.assert_cause(Status::Unknown, Fault::Monitor, reason);
        assert!(message.contains("cannot read the registration of example.com"), "{message}");
    }
    let throttled = check(&bench, Behavior::text(429, "slow down"), json!({})).await;
    throttled.assert_cause(Status::Unhealthy, Fault::Throttled, Reason::Throttled);
    bench.simulator.set("svc", Behavior::Hang);
    let params = json!({ "domain": "example.com", "rdap": bench.simulator.http_url("/svc") });
    let finding = bench.check_within(SHORT, KIND, params).await;
    finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::Timeout);
}

#[tokio::test]
async fn the_server_of_a_registry_is_found_in_the_list_and_the_list_is_kept() {
    let bench = bench().await;
    let server = bench.simulator.http_url("/_inbox/registry/");
    let list = json!({ "version": "1.0", "services": [[["com", "net"], [server]]] });
    bench.simulator.set("list", Behavior::Json { status: 200, body: list });
    bench.simulator.set_inbox("registry", found("2999-08-13T04:00:00Z", &json!(["active"])));
    let params =
        |domain: &str| json!({ "domain": domain, "registries": bench.simulator.http_url("/list") });
    for domain in ["example.com", "example.net"] {
        bench.check(KIND, params(domain)).await.assert_healthy();
    }
    assert_eq!(bench.simulator.hits("list").len(), 1);
    let received = bench.simulator.inbox("registry").remove(1);
    assert_eq!(received.path, "/_inbox/registry/domain/example.net");
    let finding = bench.check(KIND, params("example.zz")).await;
    let message = finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ProbeInvalid);
    assert!(message.contains("no registry of `.zz`"), "{message}");
}

#[tokio::test]
async fn a_redirect_of_a_registry_is_followed_to_another_server() {
    let bench = bench().await;
    bench.simulator.set("registry", found("2999-08-13T04:00:00Z", &json!(["active"])));
    let to = bench.simulator.https_url("/registry/domain/example.com");
    check(&bench, Behavior::Redirect { to }, json!({})).await.assert_healthy();
    let finding = check(&bench, Behavior::RedirectLoop, json!({})).await;
    finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::RedirectRefused);
}

#[tokio::test]
async fn a_wrong_domain_or_threshold_is_a_problem_at_its_place() {
    let bench = bench().await;
    for (params, problem) in [
        (json!({ "domain": "localhost" }), "domain: `localhost` is not a registered domain"),
        (json!({ "domain": "127.0.0.1" }), "domain: `127.0.0.1` is not a registered domain"),
        (
            json!({ "domain": "example.com", "warning_days": 5, "critical_days": 6 }),
            "critical_days: `critical_days` is 6, before the warning at 5",
        ),
        (
            json!({ "domain": "example.com", "rdap": "https://a.test", "registries": "https://b.test" }),
            "registries: the list of registries is not used if `rdap` names the server",
        ),
    ] {
        assert_eq!(bench.problems(KIND, params), [problem]);
    }
}
