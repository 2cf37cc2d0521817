//! The brokers, the controller and the partitions of topics.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::brokers::BrokerAddress;
use super::format::{AnswerFields, RequestFields};
use super::frames::{KafkaFrames, RequestKey, unexpected};
use super::{BROKERS, OFFLINE_PARTITIONS, PARTITIONS, UNDER_REPLICATED_PARTITIONS, refusal};
use crate::excerpt::excerpt;
use crate::service::{ReadValue, ServiceReading};

const DOING: &str = "asking for the brokers and the topics";

/// The knowledge of a broker about its cluster.
#[derive(Debug)]
pub(super) struct ClusterMetadata {
    pub(super) brokers: Vec<BrokerAddress>,
    /// The number of the controller; negative if there is none.
    controller: i32,
    pub(super) topics: Vec<TopicMetadata>,
}

#[derive(Debug)]
pub(super) struct TopicMetadata {
    code: i16,
    pub(super) name: String,
    pub(super) partitions: Vec<PartitionMetadata>,
}

#[derive(Debug)]
pub(super) struct PartitionMetadata {
    pub(super) number: i32,
    /// The number of the broker that leads it; negative if there is none.
    pub(super) leader: i32,
    n_replicas: usize,
    n_in_sync: usize,
}

/// Adds the numbers of brokers and partitions. Creates no topic.
pub(super) async fn read(
    frames: &mut KafkaFrames,
    topics: &[String],
    reading: &mut ServiceReading,
) -> Result<ClusterMetadata, Cause> {
    let mut content = RequestFields::default().count(topics.len());
    for topic in topics {
        content = content.text(topic);
    }
    // The last field would permit the broker to create topics.
    let answer = frames.ask(RequestKey::METADATA, content.byte(0), DOING).await?;
    let cluster = ClusterMetadata::read(AnswerFields(&answer))
        .ok_or_else(|| unexpected("it breaks the protocol", DOING))?;
    cluster.judge(topics, reading)?;
    Ok(cluster)
}

impl ClusterMetadata {
    fn read(mut fields: AnswerFields<'_>) -> Option<Self> {
        let _throttled_ms = fields.long()?;
        let brokers = fields.list(|fields| {
            let (number, host, port) = (fields.long()?, fields.text()?, fields.long()?);
            let _rack = fields.text()?;
            Some(BrokerAddress { number, host, port })
        })?;
        let _cluster = fields.text()?;
        let controller = fields.long()?;
        let topics = fields.list(|fields| {
            let (code, name) = (fields.short()?, fields.text()?);
            let _is_internal = fields.byte()?;
            let partitions = fields.list(PartitionMetadata::read)?;
            Some(TopicMetadata { code, name, partitions })
        })?;
        Some(Self { brokers, controller, topics })
    }

    fn judge(&self, wanted: &[String], reading: &mut ServiceReading) -> Result<(), Cause> {
        reading.measure(BROKERS, count(self.brokers.len()));
        reading.set("controller", ReadValue::Number(f64::from(self.controller)));
        if self.controller < 0 {
            let what = format!("the cluster of {} brokers has no controller", self.brokers.len());
            return Err(Cause::of(Reason::NotReady, what));
        }
        for name in wanted {
            let doing = format!("asking for the topic `{}`", excerpt(name));
            let topic = self.topics.iter().find(|topic| topic.name == *name);
            let topic = topic.ok_or_else(|| unexpected("the topic is not in it", &doing))?;
            // Partitions without a leader are listed below, with their numbers.
            if topic.code != 0 && (topic.code != 5 || topic.partitions.is_empty()) {
                return Err(refusal::cause(topic.code, "", &doing));
            }
        }
        if !wanted.is_empty() {
            self.judge_partitions(reading)?;
        }
        Ok(())
    }

