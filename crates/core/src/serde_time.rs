//! The representation of times in a stored state: whole numbers, a third of the length of a text and much
//! faster to parse. For `#[serde(with = ...)]` on the fields of states and run keys.

/// A time, as nanoseconds since 1970.
pub(crate) use jiff::fmt::serde::timestamp::nanosecond::{optional as option_at, required as at};

/// A map by time, as pairs.
pub(crate) mod by_time {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize)]
    struct WrittenPair<'a, V>(#[serde(with = "super::at")] Timestamp, &'a V);

    #[derive(Deserialize)]
    struct ReadPair<V>(#[serde(with = "super::at")] Timestamp, V);

    pub(crate) fn serialize<S: Serializer, V: Serialize>(
        map: &BTreeMap<Timestamp, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map.iter().map(|(at, value)| WrittenPair(*at, value)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Timestamp, V>, D::Error> {
        let pairs = Vec::<ReadPair<V>>::deserialize(deserializer)?;
        Ok(pairs.into_iter().map(|ReadPair(at, value)| (at, value)).collect())
    }
}
