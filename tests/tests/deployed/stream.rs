//! The table's stream, delivered to a function as Lambda delivers it.
//!
//! The local AWS delivers streams too, but takes every answer for a success and never goes on from
//! the record that was reported as failed. What has to hold when deliveries fail, come twice or come
//! in another order is tested with this one.

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::stack::{Function, Stack};

/// How a batch reaches the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Once, in order.
    Once,
    /// In order, then once more from the last record to the first.
    TwiceAndTurned,
}

/// The place of one function in the stream.
#[derive(Debug)]
pub(crate) struct Stream {
    aws: Aws,
    arn: String,
    function: Function,
    patterns: Vec<Value>,
    batch_size: usize,
    /// How many records are behind it, of those the function does not ask for too.
    n_passed: usize,
    /// How many deliveries failed, as a whole or from a record on.
    pub(crate) n_failed: usize,
}

impl Stream {
    /// The stream from its beginning, under the filters of the template.
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

    /// Delivers what is new until there is nothing, or until the function has failed so often.
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
                // Whatever comes of it, the first answer counts.
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

    /// Every record of the stream, as a function gets it.
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

/// The first record of a batch that was reported as failed. A report of none of them is a failure of
/// all, as Lambda has it.
fn first_failed(batch: &[Value], reported: &Value) -> Option<usize> {
    let reported = reported.as_array().map(Vec::as_slice).unwrap_or_default();
    let place = |one: &Value| {
        let is_it = |record: &Value| record["dynamodb"]["SequenceNumber"] == one["itemIdentifier"];
        batch.iter().position(is_it).unwrap_or(0)
    };
    reported.iter().map(place).min()
}

/// Whether a record matches a filter pattern, of those forms that the template uses.
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
