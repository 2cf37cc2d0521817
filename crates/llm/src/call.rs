//! Calls: requests to a provider, complete except for the key.

use http::{HeaderMap, Method};

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderCall {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: url::Url,
    /// The headers without the one that holds the key.
    pub headers: HeaderMap,
    /// The authentication of the call.
    pub authentication: Authentication,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

/// The authentication of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// It does not.
    None,
    /// With a key in this header, after this prefix: `("authorization", "Bearer ")`.
    Key {
        /// The key to send.
        key: WhichKey,
        /// The header's name, in lower case.
        header: &'static str,
        /// Text before the key.
        prefix: &'static str,
    },
    /// With a signature of AWS, for the service `bedrock`, in the account's region.
    AwsSignature,
}

/// One of the two keys that an account may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichKey {
    /// The one that models are asked with.
    Inference,
    /// The admin key, which reads the account's spending.
    Admin,
}

/// The head of an answer.
#[derive(Debug, Clone)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
}

impl Head {
    /// Returns the value of the first header of this name, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns whether the status is a success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A body and its content type.
pub(crate) struct RequestBody {
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Vec<u8>,
}
