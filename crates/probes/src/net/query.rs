//! One question to one name server, over UDP and, if the answer is cut short, over TCP. Only an
//! answer to this question counts; any other is noted and not trusted. A server that refuses EDNS
//! is asked again without it.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

use super::answer::DnsAnswer;
use super::presentation::name_text;
use super::question::DnsQuestion;

/// The largest answer taken over UDP, which the queries announce (RFC 9715 recommends it).
const MAX_UDP_BYTES: u16 = 1232;

/// The most bytes of a UDP answer that are read: some servers send more than they may.
const UDP_BUFFER_BYTES: usize = 4096;

/// The most records that an answer may have. A message over TCP has room for 5,000, whose names may
/// each take thousands of steps to read.
const MAX_RECORDS: usize = 1000;

/// A record without a name and without data.
const MIN_RECORD_BYTES: usize = 11;

/// The reason why there is no answer.
#[derive(Debug)]
pub(crate) enum AskError {
    /// An error of the operating system.
    Io(io::Error),
    /// Nothing, or nothing that answers the question, came in time.
    Silent {
        /// The fault of the last message that came, if one came.
        wrong: Option<String>,
    },
    /// The message that came is not an answer to the question.
    Invalid(String),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                f.write_str("connection refused")
            }
            Self::Io(error) => error.fmt(f),
            Self::Silent { wrong: None } => f.write_str("no answer"),
            Self::Silent { wrong: Some(wrong) } | Self::Invalid(wrong) => f.write_str(wrong),
        }
    }
}

impl From<io::Error> for AskError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A question under way.
struct PendingQuery<'a> {
    question: &'a DnsQuestion,
    message: Message,
    /// The answer by which the server refused EDNS, if it did.
    refusal: Option<Message>,
}

impl<'a> PendingQuery<'a> {
    fn new(question: &'a DnsQuestion) -> Self {
        let mut message = message(question);
        let mut edns = Edns::new();
        edns.set_max_payload(MAX_UDP_BYTES);
        message.set_edns(edns);
        Self { question, message, refusal: None }
    }

    /// Returns whether `answer` may mean that the server does not know EDNS.
    fn is_refusal_of_edns(&self, answer: &Message) -> bool {
        // FORMERR, SERVFAIL, NOTIMP, and BADVERS, whose number other codes share.
        let is_refusal = [1, 2, 4, 16].contains(&u16::from(answer.metadata.response_code));
        self.message.edns.is_some() && is_refusal
    }

    fn leave_edns_out(&mut self, refusal: Message) {
        self.message = message(self.question);
        self.refusal = Some(refusal);
    }
}

/// Asks `server` the questions at once and waits up to `patience` for the answers, which stand in
/// the order of the questions. Where one found something, the others have only `straggling` more.
pub(crate) async fn ask<const N: usize>(
    server: SocketAddr,
    questions: &[DnsQuestion; N],
    patience: Duration,
    straggling: Duration,
) -> Result<[Option<DnsAnswer>; N], AskError> {
    let mut deadline = Instant::now() + patience;
    let socket = connected(server).await?;
    let mut asked = questions.each_ref().map(PendingQuery::new);
    for one in &asked {
        socket.send(&encode(&one.message)?).await?;
    }
    let mut answers: [Option<DnsAnswer>; N] = std::array::from_fn(|_| None);
    let mut wrong = None;
    let mut buffer = vec![0; UDP_BUFFER_BYTES];
    while answers.iter().any(Option::is_none) {
        let Ok(received) = timeout_at(deadline, socket.recv(&mut buffer)).await else { break };
        let bytes = buffer.get(..received?).unwrap_or_default();
        let (index, message) = match belongs(bytes, asked.iter().map(|one| &one.message)) {
            Ok(answer) => answer,
            Err(what) => {
                wrong = Some(what);
                continue;
            }
        };
        let Some((one, place)) = asked.get_mut(index).zip(answers.get_mut(index)) else { continue };
        if one.is_refusal_of_edns(&message) {
            one.leave_edns_out(message);
            socket.send(&encode(&one.message)?).await?;
            continue;
        }
        let message = if message.metadata.truncation {
            let over_tcp = timeout_at(deadline, ask_over_tcp(server, &one.message)).await;
            over_tcp.unwrap_or_else(|_| {
                let what = "a truncated answer, and none over TCP".to_owned();
                Err(AskError::Silent { wrong: Some(what) })
            })?
        } else {
            message
        };
        let answer = DnsAnswer::of(one.question, &message).map_err(AskError::Invalid)?;
        if !answer.records.is_empty() {
            deadline = deadline.min(Instant::now() + straggling);
        }
        *place = Some(answer);
    }
    // A server that has refused EDNS and ignores questions without it has given that answer.
    for (one, place) in asked.iter_mut().zip(&mut answers) {
        if let (None, Some(refusal)) = (&place, one.refusal.take()) {
            *place = Some(DnsAnswer::of(one.question, &refusal).map_err(AskError::Invalid)?);
        }
    }
    if answers.iter().any(Option::is_some) { Ok(answers) } else { Err(AskError::Silent { wrong }) }
}

