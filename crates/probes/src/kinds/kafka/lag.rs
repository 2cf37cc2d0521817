//! The lag of a consumer group: the messages after the offsets that it has committed.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::brokers::{BrokerAddress, KafkaBrokers};
use super::format::{AnswerFields, RequestFields};
use super::frames::{KafkaFrames, RequestKey, unexpected};
use super::metadata::ClusterMetadata;
use super::{CONSUMER_LAG, CONSUMER_LAG_MAX, refusal};
use crate::excerpt::excerpt;
use crate::service::ServiceReading;

/// The error code of a broker that does not coordinate the group.
const NOT_COORDINATOR: i16 = 16;

/// The error codes of a broker that does not lead a partition.
const NOT_LEADER: [i16; 2] = [3, 6];

/// The time that stands for the end of a partition.
const END: i64 = -1;

/// The most brokers that are asked in an attempt.
const MAX_BROKERS: usize = 50;

const ENDS: &str = "asking for the ends of partitions";

/// A partition of a topic.
type PartitionKey = (String, i32);

/// A value, or an error code, of each partition.
type OfPartitions = BTreeMap<PartitionKey, Result<i64, i16>>;

/// Adds the lag of the group in the topics of the check.
pub(super) async fn measure(
    brokers: &mut KafkaBrokers<'_, '_>,
    group: &str,
    cluster: &ClusterMetadata,
    reading: &mut ServiceReading,
) -> Result<(), Cause> {
    let all = cluster
        .topics
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(|one| (topic.name.clone(), one.number)));
    let all: BTreeSet<PartitionKey> = all.collect();
    let committed = committed(brokers, group, &all).await?;
    if committed.is_empty() {
        let what = format!(
            "the group `{}` has committed no offset of the topics: it does not exist, or has not consumed yet",
            excerpt(group)
        );
        return Err(Cause::of(Reason::ResourceNotFound, what));
    }
    let ends = ends(brokers, cluster, committed.keys().cloned().collect()).await?;
    // A topic that was created again can end before the offset.
    let lags: Vec<i64> = committed
        .iter()
        .map(|(key, offset)| ends.get(key).map_or(0, |end| end.saturating_sub(*offset).max(0)))
        .collect();
    let sum = lags.iter().fold(0_i64, |sum, lag| sum.saturating_add(*lag));
    reading.measure(CONSUMER_LAG, number(sum));
    reading.measure(CONSUMER_LAG_MAX, number(lags.into_iter().max().unwrap_or_default()));
    Ok(())
}

/// Returns the offsets that the group has committed.
async fn committed(
    brokers: &mut KafkaBrokers<'_, '_>,
    group: &str,
    partitions: &BTreeSet<PartitionKey>,
) -> Result<BTreeMap<PartitionKey, i64>, Cause> {
    let doing = format!("asking for the offsets of the group `{}`", excerpt(group));
    let (mut code, mut found) = fetch(&mut brokers.first, group, partitions, &doing).await?;
    if code == NOT_COORDINATOR {
        let coordinator = coordinator(&mut brokers.first, group).await?;
        let mut frames = brokers.open_other(&coordinator).await?;
        (code, found) = fetch(&mut frames, group, partitions, &doing).await?;
    }
    if code != 0 {
        return Err(refusal::cause(code, "", &doing));
    }
    let mut committed = BTreeMap::new();
    for (key, offset) in found {
        let offset = offset.map_err(|code| refusal::cause(code, "", &doing))?;
        // A negative one stands for none.
        if offset >= 0 && partitions.contains(&key) {
            committed.insert(key, offset);
        }
    }
    Ok(committed)
}

async fn fetch(
    frames: &mut KafkaFrames,
    group: &str,
    partitions: &BTreeSet<PartitionKey>,
    doing: &str,
) -> Result<(i16, OfPartitions), Cause> {
    let content = by_topic(RequestFields::default().text(group), partitions, RequestFields::long);
    let answer = frames.ask(RequestKey::OFFSET_FETCH, content, doing).await?;
    let mut fields = AnswerFields(&answer);
    let found = of_partitions(&mut fields, |fields| {
        let offset = fields.wide()?;
        let _note = fields.text()?;
        Some((fields.short()?, offset))
    });
    found.and_then(|found| Some((fields.short()?, found))).ok_or_else(|| malformed(doing))
}

async fn coordinator(frames: &mut KafkaFrames, group: &str) -> Result<BrokerAddress, Cause> {
    let doing = format!("asking for the coordinator of the group `{}`", excerpt(group));
    // The last field says that the name is that of a group.
    let content = RequestFields::default().text(group).byte(0);
    let answer = frames.ask(RequestKey::FIND_COORDINATOR, content, &doing).await?;
    let mut fields = AnswerFields(&answer);
    let read = |fields: &mut AnswerFields<'_>| {
        let _throttled_ms = fields.long()?;
        let (code, message) = (fields.short()?, fields.text()?);
        let (number, host, port) = (fields.long()?, fields.text()?, fields.long()?);
        Some((code, message, BrokerAddress { number, host, port }))
    };
    let (code, message, broker) = read(&mut fields).ok_or_else(|| malformed(&doing))?;
    if code == 0 { Ok(broker) } else { Err(refusal::cause(code, &message, &doing)) }
}

