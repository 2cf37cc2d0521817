//! The services that checks ask, their operations, and the permissions for those.

use std::fmt;

/// A service that checks ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckedService {
    /// Queues.
    Sqs,
    /// Functions.
    Lambda,
    /// Metrics.
    CloudWatch,
}

/// An operation of a service with the protocol AWS JSON 1.0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonOperation {
    pub(crate) service: CheckedService,
    /// The name, such as `GetQueueUrl`.
    pub(crate) name: &'static str,
}

/// The permission that a request needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AwsPermission<'a> {
    /// The action of IAM, such as `sqs:GetQueueAttributes`.
    pub(crate) action: &'a str,
    /// The resource, as an ARN; `*` for an action that supports no narrower one.
    pub(crate) resource: &'a str,
    /// The parameter of a stack that allows it to the prober.
    pub(crate) stack_parameter: &'static str,
}

impl CheckedService {
    /// Returns the name in signatures and host names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqs => "sqs",
            Self::Lambda => "lambda",
            Self::CloudWatch => "monitoring",
        }
    }

    /// Returns the prefix of its operations in the header `x-amz-target`; `None` for a service without such.
    pub(super) fn target_prefix(self) -> Option<&'static str> {
        match self {
            Self::Sqs => Some("AmazonSQS"),
            Self::CloudWatch => Some("GraniteServiceVersion20100801"),
            Self::Lambda => None,
        }
    }
}

impl fmt::Display for CheckedService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqs => "SQS",
            Self::Lambda => "Lambda",
            Self::CloudWatch => "CloudWatch",
        })
    }
}
