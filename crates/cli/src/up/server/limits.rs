//! The limits of one client: how many connections it may hold, and how often it may guess a token.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use tokio::task::{AbortHandle, Id};
use tokio::time::Instant;

/// The most connections at once.
pub(super) const MAX_CONNECTIONS: usize = 512;

/// The most connections of one address. The addresses of this machine are exempt: a reverse proxy
/// in front of the server connects from there for all of its clients.
pub(super) const MAX_CONNECTIONS_PER_ADDRESS: usize = 64;

/// The most unknown tokens of one address in [`GUESS_WINDOW`].
pub(super) const MAX_GUESSES: u32 = 10;

/// The time after which guesses are forgotten.
pub(super) const GUESS_WINDOW: Duration = Duration::from_mins(1);

/// The most addresses whose guesses are remembered.
const MAX_GUESSERS: usize = 4_096;

/// A client as the limits know it: an IPv4 address, or the first half of an IPv6 address, of which
/// one client has all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Returns the client at the address.
    pub(super) fn at(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) if !address.is_loopback() => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Self(Ipv6Addr::from(network).into())
            }
            address @ (IpAddr::V4(_) | IpAddr::V6(_)) => Self(address),
        }
    }

    fn is_this_machine(self) -> bool {
        self.0.is_loopback()
    }
}

/// The open connections, oldest first.
#[derive(Default)]
pub(super) struct Connections(VecDeque<Connection>);

struct Connection {
    client: ClientAddress,
    task: AbortHandle,
}

impl Connections {
    /// Returns whether the client may open one more connection.
    pub(super) fn accepts(&self, client: ClientAddress) -> bool {
        let n_of_client = self.0.iter().filter(|one| one.client == client).count();
        client.is_this_machine() || n_of_client < MAX_CONNECTIONS_PER_ADDRESS
    }

    /// Adds a connection. Where there are too many, the oldest one is closed: clients that read the
    /// page are soon gone, and those that hold connections open have the old ones.
    pub(super) fn add(&mut self, client: ClientAddress, task: AbortHandle) {
        if self.0.len() >= MAX_CONNECTIONS
            && let Some(oldest) = self.0.pop_front()
        {
            oldest.task.abort();
        }
        self.0.push_back(Connection { client, task });
    }

    /// Forgets a connection that has ended.
    pub(super) fn remove(&mut self, task: Id) {
        self.0.retain(|one| one.task.id() != task);
    }
}

/// Counts the unknown tokens of each client.
#[derive(Debug, Default)]
pub(super) struct Guesses(HashMap<ClientAddress, Guessed>);

#[derive(Debug)]
struct Guessed {
    since: Instant,
    n: u32,
}

impl Guesses {
    /// Counts an unknown token, and returns whether the client has guessed too often.
    pub(super) fn count(&mut self, client: ClientAddress, now: Instant) -> bool {
        let is_over = |guessed: &Guessed| now.duration_since(guessed.since) >= GUESS_WINDOW;
        if self.0.len() >= MAX_GUESSERS && !self.0.contains_key(&client) {
            self.0.retain(|_, guessed| !is_over(guessed));
            if self.0.len() >= MAX_GUESSERS {
                self.0.clear();
            }
        }
        let guessed = self.0.entry(client).or_insert(Guessed { since: now, n: 0 });
        if is_over(guessed) {
            *guessed = Guessed { since: now, n: 0 };
        }
        guessed.n = guessed.n.saturating_add(1);
        guessed.n > MAX_GUESSES
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::task::JoinSet;

    use super::*;

    fn client(address: &str) -> ClientAddress {
        ClientAddress::at(address.parse().unwrap())
    }

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_prefix_of_64_bits() {
        assert_eq!(client("2001:db8:1:2:3::1"), client("2001:db8:1:2:ffff::2"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert!(client("::1").is_this_machine() && client("127.0.0.2").is_this_machine());
        assert!(client("::ffff:127.0.0.1").is_this_machine());
    }

    #[tokio::test]
    async fn connections_are_limited_per_address() {
        let mut tasks = JoinSet::new();
        let mut connections = Connections::default();
        let (greedy, other, proxy) =
            (client("192.0.2.1"), client("192.0.2.2"), client("127.0.0.1"));
        for _ in 0..MAX_CONNECTIONS_PER_ADDRESS {
            assert!(connections.accepts(greedy));
            connections.add(greedy, tasks.spawn(pending::<()>()));
            connections.add(proxy, tasks.spawn(pending::<()>()));
        }
        assert!(!connections.accepts(greedy));
        assert!(connections.accepts(other) && connections.accepts(proxy));
        let ended = connections.0.front().unwrap().task.id();
        connections.remove(ended);
        assert!(connections.accepts(greedy));
    }

    #[tokio::test]
    async fn the_oldest_connection_is_closed_for_a_new_one() {
        let mut tasks = JoinSet::new();
        let mut connections = Connections::default();
        let client = client("127.0.0.1");
        let first = tasks.spawn(pending::<()>());
        connections.add(client, first.clone());
        for _ in 0..MAX_CONNECTIONS {
            connections.add(client, tasks.spawn(pending::<()>()));
        }
        let ended = tasks.join_next_with_id().await.unwrap().unwrap_err();
        assert!(ended.is_cancelled() && ended.id() == first.id());
        assert_eq!(connections.0.len(), MAX_CONNECTIONS);
    }

    #[test]
    fn guesses_are_counted_by_client_and_expire() {
        let mut guesses = Guesses::default();
        let (one, other) = (client("192.0.2.1"), client("192.0.2.2"));
        let now = Instant::now();
        let refused: Vec<bool> = (0..=MAX_GUESSES).map(|_| guesses.count(one, now)).collect();
        assert_eq!(refused.iter().filter(|refused| **refused).count(), 1);
        assert!(refused.last().unwrap());
        assert!(!guesses.count(other, now));
        assert!(!guesses.count(one, now + GUESS_WINDOW));
    }

    #[test]
    fn the_memory_for_guesses_is_bounded() {
        let mut guesses = Guesses::default();
        let now = Instant::now();
        for n in 0..20_000_u32 {
            guesses.count(ClientAddress::at(IpAddr::V4(n.into())), now);
        }
        assert!(guesses.0.len() <= MAX_GUESSERS);
    }
}
