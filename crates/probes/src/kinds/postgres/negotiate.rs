//! The request for TLS, which comes before the login on the same connection.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::attempt::AttemptPhase;
use crate::net::broken;
use crate::service::{ServiceAttempt, Wire};

/// The message `SSLRequest`: its length and its code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Opens the connection, encrypted if the check has TLS.
pub(super) async fn open(line: &mut ServiceAttempt<'_>) -> Result<Wire, Cause> {
    if !line.target.has_tls() {
        return line.open().await;
    }
    let mut stream = line.target.connect(line.shared, line.attempt).await?;
    line.attempt.enter(AttemptPhase::FirstByte);
    if !offers_tls(&mut stream).await? {
        let what = "the server answers that it does not support TLS";
        return Err(Cause::of(Reason::TlsNotOffered, what));
    }
    let wire = line.target.secure(stream, line.context, line.attempt).await?;
    line.attempt.enter(AttemptPhase::FirstByte);
    Ok(wire)
}

/// Returns true if the server offers TLS on a connection of its own.
pub(super) async fn offers_tls_elsewhere(line: &mut ServiceAttempt<'_>) -> bool {
    match line.target.connect(line.shared, line.attempt).await {
        Ok(mut stream) => offers_tls(&mut stream).await.unwrap_or(false),
        Err(_) => false,
    }
}

async fn offers_tls(stream: &mut TcpStream) -> Result<bool, Cause> {
    let doing = "waiting for the answer to the request for TLS";
    stream.write_all(&SSL_REQUEST).await.map_err(|error| broken(&error, doing))?;
    // Nothing beyond this byte is read: what follows belongs to the handshake.
    match stream.read_u8().await.map_err(|error| broken(&error, doing))? {
        b'S' => Ok(true),
        b'N' => Ok(false),
        other => {
            let what = format!(
                "the answer to the request for TLS begins with `{}`, and not with `S` or `N`",
                char::from(other).escape_default()
            );
            Err(Cause::of(Reason::ResponseInvalid, what))
        }
    }
}
