//! A run in columns. Data with a pattern (ids, verdicts, sizes) is deflated together. The digits of
//! measured values have no pattern and follow as bits.

use std::collections::HashMap;
use std::time::Duration;

use allclear_core::id::MonitorId;
use allclear_core::outcome::{Cause, DurationParts, Outcome, Verdict};
use allclear_core::reason::Reason;
use allclear_core::run::Run;
use allclear_core::status::Fault;

use super::bits::{self, BitReader, BitWriter};
use super::sections::{self, Sections};
use super::{DecodeError, Decoded, FORMAT, extras, metrics};

/// The decoded content of a run, without its shard and its key.
#[derive(Debug, Clone, PartialEq)]
pub struct RunBody {
    /// The delay of the invocation.
    pub lag: Duration,
    /// The duration of the run.
    pub took: Duration,
    /// One outcome for each monitor that was due.
    pub outcomes: Vec<Outcome>,
}

/// Encodes `run` without its shard and its key, which are the keys of its item.
#[must_use]
pub fn encode_run(run: &Run) -> Vec<u8> {
    let mut writer = BitWriter::default();
    let outcomes = &run.outcomes;
    writer.duration(run.lag);
    writer.duration(run.took);
    writer.varint(outcomes.len());
    write_monitors(&mut writer, outcomes);
    for outcome in outcomes {
        writer.byte(verdict_code(&outcome.verdict));
    }
    for outcome in outcomes {
        writer.byte(outcome.attempts);
    }
    for outcome in outcomes {
        writer.duration(outcome.offset);
    }
    write_times(&mut writer, outcomes);
    metrics::write(&mut writer, outcomes);
    extras::write(&mut writer, outcomes);
    for cause in outcomes.iter().filter_map(|outcome| outcome.verdict.cause()) {
        writer.byte(fault_code(cause.fault));
        writer.text(cause.reason.code());
        writer.text(&cause.message);
    }
    let mut out = vec![FORMAT];
    sections::push(&mut out, &writer.plain);
    out.extend(writer.bits);
    out
}

/// Decodes a run that [`encode_run`] encoded.
///
/// # Errors
///
/// Fails if the bytes are empty, have another format than that of runs, or are invalid for it.
pub fn decode_run(bytes: &[u8]) -> Decoded<RunBody> {
    let mut sections = Sections::open(bytes, FORMAT)?;
    let plain = sections.next()?;
    let mut reader = BitReader::new(&plain, sections.rest());
    let (lag, took) = (reader.duration()?, reader.duration()?);
    let n_outcomes = reader.count()?;
    let monitors = read_monitors(&mut reader, n_outcomes)?;
    let verdicts = reader.plain.take(n_outcomes as u64)?;
    let attempts = reader.plain.take(n_outcomes as u64)?;
    let mut offsets = Vec::new();
    for _ in 0..n_outcomes {
        offsets.push(reader.duration()?);
    }
    let times = read_times(&mut reader, n_outcomes)?;
    let metrics = metrics::read(&mut reader, n_outcomes)?;
    let (labels, costs) = extras::read(&mut reader, n_outcomes)?;
    let mut outcomes = Vec::with_capacity(n_outcomes);
    let rows = monitors.into_iter().zip(offsets).zip(times).zip(metrics).zip(labels).zip(costs);
    for (row, (code, attempts)) in rows.zip(verdicts.iter().zip(attempts)) {
        let (((((monitor, offset), (latency, parts)), metrics), labels), cost) = row;
        let verdict = read_verdict(&mut reader, *code)?;
        let attempts = *attempts;
        outcomes.push(Outcome {
            monitor,
            offset,
            verdict,
            latency,
            parts,
            metrics,
            labels,
            cost,
            attempts,
        });
    }
    reader.end()?;
    Ok(RunBody { lag, took, outcomes })
}

/// Writes the different ids in the order of their first use, each without the prefix that it shares
/// with the one before. Then writes the id of each outcome, unless all ids differ.
fn write_monitors(writer: &mut BitWriter, outcomes: &[Outcome]) {
    let mut places: HashMap<&MonitorId, usize> = HashMap::new();
    let mut ids: Vec<&str> = Vec::new();
    let mut column = Vec::new();
    for outcome in outcomes {
        let place = *places.entry(&outcome.monitor).or_insert_with(|| {
            ids.push(outcome.monitor.as_str());
            ids.len() - 1
        });
        column.push(place);
    }
    let before = std::iter::once("").chain(ids.iter().copied());
    let shared: Vec<usize> =
        ids.iter().zip(before).map(|(id, before)| n_shared(id, before)).collect();
    writer.varint(ids.len());
    for n_bytes in &shared {
        writer.varint(*n_bytes);
    }
    for (id, n_bytes) in ids.iter().zip(&shared) {
        writer.varint(id.len() - n_bytes);
    }
    for (id, n_bytes) in ids.iter().zip(&shared) {
        writer.plain.extend_from_slice(id.as_bytes().get(*n_bytes..).unwrap_or_default());
    }
    if ids.len() < outcomes.len() {
        for place in column {
            writer.varint(place);
        }
    }
}

