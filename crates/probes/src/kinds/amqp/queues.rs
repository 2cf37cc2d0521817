//! The messages and the consumers of queues, by a declaration that creates nothing.

use allclear_core::outcome::Cause;
use amq_protocol::protocol::AMQPClass;
use amq_protocol::protocol::queue::{AMQPMethod, Declare};
use amq_protocol::types::FieldTable;
use serde_json::{Map, Value};

use super::methods::{AmqpFrames, CHANNEL, unexpected};
use super::{QUEUE_CONSUMERS, QUEUE_DEPTH};
use crate::excerpt::excerpt;
use crate::kinds::measured_name::MeasuredName;
use crate::service::{ReadValue, Reading};

/// Adds the numbers of the queues.
pub(super) async fn count(
    frames: &mut AmqpFrames,
    queues: &[MeasuredName],
    reading: &mut Reading,
) -> Result<(), Cause> {
    let (mut depths, mut all_consumers) = (Map::new(), Map::new());
    for queue in queues {
        let doing = format!("looking at the queue `{}`", excerpt(&queue.written));
        let declare = AMQPMethod::Declare(Declare {
            queue: queue.written.as_str().into(),
            passive: true,
            durable: false,
            exclusive: false,
            auto_delete: false,
            nowait: false,
            arguments: FieldTable::default(),
        });
        frames.call(CHANNEL, AMQPClass::Queue(declare), &doing).await?;
        let AMQPClass::Queue(AMQPMethod::DeclareOk(declared)) = frames.method(&doing).await? else {
            return Err(unexpected("it is no answer to a declaration", &doing));
        };
        let (depth, consumers) = (declared.message_count, declared.consumer_count);
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
