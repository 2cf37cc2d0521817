//! The outbox: deliveries and the claims on them.

use std::sync::LazyLock;

use allclear_core::Timestamp;
use allclear_core::alert_group::MessageRef;
use allclear_core::claim::{Claim, ClaimOwner, Claimed};
use allclear_core::delivery::{
    Arrival, Delivery, DeliveryId, DeliveryPhase, DeliveryState, Predecessor,
};
use allclear_core::ports::{Outbox, OwedMark, ReadDeliveries, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{SqliteStore, column};

/// All columns that [`delivery`] reads, and the claim. A condition and an order must follow.
pub(super) const SELECT: &str = "
    SELECT id, channel, notification, comes_after, created_at, n_tries,
        state, next_try_at, settled_at, detail, may_have_arrived, claimed_by, claimed_until,
        message_ref, is_not_executable
    FROM deliveries";

/// The owed deliveries after a position and up to another one, in the order of their decision.
static SELECT_OWED: LazyLock<String> = LazyLock::new(|| {
    let owed = keyword(DeliveryPhase::Owed);
    format!("{SELECT} WHERE state = {owed} AND position > ?1 AND position <= ?2 ORDER BY position")
});

/// Keeps a delivery that already exists, because it may have been sent.
const INSERT: &str = "
    INSERT INTO deliveries (
        id, channel, notification, comes_after, created_at, n_tries,
        state, next_try_at, settled_at, detail
    ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT DO NOTHING";

/// Keeps a delivery that is no longer owed, and one with more tries than the notifier knew, unless
/// the delivery has arrived in the meantime or was given up.
static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let owed = keyword(DeliveryPhase::Owed);
    format!(
        "
    UPDATE deliveries
    SET n_tries = ?2, state = ?3, next_try_at = ?4, settled_at = ?5, detail = ?6,
        may_have_arrived = ?7, message_ref = ?8, is_not_executable = ?9,
        claimed_by = NULL, claimed_until = NULL
    WHERE id = ?1 AND state = {owed} AND (?3 <> {owed} OR n_tries <= ?2)"
    )
});

/// An earlier claim of the same owner counts as this claim, because the response to it was lost.
static CLAIM: LazyLock<String> = LazyLock::new(|| {
    let owed = keyword(DeliveryPhase::Owed);
    format!(
        "
    UPDATE deliveries
    SET claimed_by = ?3, claimed_until = ?4
    WHERE id = ?1 AND state = {owed} AND n_tries = ?2
        AND (claimed_by IS NULL OR claimed_by = ?3 OR (claimed_by = ?5 AND claimed_until = ?6))"
    )
});

/// Returns the literal of a phase. A parameter in its place would keep SQLite from using the index of the owed
/// deliveries.
pub(super) fn keyword(phase: DeliveryPhase) -> String {
    format!("'{}'", phase.as_str())
}

impl Outbox for SqliteStore {
    async fn owed_since(&self, mark: OwedMark) -> StoreResult<(Vec<Delivery>, OwedMark)> {
        let store = self.clone();
        self.read("read", "owed deliveries", move |connection| {
            let last = "SELECT COALESCE(MAX(position), 0) FROM deliveries";
            let last: u64 = connection.prepare_cached(last)?.query_row([], |row| row.get(0))?;
            // Positions begin again after all deliveries were removed.
            let from = if last < mark.0 { 0 } else { mark.0 };
            let mut statement = connection.prepare_cached(&SELECT_OWED)?;
            let rows = statement.query([from, last])?;
            Ok((store.readable_rows("the owed delivery", rows, delivery)?, OwedMark(last)))
        })
        .await
    }

    async fn predecessor(&self, id: &DeliveryId) -> StoreResult<Predecessor> {
        let named = id.clone();
        self.read("read delivery", id.as_str(), move |connection| {
            // A delivery that cannot be read is an error here: it is never sent, and those after it must not wait for it.
            let mut statement = connection.prepare_cached(&SELECT_ONE)?;
            let stored = statement.query_row([named.as_str()], delivery).optional()?;
            let Some(stored) = stored else { return Ok(Predecessor::Forgotten) };
            let arrival = if stored.may_have_arrived { Arrival::Possible } else { Arrival::None };
            Ok(Predecessor::of(stored.state.phase(), arrival))
        })
        .await
    }

