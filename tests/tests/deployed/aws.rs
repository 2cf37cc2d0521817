//! A client of AWS for the tests, which inspect and change resources without the product's code.
//! Requests are not signed: the local AWS takes the service and the region from the scope of the
//! signature and does not verify it.

use serde_json::Value;

use crate::http::{Answer, Request, send};

/// The region of all resources.
pub(crate) const REGION: &str = "us-east-1";

/// A client of the local AWS at an address.
#[derive(Debug, Clone)]
pub(crate) struct Aws {
    pub(crate) address: String,
}

impl Aws {
    /// Calls an operation of a service with a JSON interface, such as `("dynamodb",
    /// "DynamoDB_20120810.Query")`.
    pub(crate) async fn json(&self, service: &str, operation: &str, input: Value) -> Value {
        let answer = self.try_json(service, operation, input).await;
        answer.unwrap_or_else(|refusal| panic!("{operation}: {refusal}"))
    }

    /// Calls an operation as `json` does, but returns the body of an error response as an error.
    pub(crate) async fn try_json(
        &self,
        service: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, String> {
        let headers = vec![
            ("x-amz-target", operation.to_owned()),
            ("content-type", "application/x-amz-json-1.0".to_owned()),
        ];
        let body = input.to_string();
        let answer = self.rest(service, ("POST", "/"), headers, body.as_bytes()).await;
        if answer.status != 200 {
            return Err(answer.body);
        }
        Ok(serde_json::from_str(&answer.body).unwrap_or_default())
    }

    /// Calls an operation of a service that takes a form and answers in XML.
    pub(crate) async fn form(&self, service: &str, fields: &[(&str, &str)]) -> String {
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let kind = "application/x-www-form-urlencoded".to_owned();
        let body = fields.join("&");
        let headers = vec![("content-type", kind)];
        let answer = self.rest(service, ("POST", "/"), headers, body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}: {}", fields[0], answer.body);
        answer.body
    }

    /// Sends a request to a service with a REST interface.
    pub(crate) async fn rest(
        &self,
        service: &str,
        (method, path): (&str, &str),
        mut headers: Vec<(&str, String)>,
        body: &[u8],
    ) -> Answer {
        let scope = format!("test/20260101/{REGION}/{service}/aws4_request");
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=not-checked"
        );
        headers.push(("authorization", signed));
        send(&self.address, Request { method, path, headers, body }).await
    }

    /// Sends a GET request to a service with a REST interface and returns the JSON answer.
    pub(crate) async fn get(&self, service: &str, path: &str) -> Value {
        let answer = self.rest(service, ("GET", path), Vec::new(), &[]).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }
}

/// Returns the texts of all elements with a name, in order.
pub(crate) fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(&open).skip(1).filter_map(|rest| rest.split(&close).next());
    parts.map(unescaped).collect()
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&#x27;", "'").replace("&#39;", "'").replace("&quot;", "\"");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode =
        |byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}
