//! The begin of a connection: both versions, then the algorithms of the server.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::transport::{SshAlgorithms, SshMessage, payload};
use crate::excerpt::excerpt;
use crate::service::{ReadValue, ServiceAttempt, ServiceReading, TextWire};

/// The version of this client.
const OWN_VERSION: &str = concat!("SSH-2.0-Allclear_", env!("CARGO_PKG_VERSION"), "\r\n");

/// The most lines that a server may send before its version.
const MAX_LINES: usize = 50;

/// The longest packet that each implementation must accept.
const MAX_PACKET_BYTES: usize = 35_000;

/// The most packets before the algorithms.
const MAX_PACKETS: usize = 10;

/// The code of a disconnect because of too many connections.
const TOO_MANY_CONNECTIONS: u32 = 12;

/// Speaks with the server.
pub(super) async fn talk(line: &mut ServiceAttempt<'_>) -> Result<ServiceReading, Cause> {
    let mut text = TextWire::new(line.open_plain().await?);
    let banner = version(&mut text).await?;
    let (protocol, software) = parts_of(&banner)?;
    let mut reading = ServiceReading::default();
    reading.set("protocol", ReadValue::Text(protocol.to_owned()));
    reading.set("software", ReadValue::Text(software.to_owned()));
    text.send(OWN_VERSION.as_bytes(), "sending the version").await?;
    let algorithms = algorithms(&mut text).await?;
    line.answered();
    reading.set("banner", ReadValue::Text(banner));
    let SshAlgorithms { key_exchange, host_key, ciphers, macs } = algorithms;
    for (name, names) in [
        ("kex_algorithms", key_exchange),
        ("host_key_algorithms", host_key),
        ("ciphers", ciphers),
        ("macs", macs),
    ] {
        reading.set(name, ReadValue::Texts(names));
    }
    Ok(reading)
}

/// Returns the line with the version. A server may send other lines before it; one that accepts no
/// connection sends nothing else.
async fn version(text: &mut TextWire) -> Result<String, Cause> {
    let mut said = String::new();
    for _ in 0..MAX_LINES {
        let line = match text.line("waiting for the version of the server").await {
            Ok(line) => line,
            Err(cause) if cause.reason == Reason::ConnectionClosed && !said.is_empty() => {
                return Err(refused(&said));
            }
            Err(cause) => return Err(cause),
        };
        if line.starts_with("SSH-") {
            return Ok(line);
        }
        if said.is_empty() {
            said = line;
        }
    }
    let what = format!("no version of SSH came within {MAX_LINES} lines: `{}`", excerpt(&said));
    Err(Cause::of(Reason::ResponseInvalid, what))
}

/// Returns the cause if the server sent a text and closed the connection.
fn refused(said: &str) -> Cause {
    let lower = said.to_ascii_lowercase();
    let mentions = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let reason = if mentions(&["maxstartups", "too many"]) {
        Reason::TooManyConnections
    } else if mentions(&["not allowed at this time"]) {
        Reason::Throttled
    } else {
        Reason::UnexpectedAnswer
    };
    let what = format!("the server closed the connection with the text `{}`", excerpt(said));
    Cause::of(reason, what)
}

/// Returns the protocol and the software of a version.
fn parts_of(banner: &str) -> Result<(&str, &str), Cause> {
    let parts = banner.strip_prefix("SSH-").and_then(|rest| rest.split_once('-'));
    let Some((protocol, software)) = parts else {
        let what = format!("the version of the server is incomplete: `{}`", excerpt(banner));
        return Err(Cause::of(Reason::ResponseInvalid, what));
    };
    if protocol != "2.0" && protocol != "1.99" {
        let what = format!("the server does not speak SSH 2: `{}`", excerpt(banner));
        return Err(Cause::of(Reason::CapabilityMissing, what));
    }
    Ok((protocol, software.split(' ').next().unwrap_or(software)))
}

async fn algorithms(text: &mut TextWire) -> Result<SshAlgorithms, Cause> {
    let doing = "waiting for the algorithms of the server";
    for _ in 0..MAX_PACKETS {
        let length = text.exact(4, doing).await?;
        let length = length.try_into().map_or(u32::MAX, u32::from_be_bytes);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MAX_PACKET_BYTES {
            let what = format!("a packet of {length} bytes came while {doing}");
            return Err(Cause::of(Reason::ResponseInvalid, what));
        }
        let packet = text.exact(length, doing).await?;
        match payload(&packet).and_then(SshMessage::read) {
            Some(SshMessage::Algorithms(algorithms)) => return Ok(algorithms),
            Some(SshMessage::Disconnect { code, text }) => {
                let reason = match code {
                    TOO_MANY_CONNECTIONS => Reason::TooManyConnections,
                    _ => Reason::UnexpectedAnswer,
                };
                let text = excerpt(&text);
                let what = format!("the server ended the connection with code {code}: `{text}`");
                return Err(Cause::of(reason, what));
            }
            Some(SshMessage::Other(_)) => {}
            None => {
                let what = format!("a packet that breaks the protocol came while {doing}");
                return Err(Cause::of(Reason::ResponseInvalid, what));
            }
        }
    }
    let what = format!("{MAX_PACKETS} other packets came while {doing}");
    Err(Cause::of(Reason::ResponseInvalid, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_has_a_protocol_and_a_software() {
        let parts = parts_of("SSH-2.0-OpenSSH_9.2p1 Debian-2").unwrap();
        assert_eq!(parts, ("2.0", "OpenSSH_9.2p1"));
        assert_eq!(parts_of("SSH-1.99-Cisco-1.25").unwrap(), ("1.99", "Cisco-1.25"));
        assert_eq!(parts_of("SSH-1.5-old").unwrap_err().reason, Reason::CapabilityMissing);
        assert_eq!(parts_of("SSH-2.0").unwrap_err().reason, Reason::ResponseInvalid);
    }

    #[test]
    fn a_text_in_place_of_a_version_tells_the_cause() {
        for (text, wanted) in [
            ("Exceeded MaxStartups", Reason::TooManyConnections),
            ("Not allowed at this time", Reason::Throttled),
            ("This service moved", Reason::UnexpectedAnswer),
        ] {
            assert_eq!(refused(text).reason, wanted, "{text}");
        }
    }
}