    async fn message_ref(&self, id: &DeliveryId) -> StoreResult<Option<MessageRef>> {
        let named = id.clone();
        self.read("read delivery", id.as_str(), move |connection| {
            let select = "SELECT message_ref FROM deliveries WHERE id = ?1";
            let mut statement = connection.prepare_cached(select)?;
            let stored: Option<Option<String>> =
                statement.query_row([named.as_str()], |row| row.get(0)).optional()?;
            Ok(stored.flatten().map(MessageRef))
        })
        .await
    }

    async fn claim_delivery(
        &self,
        delivery: &Delivery,
        claim: &Claim,
        abandoned: Option<&Claim>,
    ) -> StoreResult<Claimed> {
        let (id, n_tries) = (delivery.id.clone(), delivery.n_tries);
        let (claim, abandoned) = (claim.clone(), abandoned.cloned());
        self.write("claim delivery", delivery.id.as_str(), move |connection| {
            let n_claimed = connection.prepare_cached(&CLAIM)?.execute(params![
                id.as_str(),
                n_tries,
                claim.owner.as_str(),
                column::from_time(claim.until)?,
                abandoned.as_ref().map(|abandoned| abandoned.owner.as_str()),
                abandoned
                    .as_ref()
                    .map(|abandoned| column::from_time(abandoned.until))
                    .transpose()?,
            ])?;
            if n_claimed == 0 {
                why_not_claimed(connection, &id, n_tries)
            } else {
                Ok(Claimed::Granted)
            }
        })
        .await
    }

    async fn record_delivery(&self, delivery: &Delivery) -> StoreResult<()> {
        let Delivery { id, n_tries, may_have_arrived, is_not_executable, message_ref, .. } =
            delivery.clone();
        let state = delivery.state.clone();
        self.write("record delivery", delivery.id.as_str(), move |connection| {
            let StateColumns { state, next_try_at, settled_at, detail } =
                StateColumns::new(&state)?;
            connection.prepare_cached(&UPDATE)?.execute(params![
                id.as_str(),
                n_tries,
                state,
                next_try_at,
                settled_at,
                detail,
                may_have_arrived,
                message_ref.map(|message_ref| message_ref.0),
                is_not_executable,
            ])?;
            Ok(())
        })
        .await
    }
}

/// The delivery with an id.
static SELECT_ONE: LazyLock<String> = LazyLock::new(|| format!("{SELECT} WHERE id = ?1"));

/// The deliveries whose ids a list in JSON names.
static SELECT_NAMED: LazyLock<String> =
    LazyLock::new(|| format!("{SELECT} WHERE id IN (SELECT value FROM json_each(?1))"));

impl ReadDeliveries for SqliteStore {
    async fn read_deliveries(&self, ids: &[DeliveryId]) -> StoreResult<Vec<Delivery>> {
        let named: serde_json::Value = ids.iter().map(DeliveryId::as_str).collect();
        let named = named.to_string();
        let store = self.clone();
        self.read("read", "deliveries", move |connection| {
            let mut statement = connection.prepare_cached(&SELECT_NAMED)?;
            store.readable_rows("the delivery", statement.query([named])?, delivery)
        })
        .await
    }
}

/// Returns the holder of the claim on a delivery that could not be claimed, or the change of the
/// delivery.
fn why_not_claimed(
    connection: &Connection,
    id: &DeliveryId,
    n_tries: u32,
) -> rusqlite::Result<Claimed> {
    let mut statement = connection.prepare_cached(&SELECT_ONE)?;
    let stored = statement
        .query_row([id.as_str()], |row| {
            let owner: Option<String> = row.get(11)?;
            Ok((delivery(row)?, owner, column::optional_time(row, 12)?))
        })
        .optional()?;
    let Some((stored, owner, until)) = stored else { return Ok(Claimed::Changed(None)) };
    let is_same = stored.next_try_at().is_some() && stored.n_tries == n_tries;
    match owner.zip(until).filter(|_| is_same) {
        Some((owner, until)) => Ok(Claimed::Held(Claim { owner: ClaimOwner::new(owner), until })),
        None => Ok(Claimed::Changed(Some(Box::new(stored)))),
    }
}

