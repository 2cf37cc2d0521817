//! The packets of NTP (RFC 5905). Pure.

use std::net::Ipv4Addr;

/// The bytes of a packet without extensions.
pub(super) const PACKET_BYTES: usize = 48;

/// The first byte of a request: version 4, mode of a client.
const REQUEST: u8 = 0x23;

/// The mode of a server.
const SERVER: u8 = 4;

/// The stratum above which a server is not synchronized.
const MAX_STRATUM: u8 = 15;

/// The units of a fraction in a second of a timestamp.
const UNITS_PER_SECOND: f64 = 4_294_967_296.0;

/// A time of NTP: seconds since 1900, and their fraction in the lower half. It begins again in 2036.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NtpTime(u64);

impl NtpTime {
    /// Returns the time of so many seconds and nanoseconds after 1970.
    pub(super) fn of_unix(seconds: i64, nanoseconds: u32) -> Self {
        const FROM_1900_TO_1970: i64 = 2_208_988_800;
        let seconds = seconds.wrapping_add(FROM_1900_TO_1970).cast_unsigned() << 32;
        Self(seconds | ((u64::from(nanoseconds) << 32) / 1_000_000_000))
    }

    /// Returns the seconds since `earlier`, which are negative if it is later. Both are less than 68 years apart.
    fn since(self, earlier: Self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "the result is needed to a microsecond")]
        let units = self.0.wrapping_sub(earlier.0).cast_signed() as f64;
        units / UNITS_PER_SECOND
    }
}

/// Returns a request. Its time is a number that the server repeats, and need not be true.
pub(super) fn request(nonce: u64) -> [u8; PACKET_BYTES] {
    let mut packet = [0; PACKET_BYTES];
    let (head, time) = packet.split_at_mut(PACKET_BYTES - 8);
    if let Some(first) = head.first_mut() {
        *first = REQUEST;
    }
    time.copy_from_slice(&nonce.to_be_bytes());
    packet
}

/// The answer of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NtpAnswer {
    leap: u8,
    stratum: u8,
    root_delay: u32,
    root_dispersion: u32,
    reference: [u8; 4],
    received_at: NtpTime,
    sent_at: NtpTime,
}

/// The state of the clock of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ClockState {
    Synchronized,
    /// It has no time to give.
    Unsynchronized,
    /// It refuses with this code.
    Refused(String),
}

impl NtpAnswer {
    /// Reads the answer to the request with this nonce; `None` for any other packet.
    pub(super) fn read(packet: &[u8], nonce: u64) -> Option<Self> {
        let packet: &[u8; PACKET_BYTES] = packet.get(..PACKET_BYTES)?.try_into().ok()?;
        let [first, stratum, ..] = *packet;
        let word = |at: usize| -> Option<[u8; 4]> { packet.get(at..at + 4)?.try_into().ok() };
        let time = |at: usize| -> Option<u64> {
            Some(u64::from_be_bytes(packet.get(at..at + 8)?.try_into().ok()?))
        };
        if first & 0b111 != SERVER || time(24)? != nonce {
            return None;
        }
        Some(Self {
            leap: first >> 6,
            stratum,
            root_delay: u32::from_be_bytes(word(4)?),
            root_dispersion: u32::from_be_bytes(word(8)?),
            reference: word(12)?,
            received_at: NtpTime(time(32)?),
            sent_at: NtpTime(time(40)?),
        })
    }

    /// Returns the state of the clock.
    pub(super) fn state(&self) -> ClockState {
        match (self.stratum, self.leap) {
            // A server without a time also has the stratum 0, but no code.
            (0, _) if self.reference != [0; 4] => ClockState::Refused(self.code()),
            (1..=MAX_STRATUM, 0..=2) => ClockState::Synchronized,
            _ => ClockState::Unsynchronized,
        }
    }

    /// Returns the announced leap second.
    pub(super) fn leap(&self) -> &'static str {
        match self.leap {
            0 => "none",
            1 => "insert",
            2 => "delete",
            _ => "unknown",
        }
    }

    pub(super) fn stratum(&self) -> u8 {
        self.stratum
    }

    /// Returns the reference: the name of a clock at the stratum 1, and an address at others.
    pub(super) fn reference(&self) -> String {
        if self.stratum <= 1 { self.code() } else { Ipv4Addr::from(self.reference).to_string() }
    }

    pub(super) fn root_delay_ms(&self) -> f64 {
        milliseconds(self.root_delay)
    }

    pub(super) fn root_dispersion_ms(&self) -> f64 {
        milliseconds(self.root_dispersion)
    }

    /// Returns the time of the server minus that of this machine, in seconds. This machine has sent the request and
    /// received the answer at these times of its own clock.
    pub(super) fn offset(&self, sent_at: NtpTime, received_at: NtpTime) -> f64 {
        f64::midpoint(self.received_at.since(sent_at), self.sent_at.since(received_at))
    }

    fn code(&self) -> String {
        let text = self.reference.iter().take_while(|byte| **byte != 0);
        text.map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '?' }).collect()
    }
}

