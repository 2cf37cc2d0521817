//! Packets on a connection, and the greeting, the requests and the rows in them.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::fields::{Fields, RowValue};
use super::refusal;
use crate::service::Wire;

/// The first byte of an error.
const ERROR: u8 = 0xff;

/// The first byte of the end of a list.
const END: u8 = 0xfe;

/// A connection on which packets are sent.
#[derive(Debug)]
pub(super) struct Packets {
    pub(super) wire: Wire,
    /// The number of the next packet, which begins anew with each command.
    pub(super) sequence: u8,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResultColumn {
    pub(super) name: String,
    pub(super) is_number: bool,
}

/// The rows of a result as texts.
#[derive(Debug, Default)]
pub(super) struct ResultRows {
    pub(super) columns: Vec<ResultColumn>,
    pub(super) rows: Vec<Vec<Option<String>>>,
}

impl ResultRows {
    /// Returns the value of a column of a row.
    pub(super) fn value<'a>(&'a self, row: &'a [Option<String>], name: &str) -> Option<&'a str> {
        let index = self.columns.iter().position(|column| column.name == name)?;
        row.get(index)?.as_deref()
    }

    /// Returns a value of the first row.
    pub(super) fn first(&self, index: usize) -> Option<&str> {
        self.rows.first()?.get(index)?.as_deref()
    }
}

impl Packets {
    /// Receives a packet. An error of the server is the cause.
    pub(super) async fn receive(&mut self, doing: &str) -> Result<Vec<u8>, Cause> {
        let watch = self.wire.watch();
        let broken = |error: std::io::Error| watch.cause_or(doing, &error);
        let mut head = [0; 4];
        self.wire.read_exact(&mut head).await.map_err(broken)?;
        let [low, middle, high, sequence] = head;
        let n_bytes = u64::from(u32::from_le_bytes([low, middle, high, 0]));
        self.sequence = sequence.wrapping_add(1);
        let mut payload = Vec::new();
        (&mut self.wire).take(n_bytes).read_to_end(&mut payload).await.map_err(broken)?;
        if (payload.len() as u64) < n_bytes {
            return Err(watch.cause_or(doing, &"a packet is cut off"));
        }
        match payload.split_first() {
            Some((&ERROR, error)) => Err(refusal::cause(error, doing)),
            Some(_) => Ok(payload),
            None => Err(invalid("a packet is empty", doing)),
        }
    }

    /// Sends a packet.
    pub(super) async fn send(&mut self, payload: &[u8], doing: &str) -> Result<(), Cause> {
        let watch = self.wire.watch();
        let n_bytes = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let mut packet = n_bytes.to_le_bytes().to_vec();
        packet.truncate(3);
        packet.push(self.sequence);
        packet.extend(payload);
        self.sequence = self.sequence.wrapping_add(1);
        let sent = async {
            self.wire.write_all(&packet).await?;
            self.wire.flush().await
        };
        sent.await.map_err(|error| watch.cause_or(doing, &error))
    }

    /// Makes a query, and returns at most `max_rows` and one rows.
    pub(super) async fn query(
        &mut self,
        query: &str,
        max_rows: usize,
        doing: &str,
    ) -> Result<ResultRows, Cause> {
        self.sequence = 0;
        self.send(&[b"\x03", query.as_bytes()].concat(), doing).await?;
        let head = self.receive(doing).await?;
        let n_columns = match head.first() {
            Some(0) => return Ok(ResultRows::default()),
            // A request for a file of this machine.
            Some(0xfb) | None => return Err(invalid("the answer is no result", doing)),
            Some(_) => Fields(&head).length(),
        };
        let n_columns = n_columns.ok_or_else(|| invalid("the answer is no result", doing))?;
        let mut result = ResultRows::default();
        for _ in 0..n_columns {
            let packet = self.receive(doing).await?;
            let column = column(&packet).ok_or_else(|| invalid("a column is malformed", doing))?;
            result.columns.push(column);
        }
        self.receive(doing).await?;
        while result.rows.len() <= max_rows {
            let packet = self.receive(doing).await?;
            if packet.first() == Some(&END) && packet.len() < 9 {
                break;
            }
            let row = row(&packet, result.columns.len());
            result.rows.push(row.ok_or_else(|| invalid("a row is malformed", doing))?);
        }
        Ok(result)
    }
}

/// Returns the cause of an answer that breaks the protocol.
pub(super) fn invalid(what: &str, doing: &str) -> Cause {
    Cause::of(Reason::ResponseInvalid, format!("the answer cannot be read while {doing}: {what}"))
}

fn column(packet: &[u8]) -> Option<ResultColumn> {
    let mut fields = Fields(packet);
    // The catalog, the database, the table and its original name.
    for _ in 0..4 {
        fields.text()?;
    }
    let name = String::from_utf8_lossy(fields.text()?).into_owned();
    let _original_name = fields.text()?;
    let _n_bytes_of_the_rest = fields.length()?;
    let _charset_and_width = fields.take(6)?;
    // Decimals, whole numbers, floating-point numbers and years.
    let is_number = matches!(fields.byte()?, 0..=5 | 8 | 9 | 13 | 246);
    Some(ResultColumn { name, is_number })
}

fn row(packet: &[u8], n_columns: usize) -> Option<Vec<Option<String>>> {
    let mut fields = Fields(packet);
    let mut values = Vec::new();
    for _ in 0..n_columns {
        values.push(match fields.value()? {
            RowValue::Null => None,
            RowValue::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        });
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_value_for_each_column() {
        let values = row(b"\x015\xfb\x02ab", 3).unwrap();
        assert_eq!(values, [Some("5".to_owned()), None, Some("ab".to_owned())]);
        assert_eq!(row(b"\x015", 2), None);
    }
}
