//! Compares the stub resolver with `hickory-resolver`: `cargo bench -p allclear-probes --bench resolver`.
//!
//! The name server is a process of its own, so that only the client is measured.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark fails by panicking")]

#[path = "../tests/checks/name_server.rs"]
#[expect(dead_code, clippy::indexing_slicing, reason = "this is a part of the tests")]
mod name_server;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::{CountedBudget, MemoryBudgets};
use allclear_core::checker::{CheckContext, CheckKinds, Checker, PriorState};
use allclear_core::id::MonitorId;
use allclear_core::monitor::CheckSpec;
use allclear_core::secret::Secrets;
use allclear_core::status::Status;
use allclear_probes::{ProbeSettings, Probes};
use futures_util::future::join_all;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::RecordType;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ServerOrderingStrategy,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use name_server::{DnsTransport, NameServer, answer_to, with_address, with_code};
use rustls::RootCertStore;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::time::Instant;

/// The argument with which this program is the name server.
const NAME_SERVER: &str = "--name-server";

/// The deadline of a lookup.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The time that a name server has for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The number of lookups for the CPU time.
const N_LOOKUPS: usize = 4_000;

/// The numbers of lookups for the delay.
const SIZES: [usize; 3] = [40, 400, 1_000];

/// The time between the beginnings of two lookups. All at once overflow the buffer of the name server.
const APART: Duration = Duration::from_micros(500);

/// Answers that differ from the usual one, by the first label of the name.
const PECULIAR: [(&str, &str); 6] = [
    ("no-aaaa", "an answer for the IPv4 address only"),
    ("truncated", "an answer that is cut short over UDP"),
    ("refuses-edns", "FORMERR for a question with EDNS"),
    ("foreign", "the address of another name"),
    ("absent", "NXDOMAIN"),
    ("silent", "no answer"),
];

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    if std::env::args().any(|argument| argument == NAME_SERVER) {
        runtime.block_on(serve());
    } else {
        runtime.block_on(measure());
    }
}

/// Runs the name server and a target until the standard input ends.
#[expect(clippy::print_stdout, reason = "the parent reads the addresses")]
async fn serve() {
    let server = NameServer::start(answer).await;
    let target = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}\n{}", server.address, target.local_addr().unwrap());
    std::io::stdout().flush().unwrap();
    tokio::spawn(async move { while target.accept().await.is_ok() {} });
    let wait = || std::io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(wait).await.unwrap().unwrap();
}

fn answer(question: &Message, over: DnsTransport) -> Option<Vec<u8>> {
    let query = question.queries.first().unwrap();
    let name = query.name().to_ascii();
    let (kind, _) = name.split_once('.').unwrap();
    let bare = |message: Message| Some(message.to_vec().unwrap());
    match kind {
        "silent" => None,
        "no-aaaa" if query.query_type() == RecordType::AAAA => None,
        "truncated" if over == DnsTransport::Udp => {
            let mut answer = answer_to(question);
            answer.metadata.truncation = true;
            bare(answer)
        }
        "refuses-edns" if question.edns.is_some() => {
            bare(with_code(question, ResponseCode::FormErr))
        }
        "foreign" => Some(with_address(question, Some("other.test."))),
        "absent" => bare(with_code(question, ResponseCode::NXDomain)),
        _ => Some(with_address(question, None)),
    }
}

/// The resolvers that are compared.
enum Contender {
    /// The stub resolver, through a check of kind `tcp`, which also connects.
    Stub(Probes, SocketAddr),
    /// `hickory-resolver`, built anew for each lookup.
    HickoryPerCheck(SocketAddr),
    /// `hickory-resolver`, one for all lookups.
    HickoryShared(Box<TokioResolver>),
}

