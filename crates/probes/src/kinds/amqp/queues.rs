//! The messages and the consumers of queues, by a declaration that creates nothing.

use allclear_core::outcome::Cause;
use serde_json::{Map, Value};

use super::format::{MethodId, ReceivedArguments, SentArguments};
use super::methods::{AmqpFrames, CHANNEL, unexpected};
use super::{QUEUE_CONSUMERS, QUEUE_DEPTH};
use crate::excerpt::excerpt;
use crate::kinds::measured_name::MeasuredName;
use crate::service::{ReadValue, ServiceReading};

// The options of a declaration.
const PASSIVE: u8 = 0b0_0001;
pub(super) const EXCLUSIVE: u8 = 0b0_0100;
pub(super) const AUTO_DELETE: u8 = 0b0_1000;

/// The answer to a declaration.
#[derive(Debug)]
pub(super) struct DeclaredQueue {
    pub(super) name: String,
    n_messages: u32,
    n_consumers: u32,
}

/// Adds the numbers of the queues.
pub(super) async fn count(
    frames: &mut AmqpFrames,
    queues: &[MeasuredName],
    reading: &mut ServiceReading,
) -> Result<(), Cause> {
    let (mut depths, mut all_consumers) = (Map::new(), Map::new());
    for queue in queues {
        let doing = format!("looking at the queue `{}`", excerpt(&queue.written));
        let declared = declare(frames, &queue.written, PASSIVE, &doing).await?;
        let (depth, consumers) = (declared.n_messages, declared.n_consumers);
        reading.measure_part(QUEUE_DEPTH, &queue.metric_part, f64::from(depth));
        reading.measure_part(QUEUE_CONSUMERS, &queue.metric_part, f64::from(consumers));
        depths.insert(queue.written.clone(), Value::from(depth));
        all_consumers.insert(queue.written.clone(), Value::from(consumers));
    }
    if !queues.is_empty() {
        reading.set("depth", ReadValue::Json(Value::Object(depths)));
        reading.set("consumers", ReadValue::Json(Value::Object(all_consumers)));
    }
    Ok(())
}

/// Declares a queue. The server chooses the name if it is empty.
pub(super) async fn declare(
    frames: &mut AmqpFrames,
    name: &str,
    options: u8,
    doing: &str,
) -> Result<DeclaredQueue, Cause> {
    // A field of earlier versions comes first, and a table without arguments last.
    let arguments = SentArguments::default().short(0).short_text(name).byte(options).long(0);
    frames.call(CHANNEL, MethodId::QUEUE_DECLARE, arguments, doing).await?;
    let answer = frames.expect(MethodId::QUEUE_DECLARE_OK, doing).await?;
    read(answer.arguments())
        .ok_or_else(|| unexpected("the numbers of the queue are malformed", doing))
}

fn read(mut answer: ReceivedArguments<'_>) -> Option<DeclaredQueue> {
    let name = answer.short_text()?;
    Some(DeclaredQueue { name, n_messages: answer.long()?, n_consumers: answer.long()? })
}
