//! Checks of resources of AWS: the region, the endpoint and the keys of a check, signed requests, and the cause of a
//! refusal; and the statistics of CloudWatch, which several kinds read.
//!
//! The requests go over the connections of [`crate::api`]. Signatures come from the process, see
//! [`SignRequest`](allclear_core::ports::SignRequest).

mod access;
mod call;
mod refusal;
mod resource;
mod service;
mod statistics;

pub(crate) use access::{AwsAccess, AwsParams, CredentialParams};
pub(crate) use call::AwsCall;
pub(crate) use resource::Arn;
pub(crate) use service::{AwsPermission, CheckedService, JsonOperation};
pub(crate) use statistics::{MetricQuery, Statistic};
