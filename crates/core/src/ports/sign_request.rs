//! The port that signs requests to AWS.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use secrecy::SecretString;

/// A request to AWS before it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Unsigned<'a> {
    /// The name of the service in signatures: `bedrock`.
    pub service: &'a str,
    /// The region of the request.
    pub region: &'a str,
    /// The method.
    pub method: &'a str,
    /// The whole URL.
    pub url: &'a str,
    /// The headers that are signed beside `host`.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// The identity that a signature proves.
#[derive(Debug, Clone, Copy)]
pub enum SigningIdentity<'a> {
    /// The identity of the process: the role of a function, or the user of a machine.
    Process,
    /// The owner of access keys.
    Keys(AccessKeys<'a>),
}

/// The access keys of a user or of a session.
#[derive(Clone, Copy)]
pub struct AccessKeys<'a> {
    /// The id, which requests contain.
    pub id: &'a str,
    /// The secret key.
    pub secret: &'a str,
    /// The token of the session; `None` for the keys of a user.
    pub session_token: Option<&'a str>,
}

impl fmt::Debug for AccessKeys<'_> {
    /// Leaves the secrets out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKeys").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The headers to add to a request, with confidential values. The error states why there are none.
pub type Signing<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<(String, SecretString)>, String>> + Send + 'a>>;

/// Signing requests to AWS.
pub trait SignRequest: Send + Sync + fmt::Debug {
    /// Signs `request` at `now` with an identity, and returns the signature as headers.
    fn sign<'a>(
        &'a self,
        request: Unsigned<'a>,
        identity: SigningIdentity<'a>,
        now: Timestamp,
    ) -> Signing<'a>;
}
