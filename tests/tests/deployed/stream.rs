//! The table's stream, delivered to a function with the semantics of Lambda.
//!
//! The local AWS delivers streams too, but treats every answer as success and never resumes from
//! the record that was reported as failed. Failed, repeated and reordered deliveries are therefore
//! tested with this module.

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::stack::{Function, Stack};

/// The order and number of deliveries of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Once, in order.
    Once,
    /// In order, then once more in reverse order.
    TwiceAndTurned,
}

/// The position of one function in the stream.
#[derive(Debug)]
pub(crate) struct Stream {
    aws: Aws,
    arn: String,
    function: Function,
    patterns: Vec<Value>,
    batch_size: usize,
    /// The number of records already delivered or filtered out.
    n_passed: usize,
    /// The number of deliveries that failed, completely or from some record on.
    pub(crate) n_failed: usize,
}

impl Stream {
    /// Starts at the beginning of the stream, with the filters of the template.
    pub(crate) async fn to(stack: &Stack, function: Function) -> Self {
        let source = stack.event_source(function).await;
        let filters = source["FilterCriteria"]["Filters"].as_array().cloned().unwrap_or_default();
        let pattern = |filter: &Value| serde_json::from_str(filter["Pattern"].as_str().unwrap());
        let asks_for_parts = source["FunctionResponseTypes"] == json!(["ReportBatchItemFailures"]);
        assert!(asks_for_parts, "the template takes no partial failures: {source}");
        Self {
            aws: stack.aws.clone(),
            arn: source["EventSourceArn"].as_str().unwrap().to_owned(),
            function,
            patterns: filters.iter().map(|filter| pattern(filter).unwrap()).collect(),
            batch_size: usize::try_from(source["BatchSize"].as_u64().unwrap()).unwrap(),
            n_passed: 0,
            n_failed: 0,
        }
    }

    /// Delivers new records until there are none, or until the function has failed more than
    /// `max_failures` times.
    pub(crate) async fn deliver(&mut self, stack: &Stack, manner: Manner, max_failures: usize) {
        let n_before = self.n_failed;
        while self.n_failed - n_before <= max_failures {
            let new = self.records().await.split_off(self.n_passed);
            let batch: Vec<Value> = new.into_iter().take(self.batch_size).collect();
            if batch.is_empty() {
                return;
            }
            let wanted: Vec<Value> =
                batch.iter().filter(|record| self.is_wanted(record)).cloned().collect();
            if wanted.is_empty() {
                self.n_passed += batch.len();
                continue;
            }
            let answer = stack.invoke(self.function, &json!({ "Records": wanted })).await;
            if manner == Manner::TwiceAndTurned {
                let turned: Vec<&Value> = wanted.iter().rev().collect();
                // The first answer counts, whatever the second one is.
                stack.invoke(self.function, &json!({ "Records": turned })).await;
            }
            let failed_from = if answer.failed {
                Some(0)
            } else {
                first_failed(&batch, &answer.answer["batchItemFailures"])
            };
            self.n_failed += usize::from(failed_from.is_some());
            self.n_passed += failed_from.unwrap_or(batch.len());
        }
    }

    /// Returns the number of records that were delivered or filtered out.
    pub(crate) fn n_passed(&self) -> usize {
        self.n_passed
    }

    /// Returns every record of the stream in the form that a function receives.
    pub(crate) async fn records(&self) -> Vec<Value> {
        let described = self.ask("DescribeStream", json!({ "StreamArn": self.arn })).await;
        let mut records = Vec::new();
        for shard in described["StreamDescription"]["Shards"].as_array().unwrap() {
            let from = json!({
                "StreamArn": self.arn,
                "ShardId": shard["ShardId"],
                "ShardIteratorType": "TRIM_HORIZON",
            });
            let mut iterator = self.ask("GetShardIterator", from).await["ShardIterator"].take();
            loop {
                let page = self.ask("GetRecords", json!({ "ShardIterator": iterator })).await;
                let read = page["Records"].as_array().unwrap();
                if read.is_empty() {
                    break;
                }
                records.extend(read.iter().map(|record| {
                    let mut record = record.clone();
                    record["eventSourceARN"] = json!(self.arn);
                    record
                }));
                iterator = page["NextShardIterator"].clone();
            }
        }
        records
    }

    fn is_wanted(&self, record: &Value) -> bool {
        self.patterns.is_empty() || self.patterns.iter().any(|pattern| matches(record, pattern))
    }

    async fn ask(&self, operation: &str, input: Value) -> Value {
        let operation = format!("DynamoDBStreams_20120810.{operation}");
        self.aws.json("dynamodb", &operation, input).await
    }
}

/// Returns the index of the first record of a batch that was reported as failed. As in Lambda, a
/// report that names no record of the batch fails all of them.
fn first_failed(batch: &[Value], reported: &Value) -> Option<usize> {
    let reported = reported.as_array().map(Vec::as_slice).unwrap_or_default();
    let place = |one: &Value| {
        let is_it = |record: &Value| record["dynamodb"]["SequenceNumber"] == one["itemIdentifier"];
        batch.iter().position(is_it).unwrap_or(0)
    };
    reported.iter().map(place).min()
}

/// Checks whether a record matches a filter pattern. Supports only the forms that the template
/// uses.
fn matches(value: &Value, pattern: &Value) -> bool {
    if let Some(fields) = pattern.as_object() {
        return fields.iter().all(|(name, pattern)| matches(&value[name.as_str()], pattern));
    }
    let choices = pattern.as_array().unwrap_or_else(|| panic!("no pattern: {pattern}"));
    choices.iter().any(|choice| {
        if let Some(prefix) = choice["prefix"].as_str() {
            return value.as_str().is_some_and(|text| text.starts_with(prefix));
        }
        assert!(!choice.is_object(), "a form of filter that is not known here: {choice}");
        value == choice
    })
}
