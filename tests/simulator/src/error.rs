//! Errors of starting and controlling a simulator.

use std::io;

use thiserror::Error;

/// The reason that a simulator or a listener could not be started, or that it refused a setting.
#[derive(Debug, Error)]
pub enum SimulatorError {
    /// A port of 127.0.0.1 cannot be listened on.
    #[error(
        "cannot listen on port {port} of 127.0.0.1 for `{service}`: choose another port, or 0 for any free one"
    )]
    Listen {
        /// The service for which the port was needed.
        service: &'static str,
        /// The requested port.
        port: u16,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A certificate cannot be generated.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// rustls does not accept a generated certificate.
    #[error("cannot serve a certificate")]
    Tls(#[from] rustls::Error),
    /// A DNS record cannot be parsed.
    #[error("`{value}` is not the value of a `{record_type}` record: {hint}")]
    DnsRecord {
        /// The given type.
        record_type: String,
        /// The given value.
        value: String,
        /// The error and the expected form.
        hint: String,
    },
}
