//! The registration of a domain as RDAP describes it (RFC 9083), and the verdict on it. Pure.

use allclear_core::Timestamp;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use serde_json::Value;

use super::REGISTRATION_DAYS;
use crate::excerpt::excerpt;
use crate::service::{ReadValue, ServiceReading};

/// The days before the expiry at which a check is degraded, and at which it is unhealthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Thresholds {
    pub(super) warning_days: u32,
    pub(super) critical_days: u32,
}

/// A registration.
#[derive(Debug)]
pub(super) struct Registration {
    expires: Option<Timestamp>,
    /// In lower case, with blanks: `client hold`.
    statuses: Vec<String>,
    nameservers: Vec<String>,
    registrar: Option<String>,
    is_signed: Option<bool>,
}

impl Registration {
    /// Reads the answer about a domain.
    pub(super) fn read(document: &Value) -> Result<Self, &'static str> {
        if document.get("objectClassName").and_then(Value::as_str) != Some("domain") {
            return Err("the answer describes no domain");
        }
        let rows = |key: &str| document.get(key).and_then(Value::as_array).into_iter().flatten();
        let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
        let is_expiry =
            |event: &&Value| text(event, "eventAction").as_deref() == Some("expiration");
        let date = |event: &Value| text(event, "eventDate")?.parse::<Timestamp>().ok();
        Ok(Self {
            expires: rows("events").filter(is_expiry).filter_map(date).max(),
            statuses: rows("status").filter_map(Value::as_str).map(with_blanks).collect(),
            nameservers: rows("nameservers")
                .filter_map(|row| text(row, "ldhName"))
                .map(|name| name.to_ascii_lowercase())
                .collect(),
            registrar: rows("entities").find(|row| is_registrar(row)).and_then(name_of),
            is_signed: document.pointer("/secureDNS/delegationSigned").and_then(Value::as_bool),
        })
    }

    /// Returns the whole days until it expires; negative afterwards, and `None` if the registry does not say.
    pub(super) fn days(&self, now: Timestamp) -> Option<f64> {
        self.expires.map(|expires| as_number(days_between(now, expires)))
    }

    /// Returns the values, or the cause for which the registration is not as it should be.
    pub(super) fn judge(
        self,
        domain: &str,
        thresholds: Thresholds,
        now: Timestamp,
    ) -> Result<ServiceReading, Cause> {
        if let Some(cause) = self.refused_by_status(domain) {
            return Err(cause);
        }
        let expires = self.expires.ok_or_else(|| {
            let what = format!(
                "the registry does not publish when the registration of {domain} expires; watch it \
                 at its registrar"
            );
            Cause::monitor(Reason::ResponseInvalid, what)
        })?;
        let days = days_between(now, expires);
        let date = expires.strftime("%F");
        let mut reading = ServiceReading::default();
        reading.measure(REGISTRATION_DAYS, as_number(days));
        if days < 0 {
            let what = format!("the registration of {domain} has expired on {date}");
            return Err(Cause::of(Reason::RegistrationExpired, what));
        }
        let soon = || {
            let what = format!("the registration of {domain} expires in {days} days, on {date}");
            Cause::of(Reason::RegistrationExpiring, what)
        };
        if days < i64::from(thresholds.critical_days) {
            return Err(soon());
        }
        if days < i64::from(thresholds.warning_days) {
            reading.degrade(soon());
        }
        reading.set("statuses", ReadValue::Texts(self.statuses));
        reading.set("nameservers", ReadValue::Texts(self.nameservers));
        if let Some(registrar) = self.registrar {
            reading.set("registrar", ReadValue::Text(registrar));
        }
        if let Some(is_signed) = self.is_signed {
            reading.set("is_signed", ReadValue::Bool(is_signed));
        }
        Ok(reading)
    }

    /// Returns the cause if a status takes the domain out of the DNS, or leads to its deletion.
    fn refused_by_status(&self, domain: &str) -> Option<Cause> {
        let reasons = [
            ("pending delete", Reason::RegistrationExpired, "it is about to be deleted"),
            ("redemption period", Reason::RegistrationExpired, "its owner can still restore it"),
            ("pending restore", Reason::RegistrationExpired, "its restoration is not complete"),
            ("client hold", Reason::UnexpectedAnswer, "its registrar has taken it out of the DNS"),
            ("server hold", Reason::UnexpectedAnswer, "its registry has taken it out of the DNS"),
        ];
        let (status, reason, meaning) = reasons
            .into_iter()
            .find(|(status, ..)| self.statuses.iter().any(|one| one == status))?;
        let what = format!("the domain {domain} has the status `{status}`: {meaning}");
        Some(Cause::of(reason, what))
    }
}

