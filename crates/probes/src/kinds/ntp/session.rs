//! One attempt: a request, which is repeated if no answer comes, and the judgment of the clock.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use allclear_core::Timestamp;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::packet::{self, ClockState, NtpAnswer, NtpTime};
use super::{CLOCK_OFFSET_MS, NtpDialog, ROOT_DELAY_MS, ROOT_DISPERSION_MS, STRATUM};
use crate::attempt::AttemptPhase;
use crate::net::is_local_shortage;
use crate::service::{ReadValue, ServiceAttempt, ServiceReading};

/// The most requests of an attempt: each of them, or its answer, can be lost.
const MAX_REQUESTS: u32 = 4;

/// The size of the buffer of answers, which may have extensions.
const BUFFER_BYTES: usize = 1_500;

/// Speaks with the server.
pub(super) async fn talk(
    dialog: &NtpDialog,
    line: &mut ServiceAttempt<'_>,
) -> Result<ServiceReading, Cause> {
    let addresses = line.target.addresses(line.shared, line.attempt).await?;
    let socket = connected(&addresses, line.target.port()).await?;
    line.attempt.enter(AttemptPhase::FirstByte);
    let wait = line.context.timeout / MAX_REQUESTS;
    let (answer, offset) = loop {
        // The timeout of the attempt ends the loop.
        if let Ok(answered) = timeout(wait, ask(&socket)).await {
            break answered?;
        }
    };
    line.answered();
    judge(dialog, answer, offset)
}

async fn connected(addresses: &[IpAddr], port: u16) -> Result<UdpSocket, Cause> {
    let mut unreachable = "the name has no address".to_owned();
    for address in addresses {
        let any: IpAddr = match address {
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((any, 0)).await.map_err(|error| {
            Cause::of(Reason::NotSent, format!("cannot open a socket on this machine: {error}"))
        })?;
        match socket.connect((*address, port)).await {
            Ok(()) => return Ok(socket),
            Err(error) => unreachable = format!("no route to {address}: {error}"),
        }
    }
    Err(Cause::of(Reason::ConnectUnreachable, unreachable))
}

/// Sends a request and returns its answer, with the offset in seconds.
async fn ask(socket: &UdpSocket) -> Result<(NtpAnswer, f64), Cause> {
    let nonce = RandomState::new().build_hasher().finish();
    let (sent_at, since) = (clock(), Instant::now());
    socket.send(&packet::request(nonce)).await.map_err(|error| broken(&error))?;
    let mut buffer = [0; BUFFER_BYTES];
    loop {
        let n_bytes = socket.recv(&mut buffer).await.map_err(|error| broken(&error))?;
        // The clock of this machine can be set between the two times.
        let received_at = sent_at.saturating_add(since.elapsed()).unwrap_or(sent_at);
        let bytes = buffer.get(..n_bytes).unwrap_or_default();
        if let Some(answer) = NtpAnswer::read(bytes, nonce) {
            let offset = answer.offset(ntp_time(sent_at), ntp_time(received_at));
            return Ok((answer, offset));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the check compares this clock with another one")]
fn clock() -> Timestamp {
    Timestamp::now()
}

fn ntp_time(time: Timestamp) -> NtpTime {
    let nanoseconds = u32::try_from(time.subsec_nanosecond()).unwrap_or_default();
    NtpTime::of_unix(time.as_second(), nanoseconds)
}

fn broken(error: &Error) -> Cause {
    let kind = error.kind();
    if kind == ErrorKind::ConnectionRefused {
        return Cause::of(Reason::ConnectRefused, "no server listens at the port");
    }
    if kind == ErrorKind::PermissionDenied || is_local_shortage(error) {
        let what = format!("this machine does not send requests: {error}");
        return Cause::of(Reason::NotSent, what);
    }
    Cause::of(Reason::ConnectUnreachable, format!("the network fails: {error}"))
}

fn judge(dialog: &NtpDialog, answer: NtpAnswer, offset: f64) -> Result<ServiceReading, Cause> {
    match answer.state() {
        ClockState::Synchronized => {}
        ClockState::Unsynchronized => {
            let what = "the server is not synchronized, and has no time to give";
            return Err(Cause::of(Reason::NotReady, what));
        }
        ClockState::Refused(code) => {
            let reason = refusal(&code);
            return Err(Cause::of(reason, format!("the server refuses with the code `{code}`")));
        }
    }
    let mut reading = ServiceReading::default();
    reading.set("leap", ReadValue::Text(answer.leap().to_owned()));
    reading.set("reference", ReadValue::Text(answer.reference()));
    for (metric, value) in [
        (CLOCK_OFFSET_MS, offset * 1000.0),
        (STRATUM, f64::from(answer.stratum())),
        (ROOT_DISPERSION_MS, answer.root_dispersion_ms()),
        (ROOT_DELAY_MS, answer.root_delay_ms()),
    ] {
        reading.measure(metric, value);
    }
    if offset.abs() > dialog.max_offset.as_secs_f64() {
        reading.degrade(Cause::of(Reason::ClockOffset, offset_text(offset, dialog.max_offset)));
    }
    Ok(reading)
}

fn offset_text(offset: f64, limit: Duration) -> String {
    let side = if offset > 0.0 { "ahead of" } else { "behind" };
    let (seconds, limit) = (offset.abs(), allclear_core::duration::format(limit));
    format!(
        "the clock of the server is {seconds:.3} s {side} that of this machine, more than {limit}"
    )
}

/// Returns the reason of a refusal with this code.
fn refusal(code: &str) -> Reason {
    match code {
        "RATE" => Reason::Throttled,
        "DENY" | "RSTR" => Reason::RegionBlocked,
        _ => Reason::NotReady,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_reason() {
        for (code, wanted) in [
            ("RATE", Reason::Throttled),
            ("DENY", Reason::RegionBlocked),
            ("INIT", Reason::NotReady),
        ] {
            assert_eq!(refusal(code), wanted, "{code}");
        }
    }

    #[test]
    fn an_offset_has_a_direction() {
        let text = offset_text(-2.5, Duration::from_secs(1));
        let wanted = "the clock of the server is 2.500 s behind that of this machine, more than 1s";
        assert_eq!(text, wanted);
    }
}
