//! A bucket that rejects the page.

use serde_json::{Value, json};

use crate::faults::Faults;
use crate::outage::{CONFIG, monitor};
use crate::stack::{Function, Stack};
use crate::time::{minute, recently};

#[tokio::test]
async fn a_bucket_that_refuses_writes_keeps_its_last_page() {
    let stack = Stack::new("site").await;
    let faults = Faults::before(&stack.aws.address).await;
    stack.route_through(&faults.url()).await;
    stack.stop_streams().await;
    stack.apply(&format!("{CONFIG}{}", monitor(&stack, "doc_store"))).await;
    let began = recently();
    stack.probe(minute(began, 0)).await;
    stack.invoke(Function::Generator, &json!({})).await.ok();
    let good = page(&stack).await;
    assert!(good[0].contains("doc_store"), "{good:?}");

    // Three errors: access denied, a missing bucket, and a failure of everything except the pages
    // themselves.
    let bucket = stack.output("SiteBucket");
    let of_bucket = |mut rule: Value| {
        rule["service"] = json!("s3");
        rule["resource"] = json!(bucket);
        rule
    };
    let denied = of_bucket(json!({ "error": { "code": "AccessDenied", "status": 403 } }));
    let no_bucket = of_bucket(json!({ "error": { "code": "NoSuchBucket", "status": 404 } }));
    let busy = json!({ "operation": "PutObject", "error": { "code": "SlowDown", "status": 503 } });
    let mut busy_for_pages = of_bucket(busy);
    busy_for_pages["headers"] = json!({ "content-type": "text/html" });
    stack.apply(&format!("{CONFIG}{}", monitor(&stack, "prompt_store"))).await;
    stack.probe(minute(began, 1)).await;
    for rule in [denied, no_bucket, busy_for_pages] {
        faults.set(json!([rule])).await;
        let answer = stack.invoke(Function::Generator, &json!({})).await;
        assert_eq!(answer.code(), "site_refused", "{rule}: {answer:?}");
        assert_ne!(faults.n_met().await, 0);
        assert_eq!(page(&stack).await[0], good[0], "{rule}");
    }
    stack.logged(Function::Generator, "site_refused").await;

    faults.lift().await;
    stack.invoke(Function::Generator, &json!({})).await.ok();
    let page = page(&stack).await;
    assert!(page.iter().all(|file| file.contains("prompt_store")), "{page:?}");
}

/// Returns the HTML page and the JSON summary.
async fn page(stack: &Stack) -> [String; 2] {
    [stack.published("index.html").await.body, stack.published("api/v2/summary.json").await.body]
}
