//! Values that are written as strings: durations, ids, times, conditions.
//!
//! Each such type has a form with a name. The JSON Schema contains the name as `x-allclear`, so
//! that one pass over the file finds every invalid string.

mod brand;
mod windows;

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Range;
use std::time::Duration;

use allclear_core::action::AttemptCount;
use allclear_core::duration::{self, DURATION_HINT};
use allclear_core::id::{
    ActionId, ChannelId, IdError, MaintenanceId, MonitorId, PageGroupId, RuleId, SecretName,
    SummaryId,
};
use allclear_core::incident::IncidentPublishing;
use allclear_core::matcher::Matcher;
use allclear_core::notification_settings::{GroupBy, ReminderGrowth};
use allclear_core::page_brand::{LogoImage, PageSection};
use allclear_core::page_language::PageLanguage;
use allclear_core::status::{Fault, Severity};
use allclear_core::web_color::WebColor;
use allclear_core::web_origin::WebOrigin;
use allclear_core::window::{RecurrenceRule, WeekDay};
use allclear_evaluate::rule_variables;
use allclear_expression::Expression;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use url::Url;

pub(crate) use self::brand::{DarkPageColor, LightPageColor, MailTopic};
pub(crate) use self::windows::LaterTime;
use crate::suggest;

/// The key of the schema that holds a form.
pub(crate) const FORMAT_KEY: &str = "x-allclear";

/// The error of an invalid string.
#[derive(Debug)]
pub(crate) struct FormatError {
    /// The bytes of the string that are wrong; `None` for the whole string.
    pub(crate) range: Option<Range<usize>>,
    pub(crate) what: String,
    pub(crate) hint: Option<String>,
}

impl FormatError {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { range: None, what: what.into(), hint: Some(hint.into()) }
    }
}

/// A value that is written as a string of a form.
pub(crate) trait StringFormat: Sized {
    const FORMAT: &'static str;

    /// A regular expression for editors. The form itself is authoritative.
    const PATTERN: Option<&'static str> = None;

    fn read(text: &str) -> Result<Self, FormatError>;
}

/// Checks `text` against `form`. Returns `None` if it is valid or the form is unknown.
pub(crate) fn format_error(form: &str, text: &str) -> Option<FormatError> {
    fn of<T: StringFormat>(text: &str) -> Option<FormatError> {
        T::read(text).err()
    }
    match form {
        Duration::FORMAT => of::<Duration>(text),
        MonitorId::FORMAT => of::<MonitorId>(text),
        Expression::FORMAT => of::<Expression>(text),
        PointInTime::FORMAT => of::<PointInTime>(text),
        Time::FORMAT => of::<Time>(text),
        LaterTime::FORMAT => of::<LaterTime>(text),
        RecurrenceRule::FORMAT => of::<RecurrenceRule>(text),
        Matcher::FORMAT => of::<Matcher>(text),
        ZoneName::FORMAT => of::<ZoneName>(text),
        SecretReference::FORMAT => of::<SecretReference>(text),
        WebAddress::FORMAT => of::<WebAddress>(text),
        Contact::FORMAT => of::<Contact>(text),
        HostPort::FORMAT => of::<HostPort>(text),
        WebOrigin::FORMAT => of::<WebOrigin>(text),
        LightPageColor::FORMAT => of::<LightPageColor>(text),
        DarkPageColor::FORMAT => of::<DarkPageColor>(text),
        LogoImage::FORMAT => of::<LogoImage>(text),
        WebColor::FORMAT => of::<WebColor>(text),
        MailTopic::FORMAT => of::<MailTopic>(text),
        _ => None,
    }
}

/// Checks whether a string of the form may also be written as a TOML date or time.
pub(crate) fn may_be_datetime(format: &str) -> bool {
    [PointInTime::FORMAT, Time::FORMAT, LaterTime::FORMAT].contains(&format)
}

/// A `T` that is parsed from a string.
#[derive(Debug)]
pub(crate) struct Parsed<T>(pub(crate) T);

impl<'de, T: StringFormat> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::read(&text).map(Self).map_err(|format_error| de::Error::custom(format_error.what))
    }
}

impl<T: StringFormat> JsonSchema for Parsed<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed(T::FORMAT)
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({ "type": "string", FORMAT_KEY: T::FORMAT });
        if let Some(pattern) = T::PATTERN {
            schema.insert("pattern".to_owned(), pattern.into());
        }
        schema
    }
}

impl StringFormat for Duration {
    const FORMAT: &'static str = "duration";
    const PATTERN: Option<&'static str> = Some(r"^([0-9]+(d|h|ms|m|s))+$");

    fn read(text: &str) -> Result<Self, FormatError> {
        duration::parse(text).map_err(|error| FormatError::new(error.to_string(), DURATION_HINT))
    }
}

