//! The answer to `INFO`: lines of `name:value`. Pure.

use super::{
    CLIENTS_USED_PERCENT, CONNECTED_CLIENTS, EVICTED_KEYS, HIT_PERCENT, MEMORY_USED_BYTES,
    MEMORY_USED_PERCENT,
};
use crate::metrics::{REPLICATION_LAG_SECONDS, UPTIME_SECONDS};
use crate::service::{ReadValue, ServiceReading};

/// The fields of an answer to `INFO`.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServerInfo<'a>(&'a str);

impl<'a> ServerInfo<'a> {
    /// Reads the text of the answer.
    pub(super) fn of(text: &'a str) -> Self {
        Self(text)
    }

    /// Adds the fields that the check reports.
    pub(super) fn add_to(self, reading: &mut ServiceReading) {
        let version = self.text("valkey_version").or_else(|| self.text("redis_version"));
        for (name, value) in [("role", self.text("role")), ("version", version)] {
            if let Some(value) = value {
                reading.set(name, ReadValue::Text(value.to_owned()));
            }
        }
        let clients = self.number("connected_clients");
        let memory = self.number("used_memory");
        let hits = self.number("keyspace_hits");
        let reads = hits.zip(self.number("keyspace_misses")).map(|(hits, misses)| hits + misses);
        for (metric, value) in [
            (MEMORY_USED_BYTES, memory),
            (MEMORY_USED_PERCENT, percent(memory, self.number("maxmemory"))),
            (CONNECTED_CLIENTS, clients),
            (CLIENTS_USED_PERCENT, percent(clients, self.number("maxclients"))),
            (HIT_PERCENT, percent(hits, reads)),
            (EVICTED_KEYS, self.number("evicted_keys")),
            (REPLICATION_LAG_SECONDS, self.replication_lag()),
            (UPTIME_SECONDS, self.number("uptime_in_seconds")),
        ] {
            if let Some(value) = value {
                reading.measure(metric, value);
            }
        }
    }

    /// Returns true if a replica has no connection to its primary.
    pub(super) fn has_lost_its_primary(self) -> bool {
        self.text("master_link_status") == Some("down")
    }

    /// Returns the time since a replica last heard from its primary, in seconds.
    fn replication_lag(self) -> Option<f64> {
        // While the link is down, the server reports -1 and counts the time of the failure in another field.
        let since_last =
            self.number("master_last_io_seconds_ago").filter(|seconds| *seconds >= 0.0);
        since_last.or_else(|| self.number("master_link_down_since_seconds"))
    }

    fn text(self, name: &str) -> Option<&'a str> {
        let fields = self.0.lines().filter_map(|line| line.split_once(':'));
        fields.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.trim())
    }

    fn number(self, name: &str) -> Option<f64> {
        self.text(name)?.parse::<f64>().ok().filter(|number| number.is_finite())
    }
}

/// Returns the share of `part` in `whole`, 0 to 100; `None` if there is no whole.
fn percent(part: Option<f64>, whole: Option<f64>) -> Option<f64> {
    let whole = whole.filter(|whole| *whole > 0.0)?;
    Some(100.0 * part? / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(&'static str, String)> {
        let mut reading = ServiceReading::default();
        ServerInfo::of(text).add_to(&mut reading);
        let names = super::super::VARIABLES.iter().map(|variable| variable.name);
        names.filter_map(|name| Some((name, reading.get(name)?.to_string()))).collect()
    }

    #[test]
    fn the_fields_become_metrics_and_variables() {
        let text = "# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:60\r\n# Clients\r\n\
                    connected_clients:5\r\nmaxclients:10\r\n# Memory\r\nused_memory:1024\r\n\
                    maxmemory:0\r\nkeyspace_hits:3\r\nkeyspace_misses:1\r\nevicted_keys:0\r\n\
                    role:master\r\n";
        let wanted = [
            ("role", "\"master\""),
            ("version", "\"7.0.15\""),
            ("memory_used_bytes", "1024"),
            ("connected_clients", "5"),
            ("clients_used_percent", "50"),
            ("hit_percent", "75"),
            ("evicted_keys", "0"),
            ("uptime_seconds", "60"),
        ];
        assert_eq!(read(text), wanted.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn a_replica_without_its_primary_lags_since_the_link_broke() {
        let text = "role:slave\nmaster_link_status:down\nmaster_last_io_seconds_ago:-1\n\
                    master_link_down_since_seconds:90\n";
        assert!(ServerInfo::of(text).has_lost_its_primary());
        assert!(read(text).contains(&("replication_lag_seconds", "90".to_owned())));
    }

    #[test]
    fn values_of_other_forms_are_left_out() {
        assert_eq!(read("used_memory:many\nconnected_clients\nuptime_in_seconds:inf\n"), []);
    }
}