impl Contender {
    fn all(server: SocketAddr, target: SocketAddr) -> [(&'static str, Self); 3] {
        let settings = ProbeSettings::new(RootCertStore::empty().into());
        let probes = Probes::new(ProbeSettings { name_servers: vec![server], ..settings });
        [
            ("stub resolver, with a connection", Self::Stub(probes, target)),
            ("hickory-resolver, one per check", Self::HickoryPerCheck(server)),
            ("hickory-resolver, shared", Self::HickoryShared(Box::new(hickory(server)))),
        ]
    }

    /// Looks `host` up. The error is the message of the resolver.
    async fn look_up(&self, host: &str) -> Result<(), String> {
        let resolve = async |resolver: &TokioResolver| {
            let found = resolver.lookup_ip(host).await.map_err(|error| error.to_string())?;
            found.iter().next().map(|_| ()).ok_or_else(|| "no address".to_owned())
        };
        let limited = async {
            match self {
                Self::Stub(probes, target) => connect(probes, host, target.port()).await,
                Self::HickoryPerCheck(server) => resolve(&hickory(*server)).await,
                Self::HickoryShared(resolver) => resolve(resolver).await,
            }
        };
        let limited = tokio::time::timeout(TIMEOUT, limited).await;
        limited.unwrap_or_else(|_| Err("no result before the deadline".to_owned()))
    }
}

fn hickory(server: SocketAddr) -> TokioResolver {
    let mut name_server = NameServerConfig::udp_and_tcp(server.ip());
    for connection in &mut name_server.connections {
        connection.port = server.port();
    }
    let config = ResolverConfig::from_name_servers(vec![name_server]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options = builder.options_mut();
    options.attempts = 3;
    options.cache_size = 0;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
    options.timeout = PATIENCE;
    options.use_hosts_file = ResolveHosts::Never;
    builder.build().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a check needs the time")]
async fn connect(probes: &Probes, host: &str, port: u16) -> Result<(), String> {
    let params = json!({ "address": format!("{host}:{port}") });
    let spec = CheckSpec { kind: "tcp".to_owned(), params };
    let checker: Box<dyn Checker> =
        probes.build(&spec).unwrap_or_else(|all| panic!("{host}: {all:?}"));
    let (now, budgets) = (Timestamp::now(), MemoryBudgets::default());
    let context = CheckContext {
        now,
        timeout: TIMEOUT,
        secrets: &Secrets::new(),
        beat: None,
        listener_gap: None,
        budget: &CountedBudget::new(&budgets, MonitorId::new("target").unwrap(), now),
        interval: Duration::from_mins(1),
        prior_state: PriorState::Blank,
        force_all: false,
    };
    let finding = checker.check(context).await;
    if finding.verdict.status() == Status::Healthy {
        Ok(())
    } else {
        Err(format!("{:?}", finding.verdict))
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its result")]
async fn measure() {
    let (mut child, server, target) = start();
    let contenders = Contender::all(server, target);
    println!("CPU time of one lookup:");
    for (what, contender) in &contenders {
        let host = |n| format!("healthy.n{n}.test.");
        println!("  {what}: {:.0} µs", cpu_micros(contender, host).await);
    }
    let (_, stub) = contenders.first().unwrap();
    let micros = cpu_micros(stub, |_| "127.0.0.1".to_owned()).await;
    println!("  of it the check and its connection: {micros:.0} µs");
    for n in SIZES {
        println!("Median and longest time of {} good lookups,", n / 2);
        for (what, contender) in &contenders {
            let alone = good_lookups(contender, n / 2, 0).await;
            let concurrent = good_lookups(contender, n / 2, n / 2).await;
            println!("  {what}: alone {alone}; beside {} without an answer {concurrent}", n / 2);
        }
    }
    for (kind, meaning) in PECULIAR {
        println!("{meaning}:");
        for (what, contender) in &contenders {
            let begin = Instant::now();
            let result = contender.look_up(&format!("{kind}.test.")).await;
            println!("  {what}: {result:?} after {} ms", begin.elapsed().as_millis());
        }
    }
    drop(child.stdin.take());
    child.wait().unwrap();
}

/// Starts this program again, as the name server, and reads its address and that of the target.
fn start() -> (Child, SocketAddr, SocketAddr) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(NAME_SERVER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut address = || lines.next().unwrap().unwrap().parse().unwrap();
    let (server, target) = (address(), address());
    (child, server, target)
}

/// Returns the CPU time of a lookup in microseconds. Ten lookups run at once.
#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
async fn cpu_micros(contender: &Contender, host: impl Fn(usize) -> String) -> f64 {
    const AT_ONCE: usize = 10;
    let batch = async |n: usize| {
        let hosts: Vec<String> = (n..n + AT_ONCE).map(&host).collect();
        for result in join_all(hosts.iter().map(|host| contender.look_up(host))).await {
            result.unwrap();
        }
    };
    batch(0).await;
    let before = cpu_time();
    for n in (0..N_LOOKUPS).step_by(AT_ONCE) {
        batch(n).await;
    }
    cpu_time().saturating_sub(before).as_secs_f64() * 1e6 / N_LOOKUPS as f64
}

/// Returns the median and the longest time of `n_good` lookups that get an answer, and the number of those
/// that failed, while `n_silent` others wait in vain.
async fn good_lookups(contender: &Contender, n_good: usize, n_silent: usize) -> String {
    let epoch = Instant::now();
    let timed = async |kind: &str, n: usize| {
        let begin = epoch + APART * u32::try_from(2 * n).unwrap();
        tokio::time::sleep_until(begin).await;
        let result = contender.look_up(&format!("{kind}.n{n}.test.")).await;
        (result.is_ok(), begin.elapsed())
    };
    let silent = join_all((0..n_silent).map(|n| timed("silent", n)));
    let good = join_all((0..n_good).map(|n| timed("healthy", n)));
    let (_, results) = tokio::join!(silent, good);
    let mut millis: Vec<u128> =
        results.iter().filter(|(is_ok, _)| *is_ok).map(|(_, time)| time.as_millis()).collect();
    millis.sort_unstable();
    let n_failed = n_good - millis.len();
    let median = millis.get(millis.len() / 2).copied().unwrap_or_default();
    let longest = millis.last().copied().unwrap_or_default();
    let failed = if n_failed == 0 { String::new() } else { format!(", {n_failed} failed") };
    format!("{median} and {longest} ms{failed}")
}

/// Returns the CPU time that this process has used, in user and kernel mode, to a hundredth of a second.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, after_name) = stat.rsplit_once(')').unwrap();
    let fields = after_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(10 * ticks)
}
