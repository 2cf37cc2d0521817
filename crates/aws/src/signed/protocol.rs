//! The protocols of the services: JSON of DynamoDB, Secrets Manager and SQS, and the form encoding
//! of SNS.
//!
//! The clients of the SDK for the same calls would be the largest part of a function's binary.

use serde_json::Value;

use super::{CallError, ServiceRequest, ServiceResponse, Signed, percent_encoded};

/// An operation of a service, with its names in the protocol.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiOperation {
    /// The version of the JSON protocol: `1.0` or `1.1`.
    pub(crate) version: &'static str,
    /// The prefix of the service, such as `DynamoDB_20120810`.
    pub(crate) prefix: &'static str,
    /// The name, such as `GetItem`.
    pub(crate) name: &'static str,
}

impl Signed {
    /// Calls an operation of a service with a JSON protocol, and returns its output.
    pub(crate) async fn json(
        &self,
        operation: ApiOperation,
        input: &Value,
    ) -> Result<Value, CallError> {
        let ApiOperation { version, prefix, name } = operation;
        let media_type = format!("application/x-amz-json-{version}");
        let target = format!("{prefix}.{name}");
        let headers = [("content-type", media_type.as_str()), ("x-amz-target", target.as_str())];
        let answer = self.post(&headers, input.to_string().as_bytes()).await?;
        serde_json::from_slice(&answer.body)
            .map_err(|error| self.unanswered(format!("the response is not JSON: {error}")))
    }

    /// Calls a service with form encoding.
    pub(crate) async fn form(
        &self,
        fields: &[(String, String)],
    ) -> Result<ServiceResponse, CallError> {
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
            .collect();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.post(&headers, fields.join("&").as_bytes()).await
    }

    async fn post(
        &self,
        headers: &[(&'static str, &str)],
        body: &[u8],
    ) -> Result<ServiceResponse, CallError> {
        let url = format!("{}/", self.cloud().address(self.service));
        self.send(ServiceRequest { method: "POST", url: &url, headers, body }).await
    }
}