/// Returns the code as tools for DNS write it.
pub(crate) fn code_name(code: ResponseCode) -> String {
    let name = match u16::from(code) {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        16 => "BADVERS",
        23 => "BADCOOKIE",
        number => return format!("RCODE{number}"),
    };
    name.to_owned()
}

/// Returns a socket of its own port that takes only packets from `server`, and reports a closed port.
async fn connected(server: SocketAddr) -> io::Result<UdpSocket> {
    let unspecified = if server.is_ipv4() {
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))
    } else {
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))
    };
    let socket = UdpSocket::bind(unspecified).await?;
    socket.connect(server).await?;
    Ok(socket)
}

async fn ask_over_tcp(server: SocketAddr, message: &Message) -> Result<Message, AskError> {
    let mut stream = TcpStream::connect(server).await?;
    let question = encode(message)?;
    let length = u16::try_from(question.len()).unwrap_or(u16::MAX);
    stream.write_all(&[&length.to_be_bytes()[..], &question].concat()).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    let (_, answer) = belongs(&answer, std::iter::once(message)).map_err(AskError::Invalid)?;
    Ok(answer)
}

fn message(question: &DnsQuestion) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    // Asks whether the records have been verified (RFC 6840, 5.7).
    message.metadata.authentic_data = true;
    message.add_query(Query::query(question.name.clone(), question.record));
    message
}

fn encode(message: &Message) -> Result<Vec<u8>, AskError> {
    message.to_vec().map_err(|error| AskError::Invalid(error.to_string()))
}

/// Returns which of the questions the bytes answer, or why they answer none.
fn belongs<'a>(
    bytes: &[u8],
    mut questions: impl Iterator<Item = &'a Message>,
) -> Result<(usize, Message), String> {
    let n_announced = n_records(bytes);
    if n_announced > MAX_RECORDS && bytes.len() / MIN_RECORD_BYTES > MAX_RECORDS {
        return Err(format!("an answer of {n_announced} records, more than {MAX_RECORDS}"));
    }
    let answer =
        Message::from_vec(bytes).map_err(|error| format!("an answer that is not DNS: {error}"))?;
    let id = answer.metadata.id;
    let (index, question) = questions
        .by_ref()
        .enumerate()
        .find(|(_, question)| question.metadata.id == id)
        .ok_or_else(|| format!("an answer to another question: its id is {id}"))?;
    if answer.metadata.message_type != MessageType::Response {
        return Err("a question instead of an answer".to_owned());
    }
    match (question.queries.first(), answer.queries.as_slice()) {
        (Some(asked), [answered])
            if asked.name() == answered.name()
                && asked.query_type() == answered.query_type()
                && asked.query_class() == answered.query_class() =>
        {
            Ok((index, answer))
        }
        // Some servers leave the question out of an answer that holds only an error.
        (Some(_), []) if answer.answers.is_empty() => Ok((index, answer)),
        (_, [answered, ..]) => {
            let name = name_text(answered.name());
            Err(format!("an unexpected answer for `{name}`"))
        }
        (_, []) => Err("an answer without its question".to_owned()),
    }
}

/// Returns how many records the head of a message announces.
fn n_records(bytes: &[u8]) -> usize {
    let counts = bytes.get(6..12).unwrap_or_default().chunks_exact(2);
    counts
        .filter_map(|pair| pair.try_into().ok())
        .map(|pair| usize::from(u16::from_be_bytes(pair)))
        .sum()
}
