//! Echo requests and their answers. Pure.

use std::net::IpAddr;

/// The bytes of a message before its content.
const HEADER_BYTES: usize = 8;

/// The bytes of the content, as many as those of `ping`.
const CONTENT_BYTES: usize = 56;

/// The first byte of an IPv4 header without options. Some systems put it in front of an answer.
const IPV4_HEADER: u8 = 0x45;

/// The length of an IPv4 header without options.
const IPV4_HEADER_BYTES: usize = 20;

/// The types of the messages of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EchoTypes {
    request: u8,
    reply: u8,
}

impl EchoTypes {
    fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self { request: 8, reply: 0 },
            IpAddr::V6(_) => Self { request: 128, reply: 129 },
        }
    }
}

/// Returns a request. The system sets its identifier and its checksum.
pub(super) fn request(address: IpAddr, sequence: u16, token: u64) -> Vec<u8> {
    let mut packet = vec![EchoTypes::of(address).request, 0, 0, 0, 0, 0];
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(&token.to_be_bytes());
    packet.resize(HEADER_BYTES + CONTENT_BYTES, 0);
    packet
}

/// Returns the sequence number of an answer to a request with this token; `None` for any other packet.
pub(super) fn answered(address: IpAddr, packet: &[u8], token: u64) -> Option<u16> {
    let has_header = address.is_ipv4() && packet.first() == Some(&IPV4_HEADER);
    let packet = if has_header { packet.get(IPV4_HEADER_BYTES..)? } else { packet };
    let (header, content) = packet.split_at_checked(HEADER_BYTES)?;
    let is_answer = header.first() == Some(&EchoTypes::of(address).reply)
        && content.starts_with(&token.to_be_bytes());
    let sequence = header.get(6..).filter(|_| is_answer)?;
    Some(u16::from_be_bytes(sequence.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const TOKEN: u64 = 0x0123_4567_89ab_cdef;

    #[test]
    fn an_answer_repeats_sequence_and_content_of_its_request() {
        for (address, reply) in
            [(IpAddr::from(Ipv4Addr::LOCALHOST), 0), (IpAddr::from(Ipv6Addr::LOCALHOST), 129)]
        {
            let mut packet = request(address, 515, TOKEN);
            assert_eq!(packet.len(), 64);
            assert_eq!(answered(address, &packet, TOKEN), None, "a request is no answer");
            packet[0] = reply;
            assert_eq!(answered(address, &packet, TOKEN), Some(515));
            assert_eq!(answered(address, &packet, TOKEN + 1), None, "of another check");
            assert_eq!(answered(address, &packet[..12], TOKEN), None, "cut off");
        }
    }

    #[test]
    fn an_answer_with_its_ip_header_is_read() {
        let address = IpAddr::from(Ipv4Addr::LOCALHOST);
        let mut answer = request(address, 1, TOKEN);
        answer[0] = 0;
        let packet = [&[IPV4_HEADER][..], &[0; 19], &answer].concat();
        assert_eq!(answered(address, &packet, TOKEN), Some(1));
    }
}
