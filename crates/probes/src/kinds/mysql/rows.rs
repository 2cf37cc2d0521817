//! The number of rows of a table: counted, or estimated if there are many.

use std::fmt::Write as _;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::packets::{Packets, invalid};
use crate::excerpt::excerpt;
use crate::kinds::database::{ESTIMATE_ABOVE, MAX_ROWS, RowCount};
use crate::kinds::measured_name::MeasuredName;

/// Returns the number of rows of a table.
pub(super) async fn count(packets: &mut Packets, table: &MeasuredName) -> Result<RowCount, Cause> {
    let shown = excerpt(&table.written);
    let (database, name) = match table.written.split_once('.') {
        Some((database, name)) => (Some(database), name),
        None => (None, table.written.as_str()),
    };
    let of_database = database.map_or_else(|| "DATABASE()".to_owned(), literal);
    let find = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = {of_database} AND TABLE_NAME = {}",
        literal(name)
    );
    let found = packets.query(&find, MAX_ROWS, &format!("looking for the table `{shown}`")).await?;
    let (Some(database), Some(name)) = (found.first(0), found.first(1)) else {
        let what = format!("there is no table `{shown}`, or the user has no permission for it");
        return Err(Cause::of(Reason::ResourceNotFound, what));
    };
    let estimate = found.first(2).and_then(|text| text.parse::<u64>().ok());
    #[expect(clippy::cast_precision_loss, reason = "no table has 2^53 rows")]
    if let Some(estimate) = estimate.filter(|estimate| *estimate as f64 > ESTIMATE_ABOVE) {
        return Ok(RowCount::Estimate(estimate));
    }
    let doing = format!("counting the rows of `{shown}`");
    let query = format!("SELECT COUNT(*) FROM {}.{}", quoted(database), quoted(name));
    let counted = packets.query(&query, MAX_ROWS, &doing).await?;
    let number = counted.first(0).and_then(|text| text.parse().ok());
    number.map(RowCount::Exact).ok_or_else(|| invalid("the number is missing", &doing))
}

/// Returns a text as a literal that no character of it can end.
fn literal(text: &str) -> String {
    let digits = text.bytes().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    });
    format!("_utf8mb4 X'{digits}'")
}

/// Returns a name as a quoted identifier of SQL.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_quotes() {
        assert_eq!(quoted("a`; DROP TABLE b; --"), "`a``; DROP TABLE b; --`");
        assert_eq!(literal("a'é"), "_utf8mb4 X'6127c3a9'");
    }
}
