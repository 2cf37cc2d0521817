//! A name server with custom answers, over UDP and TCP on one port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use allclear_probes::{ProbeSettings, Probes};
use hickory_proto::op::{Edns, Message, MessageType, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use rustls::RootCertStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;

/// The transport of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DnsTransport {
    Udp,
    Tcp,
}

type AnswerFn = dyn Fn(&Message, DnsTransport) -> Option<Vec<u8>> + Send + Sync;

pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    n_questions: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl NameServer {
    /// Answers each question with the returned bytes, or does not answer.
    pub(crate) async fn start(
        answering: impl Fn(&Message, DnsTransport) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let answering: Arc<AnswerFn> = Arc::new(answering);
        let (udp, tcp) = loop {
            let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
            // A port that is free for one of the two protocols may be in use for the other.
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = tcp.local_addr().unwrap();
        let n_questions = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        let (counted, by_udp) = (Arc::clone(&n_questions), Arc::clone(&answering));
        tasks.spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((n_bytes, client)) = udp.recv_from(&mut buffer).await {
                counted.fetch_add(1, Ordering::Relaxed);
                let question = Message::from_vec(&buffer[..n_bytes]).unwrap();
                if let Some(answer) = by_udp(&question, DnsTransport::Udp) {
                    udp.send_to(&answer, client).await.unwrap();
                }
            }
        });
        tasks.spawn(async move {
            while let Ok((mut stream, _)) = tcp.accept().await {
                let Ok(length) = stream.read_u16().await else { continue };
                let mut question = vec![0; usize::from(length)];
                stream.read_exact(&mut question).await.unwrap();
                let question = Message::from_vec(&question).unwrap();
                if let Some(answer) = answering(&question, DnsTransport::Tcp) {
                    let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                    let _ = stream.write_all(&[&length[..], &answer].concat()).await;
                }
            }
        });
        Self { address, n_questions, _tasks: tasks }
    }

    pub(crate) fn n_questions(&self) -> usize {
        self.n_questions.load(Ordering::Relaxed)
    }

    /// Returns checks that resolve names with this server.
    pub(crate) fn probes(&self) -> Probes {
        let settings = ProbeSettings::new(Arc::new(RootCertStore::empty()));
        Probes::new(ProbeSettings { name_servers: vec![self.address], ..settings })
    }
}

/// Returns the beginning of an answer to `question`.
pub(crate) fn answer_to(question: &Message) -> Message {
    let mut answer = question.clone();
    answer.metadata.message_type = MessageType::Response;
    answer.metadata.authentic_data = false;
    answer.edns = question.edns.as_ref().map(|_| Edns::new());
    answer
}

/// Returns an answer with an address for questions of type `A`, and without records for others.
pub(crate) fn with_address(question: &Message, owner: Option<&str>) -> Vec<u8> {
    let mut answer = answer_to(question);
    let query = question.queries[0].clone();
    if query.query_type() == RecordType::A {
        let owner =
            owner.map_or_else(|| query.name().clone(), |name| Name::from_ascii(name).unwrap());
        let data = RData::try_from_str(RecordType::A, "127.0.0.1").unwrap();
        answer.add_answer(Record::from_rdata(owner, 60, data));
    }
    answer.to_vec().unwrap()
}

pub(crate) fn with_code(question: &Message, code: ResponseCode) -> Message {
    let mut answer = answer_to(question);
    answer.metadata.response_code = code;
    answer
}