/// Returns the ends of partitions. The first broker knows those that it leads.
async fn ends(
    brokers: &mut KafkaBrokers<'_, '_>,
    cluster: &ClusterMetadata,
    partitions: BTreeSet<PartitionKey>,
) -> Result<BTreeMap<PartitionKey, i64>, Cause> {
    let mut ends = BTreeMap::new();
    let others = list(&mut brokers.first, &partitions, &mut ends).await?;
    let leader_of = |(topic, number): &PartitionKey| {
        let topic = cluster.topics.iter().find(|one| one.name == *topic)?;
        topic.partitions.iter().find(|one| one.number == *number).map(|one| one.leader)
    };
    let mut by_leader: BTreeMap<i32, BTreeSet<PartitionKey>> = BTreeMap::new();
    for key in others {
        let leader = leader_of(&key).ok_or_else(|| malformed(ENDS))?;
        by_leader.entry(leader).or_default().insert(key);
    }
    if by_leader.len() > MAX_BROKERS {
        let what = format!(
            "the topics are led by {} brokers, and {MAX_BROKERS} are asked",
            by_leader.len()
        );
        return Err(Cause::of(Reason::ProbeInvalid, format!("{what}: split the check")));
    }
    for (leader, partitions) in by_leader {
        let broker = cluster.brokers.iter().find(|one| one.number == leader);
        let broker = broker.ok_or_else(|| malformed(ENDS))?;
        let mut frames = brokers.open_other(broker).await?;
        let left = list(&mut frames, &partitions, &mut ends).await?;
        if let Some((topic, number)) = left.first() {
            // The leader has changed since the answer about the topics.
            let what = format!("the broker {leader} does not lead {}-{number}", excerpt(topic));
            return Err(Cause::of(Reason::NotReady, what));
        }
    }
    Ok(ends)
}

/// Adds the ends that a broker knows, and returns the partitions that it does not lead.
async fn list(
    frames: &mut KafkaFrames,
    partitions: &BTreeSet<PartitionKey>,
    ends: &mut BTreeMap<PartitionKey, i64>,
) -> Result<BTreeSet<PartitionKey>, Cause> {
    // The first field says that a client asks.
    let content = by_topic(RequestFields::default().long(-1), partitions, |fields, number| {
        fields.long(number).wide(END)
    });
    let answer = frames.ask(RequestKey::LIST_OFFSETS, content, ENDS).await?;
    let found = of_partitions(&mut AnswerFields(&answer), |fields| {
        let code = fields.short()?;
        let _time = fields.wide()?;
        Some((code, fields.wide()?))
    });
    let mut found = found.ok_or_else(|| malformed(ENDS))?;
    let mut others = BTreeSet::new();
    for key in partitions {
        match found.remove(key) {
            Some(Ok(end)) => {
                ends.insert(key.clone(), end);
            }
            Some(Err(code)) if NOT_LEADER.contains(&code) => {
                others.insert(key.clone());
            }
            Some(Err(code)) => return Err(refusal::cause(code, "", ENDS)),
            None => return Err(malformed(ENDS)),
        }
    }
    Ok(others)
}

/// Adds the partitions by topic to a request.
fn by_topic(
    mut fields: RequestFields,
    partitions: &BTreeSet<PartitionKey>,
    add: impl Fn(RequestFields, i32) -> RequestFields,
) -> RequestFields {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for (topic, number) in partitions {
        topics.entry(topic).or_default().push(*number);
    }
    fields = fields.count(topics.len());
    for (topic, numbers) in topics {
        fields = fields.text(topic).count(numbers.len());
        for number in numbers {
            fields = add(fields, number);
        }
    }
    fields
}

/// Reads an error code and a value of each partition.
fn of_partitions(
    fields: &mut AnswerFields<'_>,
    one: impl Fn(&mut AnswerFields<'_>) -> Option<(i16, i64)>,
) -> Option<OfPartitions> {
    let topics = fields.list(|fields| {
        let topic = fields.text()?;
        let partitions = fields.list(|fields| {
            let number = fields.long()?;
            let (code, value) = one(fields)?;
            Some((number, if code == 0 { Ok(value) } else { Err(code) }))
        })?;
        Some((topic, partitions))
    })?;
    let all = topics.into_iter().flat_map(|(topic, partitions)| {
        partitions.into_iter().map(move |(number, value)| ((topic.clone(), number), value))
    });
    Some(all.collect())
}

fn malformed(doing: &str) -> Cause {
    unexpected("it breaks the protocol", doing)
}

fn number(lag: i64) -> f64 {
    f64::from(u32::try_from(lag).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_asked_for_by_topic_and_read_with_their_codes() {
        let all = BTreeSet::from([("a".to_owned(), 0), ("a".to_owned(), 1), ("b".to_owned(), 0)]);
        let asked = by_topic(RequestFields::default(), &all, RequestFields::long).into_bytes();
        assert_eq!(
            asked,
            *b"\0\0\0\x02\0\x01a\0\0\0\x02\0\0\0\0\0\0\0\x01\0\x01b\0\0\0\x01\0\0\0\0"
        );
        let fields = RequestFields::default().count(1).text("a").count(2);
        let fields = fields.long(0).short(0).wide(7).long(1).short(6).wide(-1);
        let answer = fields.into_bytes();
        let read = |answer: &[u8]| {
            of_partitions(&mut AnswerFields(answer), |fields| {
                Some((fields.short()?, fields.wide()?))
            })
        };
        let wanted = [(("a".to_owned(), 0), Ok(7)), (("a".to_owned(), 1), Err(6))];
        assert_eq!(read(&answer), Some(BTreeMap::from(wanted)));
        for length in 0..answer.len() {
            assert_eq!(read(&answer[..length]), None, "{length}");
        }
    }
}
