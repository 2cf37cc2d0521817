//! Invocation of Lambda functions.

use allclear_core::ports::{StoreError, StoreResult, WakeEvaluator, WakeGenerator};
use serde_json::Value;

use crate::cloud::{AwsService, Cloud};
use crate::signed::{CallError, ServiceRequest, Signed, percent_encoded};

/// The reason that an invocation returned no result.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The function itself failed.
    #[error("function `{function}` failed with `{error_type}`: {message}")]
    Function {
        /// The function.
        function: String,
        /// The code of its error.
        error_type: String,
        /// The error message of the function.
        message: String,
    },
    /// Lambda did not invoke the function.
    #[error("failed to call function `{function}`{hint}")]
    Call {
        /// The function.
        function: String,
        /// The remedy, with a leading separator; empty if there is none.
        hint: &'static str,
        /// The reason.
        #[source]
        source: CallError,
    },
    /// The response is not JSON.
    #[error("the response of function `{function}` is not JSON")]
    Unreadable {
        /// The function.
        function: String,
        /// The reason.
        #[source]
        source: serde_json::Error,
    },
}

/// A function that is invoked by its name.
#[derive(Debug, Clone)]
pub struct LambdaFunction {
    signed: Signed,
    name: String,
}

impl LambdaFunction {
    /// Creates a handle for the function of this name or ARN. An ARN also determines the region of
    /// the call.
    ///
    /// [`LambdaFunction::invoke`] waits for the response for at most one attempt of the patience of
    /// `cloud`.
    #[must_use]
    pub fn new(cloud: &Cloud, name: impl Into<String>) -> Self {
        let name = name.into();
        let region = name.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2));
        let cloud = region.map_or_else(|| cloud.clone(), |region| cloud.in_region(region));
        Self { signed: Signed::new(cloud, AwsService::Lambda), name }
    }

    /// Invokes the function with `event` and returns its response.
    ///
    /// # Errors
    ///
    /// Fails if Lambda does not invoke the function, if the function itself fails, or if its
    /// response is not JSON.
    pub async fn invoke(&self, event: &Value) -> Result<Value, InvokeError> {
        let answer = self.call("RequestResponse", event).await?;
        let function = self.name.clone();
        let has_failed = answer.headers.contains_key("x-amz-function-error");
        match (serde_json::from_slice::<Value>(&answer.body), has_failed) {
            (Ok(value), false) => Ok(value),
            (Err(source), false) => Err(InvokeError::Unreadable { function, source }),
            (value, true) => {
                let value = value.unwrap_or_default();
                let part = |name: &str, otherwise: &str| {
                    value.get(name).and_then(Value::as_str).unwrap_or(otherwise).to_owned()
                };
                Err(InvokeError::Function {
                    function,
                    error_type: part("errorType", "unknown"),
                    message: part("errorMessage", "see its log"),
                })
            }
        }
    }

    async fn call(
        &self,
        how: &str,
        event: &Value,
    ) -> Result<crate::signed::ServiceResponse, InvokeError> {
        let host = self.signed.cloud().address(AwsService::Lambda);
        let name = percent_encoded(&self.name);
        let url = format!("{host}/2015-03-31/functions/{name}/invocations");
        let body = event.to_string();
        let call = ServiceRequest {
            method: "POST",
            url: &url,
            headers: &[("content-type", "application/json"), ("x-amz-invocation-type", how)],
            body: body.as_bytes(),
        };
        self.signed.send(call).await.map_err(|source| {
            let hint = match source.code() {
                Some("ResourceNotFoundException") => {
                    ": no function of this name in this account and region"
                }
                Some("AccessDeniedException") => ": `lambda:InvokeFunction` on it is not allowed",
                _ => "",
            };
            InvokeError::Call { function: self.name.clone(), hint, source }
        })
    }
}

impl WakeGenerator for LambdaFunction {
    async fn wake_generator(&self) -> StoreResult<()> {
        self.wake().await
    }
}

impl WakeEvaluator for LambdaFunction {
    async fn wake_evaluator(&self) -> StoreResult<()> {
        self.wake().await
    }
}

impl LambdaFunction {
    /// Invokes the function asynchronously: Lambda keeps the event, and retries if the template says so and the
    /// function fails.
    async fn wake(&self) -> StoreResult<()> {
        let event = serde_json::json!({ "wake": true });
        let called = self.call("Event", &event).await;
        called.map(|_| ()).map_err(|error| StoreError::Unavailable {
            operation: "wake",
            object: self.name.clone(),
            source: Box::new(error),
        })
    }
}
