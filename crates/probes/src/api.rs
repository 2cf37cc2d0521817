//! Checks of services that are asked by HTTP requests: their common parameters, the requests of an attempt on
//! kept connections, the reason of a refusal by its status, and the verdict. Knows no API.
//!
//! A kind implements [`ApiDialog`]: it makes requests through an [`ApiCaller`] and returns what it has read.
//! [`ApiCheck`] does everything else.

mod answer;
mod caller;
mod check;
mod document;
mod headers;
mod request;
mod status;
mod target;

pub(crate) use answer::{ApiAnswer, ApiStream};
pub(crate) use caller::{ApiCaller, below};
pub(crate) use check::{ApiCheck, ApiDialog, Asking};
pub(crate) use document::{field, set_field};
pub(crate) use headers::{AuthParams, GivenHeaders, RequestHeaders};
pub(crate) use request::{ApiRequest, ApiStep};
pub(crate) use status::{SentCredentials, named_status, reason_of_status};
pub(crate) use target::{ApiParams, ApiTarget, read_url};