fn days_between(now: Timestamp, expires: Timestamp) -> i64 {
    expires.duration_since(now).as_hours().div_euclid(24)
}

#[expect(clippy::cast_precision_loss, reason = "a registration lasts a few thousand days")]
fn as_number(days: i64) -> f64 {
    days as f64
}

/// Returns a status as RDAP writes it; some registries write `clientHold`, as EPP does.
fn with_blanks(status: &str) -> String {
    let mut spaced = String::new();
    for c in excerpt(status).chars() {
        if c.is_ascii_uppercase() && spaced.ends_with(|last: char| last.is_ascii_lowercase()) {
            spaced.push(' ');
        }
        spaced.push(c.to_ascii_lowercase());
    }
    spaced
}

fn is_registrar(entity: &Value) -> bool {
    let roles = entity.get("roles").and_then(Value::as_array);
    roles.into_iter().flatten().any(|role| role.as_str() == Some("registrar"))
}

/// Returns the name in the card of an entity, a list of `[name, parameters, type, value]`.
fn name_of(entity: &Value) -> Option<String> {
    let fields = entity.pointer("/vcardArray/1")?.as_array()?;
    let field = fields.iter().find(|field| field.get(0).and_then(Value::as_str) == Some("fn"))?;
    Some(excerpt(field.get(3)?.as_str()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const THRESHOLDS: Thresholds = Thresholds { warning_days: 30, critical_days: 7 };

    fn document(expires: &str, statuses: &Value) -> Value {
        json!({
            "objectClassName": "domain", "ldhName": "EXAMPLE.COM", "status": statuses,
            "events": [
                { "eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z" },
                { "eventAction": "expiration", "eventDate": expires },
            ],
            "nameservers": [{ "ldhName": "A.NS.TEST" }],
            "entities": [{
                "roles": ["registrar"],
                "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Names Inc."]]],
            }],
            "secureDNS": { "delegationSigned": true },
        })
    }

    fn judged(expires: &str, statuses: &Value) -> Result<ServiceReading, Cause> {
        let registration = Registration::read(&document(expires, statuses)).unwrap();
        registration.judge("example.com", THRESHOLDS, "2026-11-30T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_days_until_the_expiry_decide() {
        for (expires, wanted) in [
            ("2027-06-29T00:00:00Z", None),
            ("2026-12-29T00:00:00Z", Some((Reason::RegistrationExpiring, "degraded"))),
            ("2026-12-07T11:00:00.0Z", Some((Reason::RegistrationExpiring, "down"))),
            ("2026-11-30T11:00:00Z", Some((Reason::RegistrationExpired, "down"))),
        ] {
            let found = match judged(expires, &json!(["active"])) {
                Ok(reading) => reading.degradation().map(|cause| (cause.reason, "degraded")),
                Err(cause) => Some((cause.reason, "down")),
            };
            assert_eq!(found, wanted, "{expires}");
        }
    }

    #[test]
    fn statuses_that_end_a_registration_are_named_in_either_form() {
        for (status, wanted) in [
            ("client hold", Some(Reason::UnexpectedAnswer)),
            ("clientHold", Some(Reason::UnexpectedAnswer)),
            ("server hold", Some(Reason::UnexpectedAnswer)),
            ("redemption period", Some(Reason::RegistrationExpired)),
            ("pendingDelete", Some(Reason::RegistrationExpired)),
            ("client transfer prohibited", None),
        ] {
            let found = judged("2027-06-29T00:00:00Z", &json!([status])).err();
            assert_eq!(found.map(|cause| cause.reason), wanted, "{status}");
        }
    }

    #[test]
    fn a_registration_without_expiry_is_unknown_and_no_failure() {
        let document = json!({ "objectClassName": "domain", "status": ["active"] });
        let registration = Registration::read(&document).unwrap();
        let cause =
            registration.judge("example.de", THRESHOLDS, Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(cause.fault, allclear_core::status::Fault::Monitor);
        assert!(Registration::read(&json!({ "objectClassName": "entity" })).is_err());
    }
}
