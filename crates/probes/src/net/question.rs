//! A question to a name server.

use hickory_proto::rr::{Name, RecordType};

/// A question.
#[derive(Debug, Clone)]
pub(crate) struct DnsQuestion {
    /// The name asked for, absolute.
    pub(crate) name: Name,
    /// The type of record asked for.
    pub(crate) record: RecordType,
}