fn id_error(text: &str, error: &IdError) -> FormatError {
    let range = match error {
        IdError::Character(at) => {
            let n = text.get(*at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            Some(*at..*at + n)
        }
        IdError::Empty | IdError::TooLong => None,
    };
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "._".contains(c) { c } else { '-' };
    let better: String = text.to_lowercase().chars().map(allowed).collect();
    let better = better.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let hint = match error {
        IdError::Character(_) => Some(better).filter(|better| !better.is_empty()),
        IdError::Empty | IdError::TooLong => None,
    };
    let hint = hint.map(|better| format!("write `{better}`"));
    FormatError { range, what: format!("`{text}` is not an id: {error}"), hint }
}

macro_rules! written_id {
    ($($id:ty),*) => {$(
        impl StringFormat for $id {
            const FORMAT: &'static str = "id";
            const PATTERN: Option<&'static str> = Some(r"^[a-z0-9][a-z0-9._-]{0,63}$");

            fn read(text: &str) -> Result<Self, FormatError> {
                Self::new(text).map_err(|error| id_error(text, &error))
            }
        }
    )*};
}
written_id!(ActionId, MonitorId, RuleId, ChannelId, MaintenanceId, PageGroupId, SummaryId);

impl StringFormat for Expression {
    const FORMAT: &'static str = "condition";

    fn read(text: &str) -> Result<Self, FormatError> {
        rule_variables::compile(text).map_err(|error| FormatError {
            range: Some(error.range),
            what: error.message,
            hint: error.hint,
        })
    }
}

/// A point in time: with an offset, or local to a time zone that is set beside it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PointInTime {
    Absolute(jiff::Timestamp),
    Local(DateTime),
}

impl StringFormat for PointInTime {
    const FORMAT: &'static str = "time";

    fn read(text: &str) -> Result<Self, FormatError> {
        let absolute = text.parse().map(Self::Absolute);
        absolute.or_else(|_| text.parse().map(Self::Local)).map_err(|_| {
            FormatError::new(
                format!("`{text}` is not a date with a time"),
                "write `2026-12-01T02:00:00Z`, or `2026-12-01T02:00:00` beside a `time_zone`",
            )
        })
    }
}

impl StringFormat for Time {
    const FORMAT: &'static str = "time_of_day";

    fn read(text: &str) -> Result<Self, FormatError> {
        let wrong =
            || FormatError::new(format!("`{text}` is not a time of day"), "write `\"02:00\"`");
        // The time parser would also accept a whole date.
        if text.contains(['T', '-']) {
            return Err(wrong());
        }
        text.parse().map_err(|_| wrong())
    }
}

/// The IANA name of a time zone.
#[derive(Debug)]
pub(crate) struct ZoneName(pub(crate) String);

impl StringFormat for ZoneName {
    const FORMAT: &'static str = "time_zone";

    fn read(text: &str) -> Result<Self, FormatError> {
        if let Ok(zone) = TimeZone::get(text) {
            return Ok(Self(zone.iana_name().unwrap_or(text).to_owned()));
        }
        let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
        let hint = match suggest::nearest(text, zones.iter().map(String::as_str)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "write an IANA name such as `Europe/Berlin` or `UTC`".to_owned(),
        };
        Err(FormatError::new(format!("unknown time zone `{text}`"), hint))
    }
}

/// The name of a secret, written as `secret:NAME`.
#[derive(Debug)]
pub(crate) struct SecretReference(pub(crate) SecretName);

impl StringFormat for SecretReference {
    const FORMAT: &'static str = "secret_reference";
    const PATTERN: Option<&'static str> = Some("^secret:");

    fn read(text: &str) -> Result<Self, FormatError> {
        let Some(name) = text.strip_prefix("secret:") else {
            let what = "the value is a secret and must not be in the config";
            let hint = "keep the value under a name outside of the config, and write `secret:NAME`";
            return Err(FormatError::new(what, hint));
        };
        SecretName::new(name).map(Self).map_err(|error| {
            FormatError::new(format!("`{name}` is not a valid name of a secret"), error.to_string())
        })
    }
}

/// An `http` or `https` address, without a trailing slash.
#[derive(Debug)]
pub(crate) struct WebAddress(pub(crate) String);

impl StringFormat for WebAddress {
    const FORMAT: &'static str = "web_address";
    const PATTERN: Option<&'static str> = Some("^https?://");

    fn read(text: &str) -> Result<Self, FormatError> {
        match Url::parse(text) {
            Ok(url) if is_web(&url) => Ok(Self(text.trim_end_matches('/').to_owned())),
            _ => Err(FormatError::new(
                format!("`{text}` is not a web address"),
                "write `https://status.example.com`",
            )),
        }
    }
}

impl StringFormat for WebOrigin {
    const FORMAT: &'static str = "web_origin";
    const PATTERN: Option<&'static str> = Some("^https?://[^/?#]+$");