fn read_monitors(reader: &mut BitReader<'_>, n_outcomes: usize) -> Decoded<Vec<MonitorId>> {
    let n_ids = reader.count()?;
    let mut shared = Vec::new();
    for _ in 0..n_ids {
        shared.push(reader.count()?);
    }
    let mut lengths = Vec::new();
    for _ in 0..n_ids {
        lengths.push(reader.plain.varint()?);
    }
    let mut ids: Vec<MonitorId> = Vec::new();
    for (n_shared, n_own) in shared.into_iter().zip(lengths) {
        let before = ids.last().map_or("", MonitorId::as_str);
        let mut id = before.as_bytes().get(..n_shared).ok_or_else(sections::too_short)?.to_vec();
        id.extend_from_slice(reader.plain.take(n_own)?);
        let id = String::from_utf8(id).map_err(DecodeError::content)?;
        ids.push(MonitorId::new(id).map_err(DecodeError::content)?);
    }
    if n_ids > n_outcomes {
        return Err(DecodeError::content("more ids than outcomes"));
    }
    if n_ids == n_outcomes {
        return Ok(ids);
    }
    let mut monitors = Vec::new();
    for _ in 0..n_outcomes {
        let id = ids.get(reader.count()?);
        monitors
            .push(id.ok_or_else(|| DecodeError::content("index of an id out of range"))?.clone());
    }
    Ok(monitors)
}

fn n_shared(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
}

/// Writes one bit for each time that is present, then the parts, then the difference between the
/// latency and the sum of the parts, which is small because the parts follow each other.
fn write_times(writer: &mut BitWriter, outcomes: &[Outcome]) {
    for outcome in outcomes {
        let parts = outcome.parts.named().map(|(_, part)| part.is_some());
        let flags = std::iter::once(outcome.latency.is_some()).chain(parts);
        writer.byte(flags.enumerate().map(|(n, flag)| u8::from(flag) << n).sum());
    }
    for n in 0..5 {
        for outcome in outcomes {
            if let Some((_, Some(part))) = outcome.parts.named().get(n) {
                writer.duration(*part);
            }
        }
    }
    for outcome in outcomes {
        if let Some(latency) = outcome.latency {
            writer.difference(nanoseconds(latency) - sum(&outcome.parts));
        }
    }
}

type Times = (Option<Duration>, DurationParts);

fn read_times(reader: &mut BitReader<'_>, n_outcomes: usize) -> Decoded<Vec<Times>> {
    let flags = reader.plain.take(n_outcomes as u64)?;
    let mut times: Vec<Times> = vec![(None, DurationParts::default()); n_outcomes];
    for n in 0..5_u8 {
        for ((_, parts), flags) in times.iter_mut().zip(flags) {
            if flags >> (n + 1) & 1 == 1 {
                let part = match n {
                    0 => &mut parts.dns,
                    1 => &mut parts.connect,
                    2 => &mut parts.tls,
                    3 => &mut parts.first_byte,
                    _ => &mut parts.transfer,
                };
                *part = Some(reader.duration()?);
            }
        }
    }
    for ((latency, parts), flags) in times.iter_mut().zip(flags) {
        if flags & 1 == 1 {
            let total = reader.difference()?.checked_add(sum(parts));
            *latency = Some(bits::duration(total.and_then(|total| u128::try_from(total).ok()))?);
        }
    }
    Ok(times)
}

fn sum(parts: &DurationParts) -> i128 {
    parts.named().into_iter().filter_map(|(_, part)| part).map(nanoseconds).sum()
}

/// At most 2^94, because a duration has at most 2^64 seconds.
fn nanoseconds(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

fn verdict_code(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Healthy => 0,
        Verdict::Degraded(_) => 1,
        Verdict::Unhealthy(_) => 2,
        Verdict::Unknown(_) => 3,
    }
}

fn read_verdict(reader: &mut BitReader<'_>, code: u8) -> Decoded<Verdict> {
    if code == 0 {
        return Ok(Verdict::Healthy);
    }
    let number = reader.plain.byte()?;
    let fault = Fault::ALL.into_iter().find(|fault| fault_code(*fault) == number);
    let fault = fault.ok_or_else(|| DecodeError::content("unknown fault"))?;
    let named = reader.plain.text()?;
    let reason = Reason::from_code(&named)
        .ok_or_else(|| DecodeError::content(format!("unknown reason `{named}`")))?;
    let cause = Cause { fault, reason, message: reader.plain.text()? };
    match code {
        1 => Ok(Verdict::Degraded(cause)),
        2 => Ok(Verdict::Unhealthy(cause)),
        3 => Ok(Verdict::Unknown(cause)),
        _ => Err(DecodeError::content("unknown verdict")),
    }
}

fn fault_code(fault: Fault) -> u8 {
    match fault {
        Fault::Target => 0,
        Fault::Credentials => 1,
        Fault::Quota => 2,
        Fault::Throttled => 3,
        Fault::Request => 4,
        Fault::Monitor => 5,
    }
}
