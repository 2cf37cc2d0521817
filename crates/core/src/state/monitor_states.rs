//! The states of the monitors of a shard.

use std::ops::Deref;

use fnv::FnvBuildHasher;
use indexmap::IndexMap;
use indexmap::map::{IntoIter, Iter, IterMut};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::MonitorState;
use crate::id::MonitorId;

type IndexedStates = IndexMap<MonitorId, MonitorState, FnvBuildHasher>;

/// The states of the monitors of a shard, in the order of their ids. A state is found by its hash, because each outcome
/// asks for it several times, while a monitor is seldom added.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MonitorStates(IndexedStates);

impl MonitorStates {
    /// Returns the state of a monitor, for a change.
    #[must_use]
    pub fn get_mut(&mut self, id: &MonitorId) -> Option<&mut MonitorState> {
        self.0.get_mut(id)
    }

    /// Returns the state of a monitor with its position, for a change.
    #[must_use]
    pub fn find_mut(&mut self, id: &MonitorId) -> Option<(usize, &mut MonitorState)> {
        self.0.get_full_mut(id).map(|(position, _, state)| (position, state))
    }

    /// Returns the state at a position, which holds until a monitor is added or removed.
    #[must_use]
    pub fn at(&self, position: usize) -> Option<&MonitorState> {
        self.0.get_index(position).map(|(_, state)| state)
    }

    /// Returns the state at a position, for a change.
    #[must_use]
    pub fn at_mut(&mut self, position: usize) -> Option<&mut MonitorState> {
        self.0.get_index_mut(position).map(|(_, state)| state)
    }

    /// Adds the states of monitors that have none. Many are sorted at once: a state that is added alone moves those after
    /// it.
    pub fn add(&mut self, states: impl IntoIterator<Item = (MonitorId, MonitorState)>) {
        let n_before = self.0.len();
        for (id, state) in states {
            self.0.entry(id).or_insert(state);
        }
        if self.0.len() > n_before {
            self.0.sort_unstable_keys();
        }
    }

    /// Replaces the state of a monitor. Returns the one before.
    pub fn insert(&mut self, id: MonitorId, state: MonitorState) -> Option<MonitorState> {
        self.0.insert_sorted(id, state).1
    }

    /// Removes the state of a monitor, and returns it.
    pub fn remove(&mut self, id: &MonitorId) -> Option<MonitorState> {
        self.0.shift_remove(id)
    }

    /// Removes the states that `keep` refuses.
    pub fn retain(&mut self, keep: impl FnMut(&MonitorId, &mut MonitorState) -> bool) {
        self.0.retain(keep);
    }

    /// Returns all states, for changes.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut MonitorState> {
        self.0.values_mut()
    }
}

impl Deref for MonitorStates {
    type Target = IndexedStates;

    fn deref(&self) -> &IndexedStates {
        &self.0
    }
}

impl FromIterator<(MonitorId, MonitorState)> for MonitorStates {
    fn from_iter<I: IntoIterator<Item = (MonitorId, MonitorState)>>(states: I) -> Self {
        let mut by_id: IndexedStates = states.into_iter().collect();
        by_id.sort_unstable_keys();
        Self(by_id)
    }
}

impl IntoIterator for MonitorStates {
    type Item = (MonitorId, MonitorState);
    type IntoIter = IntoIter<MonitorId, MonitorState>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a MonitorStates {
    type Item = (&'a MonitorId, &'a MonitorState);
    type IntoIter = Iter<'a, MonitorId, MonitorState>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a mut MonitorStates {
    type Item = (&'a MonitorId, &'a mut MonitorState);
    type IntoIter = IterMut<'a, MonitorId, MonitorState>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}

impl Serialize for MonitorStates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de> Deserialize<'de> for MonitorStates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let by_id = IndexedStates::deserialize(deserializer)?;
        Ok(by_id.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn id(text: &str) -> MonitorId {
        MonitorId::new(text).unwrap()
    }

    fn new() -> MonitorState {
        MonitorState::unmeasured(Timestamp::UNIX_EPOCH)
    }

    fn ids(states: &MonitorStates) -> Vec<&str> {
        states.keys().map(MonitorId::as_str).collect()
    }

    #[test]
    fn states_are_in_the_order_of_the_ids_however_they_came() {
        let mut states = MonitorStates::default();
        states.add(["web", "api", "db"].map(|name| (id(name), new())));
        states.insert(id("cache"), new());
        assert_eq!(ids(&states), ["api", "cache", "db", "web"]);
        states.remove(&id("cache"));
        assert_eq!(ids(&states), ["api", "db", "web"]);
        let reversed: MonitorStates = states.clone().into_iter().rev().collect();
        assert_eq!(ids(&reversed), ids(&states));
    }

    #[test]
    fn a_known_state_is_not_replaced_by_a_new_one() {
        let mut states = MonitorStates::default();
        states.add([(id("api"), MonitorState { consecutive_failures: 2, ..new() })]);
        states.add([(id("api"), new()), (id("web"), new())]);
        assert_eq!(states.get(&id("api")).map(|known| known.consecutive_failures), Some(2));
        assert_eq!(ids(&states), ["api", "web"]);
    }

    #[test]
    fn stored_states_in_another_order_are_read_in_the_order_of_the_ids() {
        let text = serde_json::to_string(&new()).unwrap();
        let states: MonitorStates =
            serde_json::from_str(&format!("{{\"web\": {text}, \"api\": {text}}}")).unwrap();
        assert_eq!(ids(&states), ["api", "web"]);
        let stored = serde_json::to_string(&states).unwrap();
        assert!(stored.starts_with("{\"api\":"), "{stored}");
    }
}
