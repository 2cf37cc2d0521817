//! The messages of the transport layer of SSH (RFC 4253), as far as they come before encryption. Pure.

/// The number of the message that ends a connection.
const DISCONNECT: u8 = 1;

/// The number of the message with the algorithms of the server.
const KEXINIT: u8 = 20;

/// The bytes of the random value in front of the algorithms.
const COOKIE_BYTES: usize = 16;

/// A message of the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SshMessage {
    /// The algorithms that the server offers.
    Algorithms(SshAlgorithms),
    /// The end of the connection, with the code of its reason and a text.
    Disconnect { code: u32, text: String },
    /// A message with this number, which means nothing to the check.
    Other(u8),
}

/// The algorithms that a server offers, in its order of preference.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SshAlgorithms {
    pub(super) key_exchange: Vec<String>,
    pub(super) host_key: Vec<String>,
    pub(super) ciphers: Vec<String>,
    pub(super) macs: Vec<String>,
}

impl SshMessage {
    /// Reads the payload of a packet; `None` if it breaks the protocol.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let (number, rest) = payload.split_first()?;
        let mut fields = SshFields(rest);
        match *number {
            KEXINIT => {
                fields.take(COOKIE_BYTES)?;
                let key_exchange = fields.names()?;
                let host_key = fields.names()?;
                let _from_client = fields.names()?;
                let ciphers = fields.names()?;
                let _from_client = fields.names()?;
                let macs = fields.names()?;
                let algorithms = SshAlgorithms { key_exchange, host_key, ciphers, macs };
                Some(Self::Algorithms(algorithms))
            }
            DISCONNECT => {
                let code = fields.number()?;
                let text = String::from_utf8_lossy(fields.text()?).into_owned();
                Some(Self::Disconnect { code, text })
            }
            other => Some(Self::Other(other)),
        }
    }
}

/// Returns the payload of a packet without its length: the bytes between the length of the padding and
/// the padding.
pub(super) fn payload(packet: &[u8]) -> Option<&[u8]> {
    let (n_padding, rest) = packet.split_first()?;
    rest.get(..rest.len().checked_sub(usize::from(*n_padding))?)
}

/// The fields of a message that have not been read yet.
struct SshFields<'a>(&'a [u8]);

impl<'a> SshFields<'a> {
    fn take(&mut self, n_bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n_bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let n_bytes = usize::try_from(self.number()?).ok()?;
        self.take(n_bytes)
    }

    fn names(&mut self) -> Option<Vec<String>> {
        let text = str::from_utf8(self.text()?).ok()?;
        Some(text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Vec<u8> {
        [&u32::try_from(text.len()).unwrap().to_be_bytes(), text.as_bytes()].concat()
    }

    #[test]
    fn the_algorithms_are_read_in_their_order() {
        let lists = ["kex-b,kex-a", "ssh-ed25519", "in", "out", "mac-in", "mac-out"];
        let lists: Vec<u8> = lists.iter().flat_map(|list| text(list)).collect();
        let message = [&[KEXINIT][..], &[7; COOKIE_BYTES], &lists].concat();
        let Some(SshMessage::Algorithms(read)) = SshMessage::read(&message) else { panic!() };
        assert_eq!(read.key_exchange, ["kex-b", "kex-a"]);
        assert_eq!((read.ciphers, read.macs), (vec!["out".to_owned()], vec!["mac-out".to_owned()]));
        for n_bytes in 1..message.len() - 1 {
            let cut = message.get(..n_bytes).unwrap();
            assert_eq!(SshMessage::read(cut), None, "{n_bytes} bytes");
        }
    }

    #[test]
    fn a_disconnect_has_a_code_and_a_text() {
        let message = [&[DISCONNECT][..], &12_u32.to_be_bytes(), &text("Too many")].concat();
        let wanted = SshMessage::Disconnect { code: 12, text: "Too many".to_owned() };
        assert_eq!(SshMessage::read(&message), Some(wanted));
    }

    #[test]
    fn padding_longer_than_its_packet_is_refused() {
        assert_eq!(payload(&[2, b'a', 0, 0]), Some(&b"a"[..]));
        assert_eq!(payload(&[4, b'a', 0, 0]), None);
        assert_eq!(payload(&[]), None);
    }
}
