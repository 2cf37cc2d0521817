//! One question to one name server, over UDP and, where the answer is cut short, over TCP. Only an
//! answer to the very question counts; what else comes is noted and not believed.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

/// The largest answer taken over UDP, as the questions say (RFC 9715 recommends it).
const MAX_UDP_BYTES: u16 = 1232;

/// A question.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// The name asked for, absolute.
    pub(crate) name: Name,
    /// The type of record asked for.
    pub(crate) record: RecordType,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum AskError {
    /// The system said so.
    Io(io::Error),
    /// Nothing, or nothing that answers the question, came in time.
    Silent {
        /// What was wrong with the last thing that came, if something came.
        wrong: Option<String>,
    },
    /// What came over TCP is not an answer to the question.
    Invalid(String),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                f.write_str("nobody listens there")
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

/// Asks `server` the questions at once and waits up to `patience` for the answers, which stand in
/// the order of the questions. Where one found something, the others have only `straggling` more.
pub(crate) async fn ask<const N: usize>(
    server: SocketAddr,
    questions: &[Question; N],
    patience: Duration,
    straggling: Duration,
) -> Result<[Option<Message>; N], AskError> {
    let mut deadline = Instant::now() + patience;
    let unspecified = if server.is_ipv4() {
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))
    } else {
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))
    };
    let socket = UdpSocket::bind(unspecified).await?;
    // Connected, so that the kernel drops what comes from anybody else and reports a closed port.
    socket.connect(server).await?;
    let messages = questions.each_ref().map(message);
    for message in &messages {
        socket.send(&encode(message)?).await?;
    }
    let mut answers: [Option<Message>; N] = std::array::from_fn(|_| None);
    let mut wrong = None;
    let mut buffer = [0; MAX_UDP_BYTES as usize];
    while answers.iter().any(Option::is_none) {
        let Ok(received) = timeout_at(deadline, socket.recv(&mut buffer)).await else {
            if answers.iter().any(Option::is_some) {
                break;
            }
            return Err(AskError::Silent { wrong });
        };
        let bytes = buffer.get(..received?).unwrap_or_default();
        match belongs(bytes, &messages) {
            Ok((index, mut answer)) => {
                let truncated = answer.metadata.truncation;
                if let (true, Some(message)) = (truncated, messages.get(index)) {
                    let over_tcp = timeout_at(deadline, ask_over_tcp(server, message)).await;
                    answer = over_tcp.unwrap_or(Err(AskError::Silent {
                        wrong: Some("an answer cut short, and none over TCP".to_owned()),
                    }))?;
                }
                if !answer.answers.is_empty() {
                    deadline = deadline.min(Instant::now() + straggling);
                }
                if let Some(place) = answers.get_mut(index) {
                    *place = Some(answer);
                }
            }
            Err(what) => wrong = Some(what),
        }
    }
    Ok(answers)
}

/// The code as tools for DNS write it.
pub(crate) fn code_name(code: ResponseCode) -> String {
    match u16::from(code) {
        0 => "NOERROR".to_owned(),
        1 => "FORMERR".to_owned(),
        2 => "SERVFAIL".to_owned(),
        3 => "NXDOMAIN".to_owned(),
        4 => "NOTIMP".to_owned(),
        5 => "REFUSED".to_owned(),
        number => format!("the code {number}"),
    }
}

async fn ask_over_tcp(server: SocketAddr, message: &Message) -> Result<Message, AskError> {
    let mut stream = TcpStream::connect(server).await?;
    let question = encode(message)?;
    let length = u16::try_from(question.len()).unwrap_or(u16::MAX);
    stream.write_all(&[&length.to_be_bytes()[..], &question].concat()).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    let (_, answer) = belongs(&answer, std::slice::from_ref(message)).map_err(AskError::Invalid)?;
    Ok(answer)
}

fn message(question: &Question) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(question.name.clone(), question.record));
    let mut edns = Edns::new();
    edns.set_max_payload(MAX_UDP_BYTES);
    message.set_edns(edns);
    message
}

fn encode(message: &Message) -> Result<Vec<u8>, AskError> {
    message.to_vec().map_err(|error| AskError::Invalid(error.to_string()))
}

/// Which of the questions the bytes answer, or why none.
fn belongs(bytes: &[u8], questions: &[Message]) -> Result<(usize, Message), String> {
    let answer =
        Message::from_vec(bytes).map_err(|error| format!("an answer that is not DNS: {error}"))?;
    let index = questions
        .iter()
        .position(|question| question.metadata.id == answer.metadata.id)
        .ok_or_else(|| {
            format!("an answer to another question: its id is {}", answer.metadata.id)
        })?;
    if answer.metadata.message_type != MessageType::Response {
        return Err("a question in place of an answer".to_owned());
    }
    // Some servers leave the question out of an answer that only says what is wrong.
    if let (Some(asked), Some(answered)) =
        (questions.get(index).and_then(|message| message.queries.first()), answer.queries.first())
        && (asked.name() != answered.name() || asked.query_type() != answered.query_type())
    {
        return Err(format!("an answer for `{}`, which nobody asked for", answered.name()));
    }
    Ok((index, answer))
}
