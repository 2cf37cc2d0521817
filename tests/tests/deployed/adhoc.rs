//! Commands of an operator against a deployed stack.

use allclear_simulator::Behavior;
use serde_json::json;

use crate::outage::{CONFIG, monitor};
use crate::stack::Stack;
use crate::time::{minute, recently};

#[tokio::test]
async fn ad_hoc_checks_of_the_deployed_prober_record_nothing() {
    let stack = Stack::new("adhoc").await;
    let monitors = [monitor(&stack, "doc_store"), monitor(&stack, "prompt_store")];
    stack.apply(&format!("{CONFIG}{}", monitors.concat())).await;
    stack.simulator.set("doc_store", Behavior::status(500));

    let checked = stack.allclear(&["invoke", "doc_store", "--json"]).await;
    let outcomes = checked.json();
    assert_eq!(outcomes.as_array().map(Vec::len), Some(1), "{checked:?}");
    assert_eq!(outcomes[0]["monitor"], "doc_store");
    assert_eq!(outcomes[0]["status"], "unhealthy");
    assert_eq!(outcomes[0]["fault"], "target");
    assert!(stack.simulator.hits("prompt_store").is_empty());

    let all = stack.allclear(&["invoke", "--json"]).await.json();
    assert_eq!(all.as_array().map(Vec::len), Some(2), "{all}");

    let url = stack.simulator.http_url("/elsewhere/health");
    let in_toml = format!("id = \"elsewhere\"\ncheck.http = {{ url = \"{url}\" }}");
    let in_json = json!({ "check": { "http": { "url": url } } }).to_string();
    for (n, check) in (1..).zip([in_toml, in_json]) {
        let checked = stack.allclear(&["invoke", "--check", &check, "--json"]).await;
        assert_eq!(checked.json()[0]["status"], "healthy", "{checked:?}");
        assert_eq!(stack.simulator.hits("elsewhere").len(), n);
    }
    assert!(stack.items("run#main").await.is_empty());

    let unknown = stack.allclear(&["invoke", "doc_stor"]).await;
    assert_ne!(unknown.code, Some(0));
    assert!(
        unknown.stderr.contains("doc_stor") && unknown.stderr.contains("doc_store"),
        "{unknown:?}"
    );
    let wrong = stack.allclear(&["invoke", "--check", "check.http = { url = 5 }"]).await;
    assert_ne!(wrong.code, Some(0), "{wrong:?}");
    assert!(wrong.stderr.contains("url"), "{wrong:?}");
}

#[tokio::test]
async fn the_commands_read_the_deployed_table() {
    let stack = Stack::new("commands").await;
    let monitors = [monitor(&stack, "doc_store"), monitor(&stack, "prompt_store")];
    stack.apply(&format!("{CONFIG}{}", monitors.concat())).await;
    stack.simulator.set("doc_store", Behavior::status(500));
    let began = recently();
    for n in 0..3 {
        stack.probe(minute(began, n)).await;
    }
    stack.swept().await;

    let report = stack.allclear(&["report", "--json"]).await.json();
    assert_eq!(report["summary"]["total_services"], 2, "{report}");
    assert_eq!(report["summary"]["unhealthy_services"], 1, "{report}");
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page");
    let rendered = stack.allclear(&["render", "--out", page.to_str().unwrap()]).await;
    assert_eq!(rendered.code, Some(0), "{rendered:?}");
    let page = std::fs::read_to_string(page.join("index.html")).unwrap();
    assert!(page.contains("doc_store is down"), "{page}");
    let exported = stack.export().await;
    let history = &exported["monitored_deployments"]["doc_store"]["health_history"];
    assert_eq!(history.as_array().map(Vec::len), Some(3), "{history}");

    let checked = stack.allclear(&["check", "--json"]).await;
    assert_ne!(checked.code, Some(0), "{checked:?}");
    let wait = ["wait", "doc_store", "--every", "1s", "--timeout", "2s"];
    let waiting = stack.allclear(&wait).await;
    assert_ne!(waiting.code, Some(0), "{waiting:?}");
    stack.simulator.set("doc_store", Behavior::Ok);
    let waited = stack.allclear(&wait).await;
    assert_eq!(waited.code, Some(0), "{waited:?}");
    let checked = stack.allclear(&["check", "--json"]).await;
    assert_eq!(checked.code, Some(0), "{checked:?}");
}
