//! The requests of an attempt and the times of their answers.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{Error, ErrorKind};
use std::net::IpAddr;
use std::time::Duration;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep, timeout_at};

use super::packet;
use crate::net::is_local_shortage;

/// The size of the buffer of answers. A longer packet is none.
const BUFFER_BYTES: usize = 1_500;

/// The pause after an error of the network.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(2);

/// The requests to send.
#[derive(Debug, Clone, Copy)]
pub(super) struct EchoPlan {
    pub(super) n_packets: u8,
    /// The time between two requests.
    pub(super) spacing: Duration,
    /// The time that the last request has for its answer.
    pub(super) wait: Duration,
}

/// One request.
#[derive(Debug)]
struct EchoRequest {
    sent_at: Instant,
    took: Option<Duration>,
}

/// The requests that were sent, in their order.
#[derive(Debug, Default)]
pub(super) struct Echoes {
    requests: Vec<EchoRequest>,
    /// The last error that the network reported.
    error: Option<Error>,
}

impl Echoes {
    /// Sends the requests and collects the answers until `deadline` at most.
    pub(super) async fn collect(
        socket: &UdpSocket,
        address: IpAddr,
        plan: EchoPlan,
        deadline: Instant,
    ) -> Result<Self, Cause> {
        let token = RandomState::new().build_hasher().finish();
        let mut echoes = Self::default();
        let mut next_at = Instant::now();
        for sequence in 0..u16::from(plan.n_packets) {
            if next_at >= deadline {
                break;
            }
            let packet = packet::request(address, sequence, token);
            if let Err(error) = socket.send(&packet).await {
                echoes.not_sent(error)?;
            }
            echoes.requests.push(EchoRequest { sent_at: Instant::now(), took: None });
            let is_last = sequence + 1 == u16::from(plan.n_packets);
            next_at += if is_last { plan.wait } else { plan.spacing };
            let until = next_at.min(deadline);
            while !(is_last && echoes.are_answered()) {
                let Some(received) = receive(socket, until).await else { break };
                echoes.note(received, |packet| packet::answered(address, packet, token));
            }
        }
        Ok(echoes)
    }

    /// Notes an error of sending; fails if this machine does not send.
    fn not_sent(&mut self, error: Error) -> Result<(), Cause> {
        if error.kind() == ErrorKind::PermissionDenied || is_local_shortage(&error) {
            let what = format!("this machine does not send echo requests: {error}");
            return Err(Cause::of(Reason::NotSent, what));
        }
        self.error = Some(error);
        Ok(())
    }

    fn note(&mut self, received: Received, sequence: impl FnOnce(&[u8]) -> Option<u16>) {
        match received {
            Received::Packet { bytes, at } => {
                let number = sequence(&bytes).map(usize::from);
                if let Some(request) = number.and_then(|number| self.requests.get_mut(number)) {
                    request.took.get_or_insert(at - request.sent_at);
                }
            }
            Received::Failed(error) => self.error = Some(error),
        }
    }

    fn are_answered(&self) -> bool {
        self.requests.iter().all(|request| request.took.is_some())
    }

    fn times(&self) -> impl Iterator<Item = Duration> + Clone {
        self.requests.iter().filter_map(|request| request.took)
    }

    fn n_sent(&self) -> u32 {
        u32::try_from(self.requests.len()).unwrap_or(u32::MAX)
    }

    fn n_answered(&self) -> u32 {
        u32::try_from(self.times().count()).unwrap_or(u32::MAX)
    }

    /// Returns the share of requests without an answer.
    pub(super) fn loss_percent(&self) -> f64 {
        let n_sent = self.n_sent().max(1);
        100.0 * f64::from(self.n_sent() - self.n_answered()) / f64::from(n_sent)
    }

    /// Returns the mean time; `None` without an answer.
    pub(super) fn mean(&self) -> Option<Duration> {
        self.times().sum::<Duration>().checked_div(self.n_answered())
    }

    /// Returns the shortest time.
    pub(super) fn shortest(&self) -> Option<Duration> {
        self.times().min()
    }

    /// Returns the longest time.
    pub(super) fn longest(&self) -> Option<Duration> {
        self.times().max()
    }

    /// Returns the mean difference between answers that follow each other; `None` if there are fewer than two.
    pub(super) fn jitter(&self) -> Option<Duration> {
        let differences = self.times().zip(self.times().skip(1)).map(|(a, b)| a.abs_diff(b));
        differences.sum::<Duration>().checked_div(self.n_answered().checked_sub(1)?)
    }

    /// Returns the result in words.
    pub(super) fn described(&self) -> String {
        let (n_sent, n_answered) = (self.n_sent(), self.n_answered());
        format!("{n_answered} answers to {n_sent} echo requests")
    }

    /// Returns the cause if there is no answer.
    pub(super) fn unanswered(&self, address: IpAddr) -> Cause {
        let n_sent = self.n_sent();
        let what = format!("no answer to {n_sent} echo requests from {address}");
        match &self.error {
            Some(error) => Cause::of(Reason::ConnectUnreachable, format!("{what}: {error}")),
            None => Cause::of(Reason::ConnectTimeout, what),
        }
    }
}

/// A result of waiting on the socket.
enum Received {
    Packet { bytes: Vec<u8>, at: Instant },
    Failed(Error),
}

/// Returns what comes before `until`; `None` if nothing does.
async fn receive(socket: &UdpSocket, until: Instant) -> Option<Received> {
    let mut buffer = [0; BUFFER_BYTES];
    match timeout_at(until, socket.recv(&mut buffer)).await.ok()? {
        Ok(n_bytes) => {
            let bytes = buffer.get(..n_bytes).unwrap_or_default().to_vec();
            Some(Received::Packet { bytes, at: Instant::now() })
        }
        Err(error) => {
            // An error that stays would keep the thread busy.
            sleep(PAUSE_AFTER_ERROR).await;
            Some(Received::Failed(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echoes(times_ms: &[Option<u64>]) -> Echoes {
        let sent_at = Instant::now();
        let request =
            |took: &Option<u64>| EchoRequest { sent_at, took: took.map(Duration::from_millis) };
        Echoes { requests: times_ms.iter().map(request).collect(), error: None }
    }

    #[test]
    fn lost_requests_count_in_the_loss_and_not_in_the_times() {
        let all = echoes(&[Some(10), None, Some(14), Some(12)]);
        assert!((24.0..26.0).contains(&all.loss_percent()));
        assert_eq!(all.mean(), Some(Duration::from_millis(12)));
        assert_eq!(all.shortest(), Some(Duration::from_millis(10)));
        assert_eq!(all.longest(), Some(Duration::from_millis(14)));
        assert_eq!(all.jitter(), Some(Duration::from_millis(3)));
        assert_eq!(all.described(), "3 answers to 4 echo requests");
    }

    #[test]
    fn without_an_answer_there_is_no_time() {
        let none = echoes(&[None, None]);
        assert_eq!((none.mean(), none.jitter()), (None, None));
        let address = IpAddr::from([192, 0, 2, 1]);
        let cause = none.unanswered(address);
        assert_eq!(cause.reason, Reason::ConnectTimeout);
        let error = Some(Error::from(ErrorKind::HostUnreachable));
        let cause = Echoes { error, ..none }.unanswered(address);
        assert_eq!(cause.reason, Reason::ConnectUnreachable);
    }

    #[test]
    fn a_single_answer_has_no_jitter() {
        assert_eq!(echoes(&[Some(10), None]).jitter(), None);
    }
}
