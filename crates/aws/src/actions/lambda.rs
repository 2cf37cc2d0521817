//! `lambda`: the invocation of a function.

use allclear_core::action::{ActionExecutor, BuiltExecutor, Executing, ExecutionInput};
use allclear_core::document::document;
use allclear_core::id::SecretName;
use allclear_core::params;
use allclear_core::send_error::SendError;
use allclear_core::text;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{AwsConnection, error, not_a_name};
use crate::invoke::{InvokeError, LambdaFunction};

const MAX_MESSAGE_CHARS: usize = 300;

/// Invokes a Lambda function with the document of the alert, as webhooks receive it, and waits for its result. The
/// notifier must be allowed to invoke it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The name or the ARN of the function: `restart-shop`. An ARN may name another region.
    function: String,
}

struct LambdaAction {
    connection: AwsConnection,
    function: String,
}

pub(super) fn build(connection: AwsConnection, params: &Value) -> BuiltExecutor {
    let Params { function } = params::read(params)?;
    match not_a_name("function", &function) {
        Some(problem) => Err(vec![problem]),
        None => Ok(Box::new(LambdaAction { connection, function })),
    }
}

impl ActionExecutor for LambdaAction {
    fn effect(&self) -> String {
        format!("invoke the Lambda function `{}`", self.function)
    }

    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    fn execute<'a>(&'a self, input: ExecutionInput<'a>) -> Executing<'a> {
        Box::pin(async move {
            let cloud = self.connection.for_one_request(None, input.timeout)?;
            let event = document(input.notification, input.delivery)?;
            let event: Value = serde_json::from_slice(&event).map_err(|error| {
                SendError::permanent(format!("cannot encode the event: {error}"))
            })?;
            match LambdaFunction::new(&cloud, &self.function).invoke(&event).await {
                // The function ended without an error, whatever it returned.
                Ok(_) | Err(InvokeError::Unreadable { .. }) => Ok(()),
                Err(InvokeError::Call { source, .. }) => {
                    Err(error::of_call(&source, "lambda:InvokeFunction"))
                }
                Err(failed @ InvokeError::Function { .. }) => {
                    let what = text::one_line(&failed.to_string(), MAX_MESSAGE_CHARS);
                    Err(SendError::permanent(what))
                }
            }
        })
    }
}