/// Writes a new delivery, within the transaction of the decision.
pub(super) fn insert(connection: &Connection, delivery: &Delivery) -> rusqlite::Result<()> {
    let StateColumns { state, next_try_at, settled_at, detail } =
        StateColumns::new(&delivery.state)?;
    connection.prepare_cached(INSERT)?.execute(params![
        delivery.id.as_str(),
        delivery.channel.as_str(),
        column::from_value(&delivery.notification)?,
        column::from_value(&delivery.after)?,
        column::from_time(delivery.created_at)?,
        delivery.n_tries,
        state,
        next_try_at,
        settled_at,
        detail,
    ])?;
    Ok(())
}

/// Reads a delivery from the columns of [`SELECT`].
pub(super) fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let keyword: String = row.get(6)?;
    let state = match phase(6, &keyword)? {
        DeliveryPhase::Owed => {
            DeliveryState::Owed { next_try_at: column::time(row, 7)?, last_error: row.get(9)? }
        }
        DeliveryPhase::Sent => DeliveryState::Sent { at: column::time(row, 8)? },
        DeliveryPhase::GivenUp => {
            DeliveryState::GivenUp { at: column::time(row, 8)?, reason: row.get(9)? }
        }
        DeliveryPhase::Superseded => DeliveryState::Superseded { at: column::time(row, 8)? },
    };
    Ok(Delivery {
        id: DeliveryId::from_stored(row.get(0)?),
        channel: column::keyword(row, 1)?,
        notification: column::value(row, 2)?,
        after: column::value(row, 3)?,
        created_at: column::time(row, 4)?,
        n_tries: row.get(5)?,
        may_have_arrived: row.get(10)?,
        is_not_executable: row.get(14)?,
        message_ref: row.get::<_, Option<String>>(13)?.map(MessageRef),
        state,
    })
}

/// Reads the phase in a column.
fn phase(index: usize, keyword: &str) -> rusqlite::Result<DeliveryPhase> {
    DeliveryPhase::from_keyword(keyword)
        .ok_or_else(|| column::unreadable(index, format!("unknown state `{keyword}`")))
}

struct StateColumns<'a> {
    state: &'static str,
    next_try_at: Option<i64>,
    settled_at: Option<i64>,
    detail: Option<&'a str>,
}

impl<'a> StateColumns<'a> {
    fn new(state: &'a DeliveryState) -> rusqlite::Result<Self> {
        let phase = state.phase().as_str();
        let settled = |at: Timestamp, detail| {
            let settled_at = Some(column::from_time(at)?);
            Ok(Self { state: phase, next_try_at: None, settled_at, detail })
        };
        match state {
            DeliveryState::Owed { next_try_at, last_error } => Ok(Self {
                state: phase,
                next_try_at: Some(column::from_time(*next_try_at)?),
                settled_at: None,
                detail: last_error.as_deref(),
            }),
            DeliveryState::Sent { at } | DeliveryState::Superseded { at } => settled(*at, None),
            DeliveryState::GivenUp { at, reason } => settled(*at, Some(reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_statement_spells_a_phase() {
        for phase in DeliveryPhase::ALL {
            for source in [include_str!("outbox.rs"), include_str!("prune.rs")] {
                assert!(
                    !source.contains(&keyword(phase)),
                    "{phase:?}: take its word from the enum"
                );
            }
        }
    }

    #[test]
    fn owed_deliveries_are_found_with_their_index() {
        let connection = Connection::open_in_memory().unwrap();
        for migration in [
            include_str!("../../migrations/0001_first.sql"),
            include_str!("../../migrations/0003_claims.sql"),
            include_str!("../../migrations/0004_message_refs.sql"),
            include_str!("../../migrations/0008_not_executable.sql"),
        ] {
            connection.execute_batch(migration).unwrap();
        }
        let explain = format!("EXPLAIN QUERY PLAN {}", *SELECT_OWED);
        let mut statement = connection.prepare(&explain).unwrap();
        let plan = statement.query_map([0, 1], |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<String> = plan.map(Result::unwrap).collect();
        assert!(plan.iter().any(|step| step.contains("deliveries_owed")), "{plan:?}");
    }
}
