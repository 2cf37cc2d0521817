//! The number of rows of a table: counted, or estimated if there are many.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use tokio_postgres::types::Type;

use super::statements::PostgresSession;
use crate::excerpt::excerpt;
use crate::kinds::database::{ESTIMATE_ABOVE, RowCount};
use crate::kinds::measured_name::MeasuredName;

/// Finds the table by its name as SQL has it. The name is a value of the query and not a part of its text.
const FIND: &str = "
    SELECT n.nspname::text, c.relname::text, c.reltuples::float8
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = pg_catalog.to_regclass($1)";

/// Returns the number of rows of a table.
pub(super) async fn count(
    session: &PostgresSession,
    table: &MeasuredName,
) -> Result<RowCount, Cause> {
    let shown = excerpt(&table.written);
    let finding = format!("looking for the table `{shown}`");
    let found = session.rows(FIND, &[(&table.written, Type::TEXT)], &finding).await?;
    let Some(row) = found.first() else {
        let what = format!("the database has no table `{shown}`, or not in the user's search path");
        return Err(Cause::of(Reason::ResourceNotFound, what));
    };
    let doing = format!("counting the rows of `{shown}`");
    let (schema, name): (String, String) =
        (session.value(row, 0, &finding)?, session.value(row, 1, &finding)?);
    // -1 or 0 if the table has never been analyzed: then the estimate says nothing.
    let estimate: f64 = session.value(row, 2, &finding)?;
    if estimate > ESTIMATE_ABOVE {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of rows, positive and below 2^64"
        )]
        return Ok(RowCount::Estimate(estimate as u64));
    }
    let query = format!("SELECT count(*) FROM {}.{}", quoted(&schema), quoted(&name));
    let rows = session.rows(&query, &[], &doing).await?;
    let counted: i64 = match rows.first() {
        Some(row) => session.value(row, 0, &doing)?,
        None => 0,
    };
    Ok(RowCount::Exact(counted.unsigned_abs()))
}

/// Returns a name as a quoted identifier of SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_name_cannot_end_its_quotes() {
        assert_eq!(quoted("orders"), "\"orders\"");
        assert_eq!(quoted("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
    }
}
