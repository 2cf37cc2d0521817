//! The greeting of the server, the change to TLS and the login.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::MysqlDialog;
use super::auth::AuthPlugin;
use super::fields::Fields;
use super::packets::{Packets, invalid};
use crate::attempt::AttemptPhase;
use crate::excerpt::excerpt_of_bytes;
use crate::service::{ServiceAttempt, Wire, WireWatch};

// The capabilities of client and server. Without that of several statements, the server refuses more than one.
const LONG_PASSWORD: u32 = 0x1;
const CONNECT_WITH_DATABASE: u32 = 0x8;
const PROTOCOL_41: u32 = 0x200;
const TLS: u32 = 0x800;
const TRANSACTIONS: u32 = 0x2000;
const SECURE_CONNECTION: u32 = 0x8000;
const PLUGIN_AUTH: u32 = 0x8_0000;

/// The collation `utf8mb4_general_ci`.
const CHARSET: u8 = 45;

/// The most bytes of a packet that the client accepts.
const MAX_PACKET_BYTES: u32 = 1024 * 1024;

const GREETING: &str = "waiting for the greeting";
const LOGIN: &str = "logging in";

/// The greeting of a server.
#[derive(Debug, PartialEq, Eq)]
struct Greeting {
    version: String,
    capabilities: u32,
    challenge: Vec<u8>,
    plugin: Vec<u8>,
}

/// The encryption of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Absent,
    Present,
}

/// A connection after the login.
#[derive(Debug)]
pub(super) struct LoggedIn {
    pub(super) packets: Packets,
    /// The version as the server calls it.
    pub(super) version: String,
}

/// Connects, encrypts the connection if the check has TLS, and logs in.
pub(super) async fn log_in(
    dialog: &MysqlDialog,
    password: &str,
    line: &mut ServiceAttempt<'_>,
) -> Result<LoggedIn, Cause> {
    let stream = line.target.connect(line.shared, line.attempt).await?;
    line.attempt.enter(AttemptPhase::FirstByte);
    let wire = Wire::plain(stream, WireWatch::default());
    let mut packets = Packets { wire, sequence: 0 };
    let packet = packets.receive(GREETING).await?;
    let greeting = Greeting::read(&packet)
        .ok_or_else(|| invalid("it is no greeting of a MySQL server", GREETING))?;
    if line.target.has_tls() {
        packets = secure(packets, &greeting, line).await?;
    }
    let encryption = if line.target.has_tls() { Encryption::Present } else { Encryption::Absent };
    let plugin = AuthPlugin::of(&greeting.plugin).unwrap_or(AuthPlugin::Native);
    // A password in clear text is sent only when the server asks for it.
    let answer = match plugin {
        AuthPlugin::Clear => Vec::new(),
        AuthPlugin::Native | AuthPlugin::CachingSha2 => {
            plugin.answer(password, &greeting.challenge)
        }
    };
    let response = response(dialog, encryption, &greeting.plugin, &answer);
    packets.send(&response, LOGIN).await?;
    if let Err(mut cause) = authenticate(&mut packets, password, encryption).await {
        if cause.reason == Reason::AuthInvalid
            && encryption == Encryption::Absent
            && greeting.capabilities & TLS != 0
        {
            // The error is the same as for a wrong password.
            cause.message.push_str("; the server offers TLS and may demand it of this user");
        }
        return Err(cause);
    }
    Ok(LoggedIn { packets, version: greeting.version })
}

/// Requests TLS and makes the handshake.
async fn secure(
    mut packets: Packets,
    greeting: &Greeting,
    line: &mut ServiceAttempt<'_>,
) -> Result<Packets, Cause> {
    if greeting.capabilities & TLS == 0 {
        let what = "the greeting of the server does not offer TLS";
        return Err(Cause::of(Reason::TlsNotOffered, what));
    }
    packets.send(&response_head(TLS), "requesting TLS").await?;
    let Packets { wire, sequence } = packets;
    let Ok(stream) = wire.into_plain() else {
        return Err(invalid("the connection is encrypted already", "requesting TLS"));
    };
    let wire = line.target.secure(stream, line.context, line.attempt).await?;
    line.attempt.enter(AttemptPhase::FirstByte);
    Ok(Packets { wire, sequence })
}