    fn read(text: &str) -> Result<Self, FormatError> {
        Self::new(text).map_err(|error| {
            let better = Url::parse(text).ok().filter(is_web);
            let better = better.map(|url| url.origin().ascii_serialization());
            let better = better.filter(|better| Self::new(better.as_str()).is_ok());
            let better = better.unwrap_or_else(|| "https://www.example.com".to_owned());
            FormatError::new(
                format!("`{text}` is not the origin of a website: {error}"),
                format!("write `{better}`"),
            )
        })
    }
}

/// A contact link: `mailto:` or a web address.
#[derive(Debug)]
pub(crate) struct Contact(pub(crate) String);

impl StringFormat for Contact {
    const FORMAT: &'static str = "contact";

    fn read(text: &str) -> Result<Self, FormatError> {
        match Url::parse(text) {
            Ok(url) if is_web(&url) || (url.scheme() == "mailto" && url.path().contains('@')) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(FormatError::new(
                format!("`{text}` is not a link"),
                "write `mailto:ops@example.com` or `https://example.com/support`",
            )),
        }
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// A host with a port.
#[derive(Debug)]
pub(crate) struct HostPort(pub(crate) String);

impl StringFormat for HostPort {
    const FORMAT: &'static str = "host_port";

    fn read(text: &str) -> Result<Self, FormatError> {
        let wrong = || {
            FormatError::new(
                format!("`{text}` is not a host with a port"),
                "write `one.one.one.one:443`, or `[2606:4700:4700::1111]:443`",
            )
        };
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port_fits = port.parse::<u16>().is_ok_and(|port| port > 0);
        if port_fits && url::Host::parse(host).is_ok() {
            Ok(Self(text.to_owned()))
        } else {
            Err(wrong())
        }
    }
}

/// One word of a fixed vocabulary.
#[derive(Debug)]
pub(crate) struct Keyword<T>(pub(crate) T);

/// A fixed vocabulary.
pub(crate) trait Vocabulary: Sized {
    /// Returns the words in the order of the documentation.
    fn words() -> Vec<&'static str>;
}

impl Vocabulary for Severity {
    fn words() -> Vec<&'static str> {
        Self::ALL.map(Self::as_str).to_vec()
    }
}

impl Vocabulary for Fault {
    fn words() -> Vec<&'static str> {
        Self::ALL.map(Self::as_str).to_vec()
    }
}

impl Vocabulary for GroupBy {
    fn words() -> Vec<&'static str> {
        Self::ALL.map(Self::as_str).to_vec()
    }
}

impl Vocabulary for PageLanguage {
    fn words() -> Vec<&'static str> {
        Self::ALL.map(Self::as_str).to_vec()
    }
}

impl Vocabulary for PageSection {
    fn words() -> Vec<&'static str> {
        Self::ALL.map(Self::as_str).to_vec()
    }
}

impl Vocabulary for ReminderGrowth {
    fn words() -> Vec<&'static str> {
        Self::ALL.map(Self::as_str).to_vec()
    }
}

impl Vocabulary for AttemptCount {
    fn words() -> Vec<&'static str> {
        Self::ALL.map(Self::as_str).to_vec()
    }
}

impl Vocabulary for IncidentPublishing {
    fn words() -> Vec<&'static str> {
        Self::ALL.map(Self::as_str).to_vec()
    }
}

impl Vocabulary for WeekDay {
    fn words() -> Vec<&'static str> {
        Self::ALL.map(Self::as_str).to_vec()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Keyword<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

impl<T: Vocabulary> JsonSchema for Keyword<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("word")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": T::words() })
    }
}

/// A table with one key, the name of a kind, whose value holds that kind's parameters.
///
/// The kinds are not known here. The schema gets them when it is generated, and the parameters are
/// read through the kind's own list.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct OneKind<Of>(de::IgnoredAny, #[serde(skip)] PhantomData<Of>);

/// The domain of a kind: checks, channels or actions.
pub(crate) trait KindOf {
    /// The form that marks the place of these kinds in the schema.
    const FORMAT: &'static str;
}

/// Kinds of check.
#[derive(Debug)]
pub(crate) enum OfCheck {}

impl KindOf for OfCheck {
    const FORMAT: &'static str = "kind_of_check";
}

/// Kinds of channel.
#[derive(Debug)]
pub(crate) enum OfChannel {}

impl KindOf for OfChannel {
    const FORMAT: &'static str = "kind_of_channel";
}

/// Kinds of action.
#[derive(Debug)]
pub(crate) enum OfAction {}

impl KindOf for OfAction {
    const FORMAT: &'static str = "kind_of_action";
}

impl<Of: KindOf> JsonSchema for OneKind<Of> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed(Of::FORMAT)
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", FORMAT_KEY: Of::FORMAT })
    }
}