/// Returns a number of 16 whole and 16 fractional bits of seconds, in milliseconds.
fn milliseconds(fixed: u32) -> f64 {
    f64::from(fixed) * 1000.0 / 65_536.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: u64 = 0x0123_4567_89ab_cdef;

    fn answer(first: u8, stratum: u8, reference: [u8; 4], times: [NtpTime; 2]) -> NtpAnswer {
        let mut packet = [0; PACKET_BYTES];
        packet[..2].copy_from_slice(&[first, stratum]);
        packet[4..8].copy_from_slice(&0x0000_8000_u32.to_be_bytes());
        packet[8..12].copy_from_slice(&0x0001_0000_u32.to_be_bytes());
        packet[12..16].copy_from_slice(&reference);
        packet[24..32].copy_from_slice(&NONCE.to_be_bytes());
        packet[32..40].copy_from_slice(&times[0].0.to_be_bytes());
        packet[40..48].copy_from_slice(&times[1].0.to_be_bytes());
        NtpAnswer::read(&packet, NONCE).unwrap()
    }

    #[expect(clippy::cast_possible_truncation, reason = "the tests compare whole milliseconds")]
    fn milliseconds_of(seconds: f64) -> i64 {
        (seconds * 1000.0).round() as i64
    }

    fn at(seconds: i64) -> NtpTime {
        NtpTime::of_unix(1_800_000_000 + seconds, 500_000_000)
    }

    #[test]
    fn the_offset_leaves_out_the_way_of_the_packets() {
        // The clock of the server is 100 s ahead, and each way takes 2 s.
        let ahead = answer(0x24, 2, [192, 0, 2, 7], [at(102), at(103)]);
        assert_eq!(milliseconds_of(ahead.offset(at(0), at(5))), 100_000);
        let behind = answer(0x24, 2, [192, 0, 2, 7], [at(-98), at(-97)]);
        assert_eq!(milliseconds_of(behind.offset(at(0), at(5))), -100_000);
        assert_eq!(milliseconds_of(ahead.root_delay_ms() / 1000.0), 500);
        assert_eq!(milliseconds_of(ahead.root_dispersion_ms() / 1000.0), 1_000);
        assert_eq!((ahead.reference().as_str(), ahead.leap()), ("192.0.2.7", "none"));
    }

    #[test]
    fn the_offset_is_right_when_the_seconds_begin_again() {
        let before = NtpTime::of_unix(2_085_978_495, 0);
        let after = NtpTime::of_unix(2_085_978_497, 0);
        let answer = answer(0x24, 1, *b"GPS\0", [after, after]);
        assert_eq!(milliseconds_of(answer.offset(before, before)), 2_000);
        assert_eq!(answer.reference(), "GPS");
    }

    #[test]
    fn a_server_without_a_time_says_so() {
        let times = [at(0), at(0)];
        for (first, stratum, reference, wanted) in [
            (0x24, 3, [192, 0, 2, 7], ClockState::Synchronized),
            (0x64, 3, [192, 0, 2, 7], ClockState::Synchronized),
            (0xe4, 3, [192, 0, 2, 7], ClockState::Unsynchronized),
            (0x24, 16, [0; 4], ClockState::Unsynchronized),
            (0xe4, 0, [0; 4], ClockState::Unsynchronized),
            (0xe4, 0, *b"RATE", ClockState::Refused("RATE".to_owned())),
        ] {
            let state = answer(first, stratum, reference, times).state();
            assert_eq!(state, wanted, "{first:x} {stratum}");
        }
    }

    #[test]
    fn other_packets_are_no_answer() {
        let mut packet = request(NONCE);
        assert_eq!(NtpAnswer::read(&packet, NONCE), None, "a request");
        packet[0] = 0x24;
        assert_eq!(NtpAnswer::read(&packet, NONCE), None, "without the nonce");
        packet[24..32].copy_from_slice(&NONCE.to_be_bytes());
        assert!(NtpAnswer::read(&packet, NONCE).is_some());
        assert_eq!(NtpAnswer::read(&packet, NONCE + 1), None, "another nonce");
        assert_eq!(NtpAnswer::read(&packet[..47], NONCE), None, "cut off");
    }
}
