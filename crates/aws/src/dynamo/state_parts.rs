//! A state in several items, if one item would exceed half of the size limit.
//!
//! All parts are written in one transaction, each with the version of the state. A reader reads the
//! first part and then the others, so a commit may happen in between. Parts of different versions
//! do not form a state.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::Blob;

use super::items::{self, BODY, Item, ItemError, VERSION};
use super::keys;
use super::limits::MAX_BODY_BYTES;

/// The attribute with the number of parts of a state, in the first part. A state without it has one
/// part.
const N_PARTS: &str = "c";

/// The largest number of parts that is read. No stack that `apply` accepts has a larger state.
const MAX_PARTS: u64 = 20;

/// Returns the items of the checkpoint that `whole` holds, the first part first.
pub(super) fn split(whole: Item) -> Vec<Item> {
    let Ok(body) = items::body(&whole) else { return vec![whole] };
    if body.len() <= MAX_BODY_BYTES {
        return vec![whole];
    }
    let chunks: Vec<Vec<u8>> = body.chunks(MAX_BODY_BYTES).map(<[u8]>::to_vec).collect();
    let n_chunks = chunks.len() as u64;
    let numbered = chunks.into_iter().enumerate();
    numbered
        .map(|(n, chunk)| {
            let mut part = whole.clone();
            if n == 0 {
                items::set(&mut part, N_PARTS, items::number(n_chunks));
            } else {
                let shard = items::text(&whole, keys::SK).unwrap_or_default();
                items::set(&mut part, keys::SK, items::text_value(keys::state_part(shard, n)));
            }
            items::set(&mut part, BODY, AttributeValue::B(Blob::new(chunk)));
            part
        })
        .collect()
}

/// Returns the sort keys of the further parts of the state whose first part is `first`.
pub(super) fn others(first: &Item) -> Result<Vec<String>, ItemError> {
    if !first.contains_key(N_PARTS) {
        return Ok(Vec::new());
    }
    let n_parts = items::read_number(first, N_PARTS)?;
    if !(2..=MAX_PARTS).contains(&n_parts) {
        return Err(ItemError::Missing(N_PARTS));
    }
    let shard = items::read_text(first, keys::SK)?;
    let numbers = 1..usize::try_from(n_parts).unwrap_or_default();
    Ok(numbers.map(|n| keys::state_part(shard, n)).collect())
}

/// Joins the parts of a checkpoint into one item; `None` if their versions differ.
pub(super) fn join(first: &Item, others: &[Option<Item>]) -> Result<Option<Item>, ItemError> {
    let version = items::read_number(first, VERSION)?;
    let mut body = items::body(first)?.to_vec();
    for part in others {
        match part {
            Some(part) if items::read_number(part, VERSION)? == version => {
                body.extend(items::body(part)?);
            }
            Some(_) | None => return Ok(None),
        }
    }
    let mut whole = first.clone();
    whole.remove(N_PARTS);
    items::set(&mut whole, BODY, AttributeValue::B(Blob::new(body)));
    Ok(Some(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamo::{limits::MAX_ITEM_BYTES, units};

    fn checkpoint(version: u64, n_bytes: usize) -> Item {
        let mut item = items::keyed(keys::STATE, "main");
        items::set(&mut item, VERSION, items::number(version));
        let body = (0..n_bytes).map(|n| u8::try_from(n % 251).unwrap()).collect();
        items::set(&mut item, BODY, items::binary(body));
        item
    }

    #[test]
    fn a_state_of_any_size_is_restored_from_items_below_half_of_the_limit() {
        for n_bytes in [1, MAX_BODY_BYTES, MAX_BODY_BYTES + 1, 3 * MAX_BODY_BYTES + 7] {
            let whole = checkpoint(7, n_bytes);
            let parts = split(whole.clone());
            assert_eq!(parts.len(), n_bytes.div_ceil(MAX_BODY_BYTES));
            for part in &parts {
                assert!(units::item_bytes(part) <= MAX_ITEM_BYTES / 2);
            }
            let (first, rest) = parts.split_first().unwrap();
            let keys: Vec<&str> =
                rest.iter().filter_map(|one| items::text(one, keys::SK)).collect();
            assert_eq!(others(first).unwrap(), keys);
            let rest: Vec<Option<Item>> = rest.iter().cloned().map(Some).collect();
            assert_eq!(join(first, &rest).unwrap(), Some(whole));
        }
    }

    #[test]
    fn parts_of_different_versions_are_rejected() {
        let parts = split(checkpoint(7, MAX_BODY_BYTES * 2));
        let newer = split(checkpoint(8, MAX_BODY_BYTES * 2));
        assert_eq!(join(&parts[0], &[Some(newer[1].clone())]).unwrap(), None);
        assert_eq!(join(&parts[0], &[None]).unwrap(), None);
    }
}
