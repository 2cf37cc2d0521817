//! What can go wrong when a simulator is started or told what to do.

use std::io;

use thiserror::Error;

/// Why a simulator, or a listener of it, could not be started, or did not accept what it was told.
#[derive(Debug, Error)]
pub enum SimulatorError {
    /// A port of 127.0.0.1 cannot be listened on.
    #[error(
        "cannot listen on port {port} of 127.0.0.1 for `{service}`: choose another port, or 0 for any free one"
    )]
    Listen {
        /// What was to be served there.
        service: &'static str,
        /// The port that was asked for.
        port: u16,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A certificate cannot be made.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// rustls does not take a certificate that was made.
    #[error("cannot serve a certificate")]
    Tls(#[from] rustls::Error),
    /// A DNS record that cannot be read.
    #[error("`{value}` is not the value of a `{record_type}` record: {hint}")]
    DnsRecord {
        /// The type as it was given.
        record_type: String,
        /// The value as it was given.
        value: String,
        /// What is wrong, and what to write.
        hint: String,
    },
}