    fn judge_partitions(&self, reading: &mut ServiceReading) -> Result<(), Cause> {
        let named = |is_so: fn(&PartitionMetadata) -> bool| -> Vec<String> {
            let all = self.topics.iter().flat_map(|topic| {
                topic.partitions.iter().filter(|one| is_so(one)).map(move |one| (topic, one))
            });
            all.map(|(topic, one)| format!("{}-{}", topic.name, one.number)).collect()
        };
        let all = named(|_| true);
        let offline = named(|one| one.leader < 0);
        let behind = named(|one| one.n_in_sync < one.n_replicas);
        reading.measure(PARTITIONS, count(all.len()));
        reading.measure(OFFLINE_PARTITIONS, count(offline.len()));
        reading.measure(UNDER_REPLICATED_PARTITIONS, count(behind.len()));
        let of = |some: &[String]| {
            format!("{} of {} partitions: {}", some.len(), all.len(), excerpt(&some.join(", ")))
        };
        if !offline.is_empty() {
            let what = format!("no leader for {}", of(&offline));
            return Err(Cause::of(Reason::NotReady, what));
        }
        if !behind.is_empty() {
            let what = format!("a replica is not in sync for {}", of(&behind));
            reading.degrade(Cause::of(Reason::ReplicationLag, what));
        }
        Ok(())
    }
}

impl PartitionMetadata {
    fn read(fields: &mut AnswerFields<'_>) -> Option<Self> {
        let _code = fields.short()?;
        let (number, leader) = (fields.long()?, fields.long()?);
        let n_replicas = fields.list(AnswerFields::long)?.len();
        let n_in_sync = fields.list(AnswerFields::long)?.len();
        Some(Self { number, leader, n_replicas, n_in_sync })
    }
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use allclear_core::status::Fault;

    use super::*;

    /// Returns the answer about the topic `orders` with one partition.
    fn answer(controller: i32, code: i16, leader: i32, in_sync: &[i32]) -> Vec<u8> {
        let fields = RequestFields::default().long(0).count(1).long(1).text("kafka").long(9092);
        let fields = fields.short(-1).text("cluster").long(controller).count(1);
        let fields = fields.short(code).text("orders").byte(0).count(1).short(0).long(0);
        let mut fields = fields.long(leader).count(2).long(1).long(2).count(in_sync.len());
        for broker in in_sync {
            fields = fields.long(*broker);
        }
        fields.into_bytes()
    }

    fn judged(answer: &[u8]) -> (Result<(), Cause>, ServiceReading) {
        let mut reading = ServiceReading::default();
        let cluster = ClusterMetadata::read(AnswerFields(answer)).unwrap();
        let judged = cluster.judge(&["orders".to_owned()], &mut reading);
        (judged, reading)
    }

    #[test]
    fn each_lack_of_a_cluster_has_its_reason() {
        assert!(judged(&answer(1, 0, 1, &[1, 2])).0.is_ok());
        for (answer, fault, reason, words) in [
            (answer(-1, 0, 1, &[1, 2]), Fault::Target, Reason::NotReady, "no controller"),
            (answer(1, 3, 1, &[1, 2]), Fault::Request, Reason::ResourceNotFound, "UNKNOWN_TOPIC"),
            (answer(1, 29, 1, &[1, 2]), Fault::Credentials, Reason::Permission, "`orders`"),
            (
                answer(1, 5, -1, &[]),
                Fault::Target,
                Reason::NotReady,
                "no leader for 1 of 1 partitions: orders-0",
            ),
        ] {
            let cause = judged(&answer).0.unwrap_err();
            assert_eq!((cause.fault, cause.reason), (fault, reason), "{cause:?}");
            assert!(cause.message.contains(words), "{cause:?}");
        }
        let (result, reading) = judged(&answer(1, 0, 1, &[1]));
        assert!(result.is_ok());
        let flaw = reading.degradation().unwrap();
        assert_eq!(flaw.reason, Reason::ReplicationLag);
        assert_eq!(flaw.message, "a replica is not in sync for 1 of 1 partitions: orders-0");
    }

    #[test]
    fn an_answer_that_is_cut_off_is_not_read() {
        let whole = answer(1, 0, 1, &[1, 2]);
        for length in 0..whole.len() {
            assert!(ClusterMetadata::read(AnswerFields(&whole[..length])).is_none(), "{length}");
        }
    }
}