/// Answers the server until it accepts or refuses the login.
async fn authenticate(
    packets: &mut Packets,
    password: &str,
    encryption: Encryption,
) -> Result<(), Cause> {
    // A change of the plugin and a request of the new one, and some more for servers that repeat themselves.
    for _ in 0..6 {
        let packet = packets.receive(LOGIN).await?;
        let mut fields = Fields(&packet);
        let (plugin, challenge) = match (fields.byte(), fields.0) {
            (Some(0), _) => return Ok(()),
            (Some(0xfe), _) => {
                let name = fields.terminated();
                (AuthPlugin::of(name).ok_or_else(|| unsupported(name))?, fields.0)
            }
            // The server knows the password from an earlier login; the acceptance follows.
            (Some(1), [3]) => continue,
            (Some(1), [4]) => (AuthPlugin::Clear, &[][..]),
            _ => return Err(invalid("it is no answer to a login", LOGIN)),
        };
        if plugin == AuthPlugin::Clear && encryption == Encryption::Absent {
            let what = "the server demands the password itself, which is sent over TLS only";
            return Err(Cause::of(Reason::TlsRequired, what));
        }
        packets.send(&plugin.answer(password, challenge), LOGIN).await?;
    }
    Err(invalid("the login does not end", LOGIN))
}

fn unsupported(name: &[u8]) -> Cause {
    let what = format!(
        "the server demands a login by the plugin `{}`: use a user with `mysql_native_password` or \
         `caching_sha2_password`",
        excerpt_of_bytes(name)
    );
    Cause::of(Reason::ProbeInvalid, what)
}

/// Returns the beginning of the response to the greeting, which alone requests TLS.
fn response_head(more_capabilities: u32) -> Vec<u8> {
    let own = LONG_PASSWORD | PROTOCOL_41 | TRANSACTIONS | SECURE_CONNECTION | PLUGIN_AUTH;
    let mut head = (own | more_capabilities).to_le_bytes().to_vec();
    head.extend(MAX_PACKET_BYTES.to_le_bytes());
    head.push(CHARSET);
    head.extend([0; 23]);
    head
}

fn response(dialog: &MysqlDialog, encryption: Encryption, plugin: &[u8], answer: &[u8]) -> Vec<u8> {
    let tls = match encryption {
        Encryption::Absent => 0,
        Encryption::Present => TLS,
    };
    let database = if dialog.database.is_some() { CONNECT_WITH_DATABASE } else { 0 };
    let mut response = response_head(tls | database);
    response.extend([dialog.user.as_bytes(), b"\0"].concat());
    // At most 32 bytes.
    response.push(u8::try_from(answer.len()).unwrap_or(0));
    response.extend(answer);
    if let Some(database) = &dialog.database {
        response.extend([database.as_bytes(), b"\0"].concat());
    }
    let known = AuthPlugin::of(plugin).map_or(&b"mysql_native_password"[..], |_| plugin);
    response.extend([known, b"\0"].concat());
    response
}

impl Greeting {
    fn read(packet: &[u8]) -> Option<Self> {
        let mut fields = Fields(packet);
        if fields.byte()? != 10 {
            return None;
        }
        let version = String::from_utf8_lossy(fields.terminated()).into_owned();
        let _connection_id = fields.take(4)?;
        let mut challenge = fields.take(8)?.to_vec();
        let _zero = fields.byte()?;
        let low = fields.number(2)?;
        let _charset_and_status = fields.take(3)?;
        let high = fields.number(2)?;
        let n_challenge = usize::from(fields.byte()?);
        let _reserved = fields.take(10)?;
        challenge.extend(fields.take(n_challenge.saturating_sub(8).max(13))?);
        let plugin = fields.terminated().to_vec();
        let capabilities = u32::try_from(high << 16 | low).ok()?;
        Some(Self { version, capabilities, challenge, plugin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_read() {
        let packet = [
            &b"\x0a8.0.36\0\x01\0\0\0ABCDEFGH\0"[..],
            &b"\xff\xff\xff\x02\0\xff\xdf\x15"[..],
            &[0; 10],
            &b"IJKLMNOPQRST\0caching_sha2_password\0"[..],
        ]
        .concat();
        let greeting = Greeting::read(&packet).unwrap();
        assert_eq!(greeting.version, "8.0.36");
        assert_eq!(greeting.challenge, b"ABCDEFGHIJKLMNOPQRST\0");
        assert_eq!(greeting.plugin, b"caching_sha2_password");
        assert_eq!(greeting.capabilities & TLS, TLS);
        assert_eq!(Greeting::read(&packet[..30]), None);
        assert_eq!(Greeting::read(b"\x09old\0"), None);
    }
}
