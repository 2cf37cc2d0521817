//! Latency sketches in columns: numbers of buckets, distances between them, counts. Numbers of one
//! kind stored together deflate to half the size of mixed ones.

use allclear_core::sketch::Sketch;

use super::sections::{self, Bytes, Sections, push_varint};
use super::{DecodeError, Decoded};

/// Appends three sections that hold `sketches`.
pub(super) fn push(out: &mut Vec<u8>, sketches: &[Sketch]) {
    let (mut starts, mut gaps, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for sketch in sketches {
        push_varint(&mut starts, sketch.buckets().count() as u64);
        let mut before = None;
        for (bucket, count) in sketch.buckets() {
            match before {
                None => push_varint(&mut starts, u64::from(bucket)),
                Some(before) => push_varint(&mut gaps, u64::from(bucket - before)),
            }
            push_varint(&mut counts, u64::from(count));
            before = Some(bucket);
        }
    }
    for column in [starts, gaps, counts] {
        sections::push(out, &column);
    }
}

/// Reads `n_sketches` from the next three sections.
pub(super) fn read(sections: &mut Sections<'_>, n_sketches: usize) -> Decoded<Vec<Sketch>> {
    let [starts, gaps, counts] = [sections.next()?, sections.next()?, sections.next()?];
    let (mut starts, mut gaps, mut counts) = (Bytes(&starts), Bytes(&gaps), Bytes(&counts));
    let mut sketches = Vec::new();
    for _ in 0..n_sketches {
        let n_buckets = starts.varint()?;
        let mut buckets = Vec::new();
        let mut bucket = 0_u64;
        for n in 0..n_buckets {
            let step = if n == 0 { starts.varint()? } else { gaps.varint()? };
            bucket = bucket.saturating_add(step);
            let number = u16::try_from(bucket).map_err(DecodeError::content)?;
            let count = u32::try_from(counts.varint()?).map_err(DecodeError::content)?;
            buckets.push((number, count));
        }
        sketches.push(buckets.into_iter().collect());
    }
    starts.end()?;
    gaps.end()?;
    counts.end()?;
    Ok(sketches)
}
