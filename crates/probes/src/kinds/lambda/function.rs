//! The function of a check, by its name or its ARN.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::aws::Arn;
use crate::params::ParamProblems;

/// The longest name of a function or of a version, in bytes.
const MAX_NAME: usize = 64;

/// The characters that a segment of a signed path has to encode: all but the unreserved ones.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CheckedFunction {
    name: String,
    /// The version or alias; `None` for the latest one.
    qualifier: Option<String>,
    /// The region and the account of an ARN.
    place: Option<FunctionPlace>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FunctionPlace {
    region: String,
    account: String,
}

impl CheckedFunction {
    /// Reads the parameters `function` and `qualifier`.
    pub(super) fn read(
        text: &str,
        qualifier: Option<&str>,
        problems: &mut ParamProblems,
    ) -> Option<Self> {
        let Some(mut function) = Self::parse(text) else {
            let hint = "write its name, or its ARN such as \
                        `arn:aws:lambda:eu-central-1:123456789012:function:check-orders`";
            problems.add(&["function"], "the text names no function", Some(hint));
            return None;
        };
        if let Some(qualifier) = qualifier {
            if function.qualifier.is_some() {
                let what = "`function` names a version or alias already";
                problems.add(&["qualifier"], what, Some("keep one of the two"));
            }
            if !is_qualifier(qualifier) {
                let hint = Some("write an alias such as `live`, a number, or `$LATEST`");
                problems.add(&["qualifier"], "the text names no version or alias", hint);
            }
            function.qualifier = Some(qualifier.to_owned());
        }
        Some(function)
    }

    fn parse(text: &str) -> Option<Self> {
        if !text.starts_with("arn:") {
            let (name, qualifier) = split(text);
            return Self::new(name, qualifier, None);
        }
        let arn = Arn::parse(text).filter(|arn| arn.service == "lambda")?;
        let (name, qualifier) = split(arn.resource.strip_prefix("function:")?);
        let place =
            FunctionPlace { region: arn.region.to_owned(), account: arn.account.to_owned() };
        Self::new(name, qualifier, Some(place))
    }

    fn new(name: &str, qualifier: Option<&str>, place: Option<FunctionPlace>) -> Option<Self> {
        let is_valid = is_name(name) && qualifier.is_none_or(is_qualifier);
        let (name, qualifier) = (name.to_owned(), qualifier.map(str::to_owned));
        is_valid.then_some(Self { name, qualifier, place })
    }

    /// Returns the region of the ARN; `None` for a name.
    pub(super) fn region(&self) -> Option<&str> {
        self.place.as_ref().map(|place| place.region.as_str())
    }

    /// Returns the path and the query of an invocation.
    pub(super) fn path_and_query(&self, region: &str) -> (String, Option<String>) {
        let encode = |text: &str| utf8_percent_encode(text, &RESERVED).to_string();
        let name = match &self.place {
            Some(_) => encode(&self.arn(region)),
            None => encode(&self.name),
        };
        let query = self.qualifier.as_ref().map(|one| format!("Qualifier={}", encode(one)));
        (format!("/2015-03-31/functions/{name}/invocations"), query)
    }

    /// Returns the resource of its permission, without the version.
    fn arn(&self, region: &str) -> String {
        let account = self.place.as_ref().map_or("*", |place| place.account.as_str());
        let partition = if region.starts_with("cn-") { "aws-cn" } else { "aws" };
        format!("arn:{partition}:lambda:{region}:{account}:function:{}", self.name)
    }

    /// Returns the resource of its permission.
    pub(super) fn permitted(&self, region: &str) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.arn(region)),
            None => self.arn(region),
        }
    }
}

fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once(':').map_or((text, None), |(name, qualifier)| (name, Some(qualifier)))
}

fn is_name(text: &str) -> bool {
    let is_character = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(is_character)
}

fn is_qualifier(text: &str) -> bool {
    text == "$LATEST" || (is_name(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_by_its_name_or_its_arn() {
        for (text, path, query, permitted) in [
            (
                "check-orders",
                "/2015-03-31/functions/check-orders/invocations",
                None,
                "arn:aws:lambda:eu-west-1:*:function:check-orders",
            ),
            (
                "check-orders:$LATEST",
                "/2015-03-31/functions/check-orders/invocations",
                Some("Qualifier=%24LATEST"),
                "arn:aws:lambda:eu-west-1:*:function:check-orders:$LATEST",
            ),
            (
                "arn:aws:lambda:eu-west-1:123456789012:function:check_orders:live",
                "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Acheck_orders/invocations",
                Some("Qualifier=live"),
                "arn:aws:lambda:eu-west-1:123456789012:function:check_orders:live",
            ),
        ] {
            let function = CheckedFunction::parse(text).unwrap_or_else(|| panic!("{text}"));
            let (found, found_query) = function.path_and_query("eu-west-1");
            assert_eq!((found.as_str(), found_query.as_deref()), (path, query));
            assert_eq!(function.permitted("eu-west-1"), permitted);
        }
    }

    #[test]
    fn another_text_names_no_function() {
        for text in [
            "",
            "a/b",
            "a:b:c",
            "../x",
            "arn:aws:lambda:eu-west-1:123456789012:layer:x",
            "arn:aws:sqs:eu-west-1:123456789012:jobs",
            &"x".repeat(65),
        ] {
            assert_eq!(CheckedFunction::parse(text), None, "{text}");
        }
    }
}
