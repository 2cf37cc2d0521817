//! The parameters of a `mysql` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{MysqlDialog, VARIABLES};
use crate::SharedState;
use crate::kinds::database::{MAX_TEXT_BYTES, OptionalWork};
use crate::kinds::measured_name::MeasuredName;
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::{AddressParams, Conditions, ServiceCheck, ServiceTarget};
use crate::tls::TlsParams;

/// The port of an address without one.
const DEFAULT_PORT: u16 = 3306;

/// Parameters of the `mysql` check: a MySQL or MariaDB server, the answer to a query, its connections and replication.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The host, with a port unless it is 3306: `db.example.com`.
    address: String,
    /// The user that logs in.
    user: String,
    /// The password, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    password: Option<String>,
    /// The database. Default: none.
    database: Option<String>,
    /// One statement, in a read-only transaction; its first value is `value` in conditions. It returns at most
    /// 1,000 rows. Default: `SELECT 1`.
    query: Option<String>,
    /// The tables whose rows are counted, without quotes: `orders`, or `audit.events` of another database. More
    /// than 100,000 rows are estimated. At most 20 tables.
    #[serde(default)]
    rows: Vec<String>,
    /// If `true`, the size of the tables of the database is measured.
    #[serde(default)]
    size: bool,
    /// If `true`, the server must not be read-only, and the check writes a row into the temporary table
    /// `allclear_check`, which no other session sees.
    #[serde(default)]
    write: bool,
    /// The condition for healthy, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The settings of TLS. With this table, even an empty one, the connection is encrypted.
    tls: Option<TlsParams>,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let address = AddressParams {
        address: &params.address,
        default_port: DEFAULT_PORT,
        ip: params.ip,
        tls: params.tls.as_ref(),
    };
    let target = ServiceTarget::read(address, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let password = params.password.as_deref().and_then(|text| problems.secret(&["password"], text));
    for (name, text) in [
        ("user", Some(params.user.as_str())),
        ("database", params.database.as_deref()),
        ("query", params.query.as_deref()),
    ] {
        problems.sent_text(&[name], text, MAX_TEXT_BYTES);
    }
    let Params { user, database, query, rows, size, write, .. } = params;
    for (index, table) in rows.iter().enumerate() {
        problems.sent_text(&["rows", &index.to_string()], Some(table), MAX_TEXT_BYTES);
    }
    let tables = MeasuredName::read_all("rows", rows, &mut problems);
    let optional = OptionalWork { size, write };
    let dialog = MysqlDialog { user, password, database, query, tables, optional };
    let shared = Arc::clone(shared);
    let check = target.map(|target| ServiceCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
