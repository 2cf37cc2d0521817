//! What SNS answers when it does not take a message.

use std::time::Duration;

use allclear_core::channel::SendError;
use aws_sdk_sns::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

/// A topic that is gone and a message that is wrong stay so. A missing permission does not: after a
/// deployment it takes a while to arrive, and later somebody can mend it within the day for which a
/// delivery is owed.
pub(super) fn judge(error: &SdkError<PublishError, HttpResponse>, arn: &str) -> SendError {
    let retry_after = error.raw_response().and_then(|answer| {
        answer.headers().get("retry-after")?.trim().parse().ok().map(Duration::from_secs)
    });
    let Some(code) = error.code() else {
        let message = format!("SNS does not answer: {}", chain(error));
        return SendError { retry_after, ..SendError::transient(message) };
    };
    let (permanent, what_to_do) = match code {
        "NotFound" | "NotFoundException" => {
            (true, format!("there is no topic `{arn}`: deploy the stack, or mend `topic`"))
        }
        "InvalidParameter" | "ParameterValueInvalid" | "ValidationException" => {
            (true, error.message().unwrap_or("a parameter is wrong").to_owned())
        }
        "AuthorizationError" | "AuthorizationErrorException" | "AccessDenied" => {
            (false, format!("allow `sns:Publish` on `{arn}`"))
        }
        code if code.starts_with("KMS") => {
            (false, format!("the key that `{arn}` is encrypted with must be usable"))
        }
        _ => (false, error.message().unwrap_or("no explanation").to_owned()),
    };
    let error = SendError::transient(format!("SNS answers `{code}`: {what_to_do}"));
    SendError { permanent, retry_after, ..error }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}
