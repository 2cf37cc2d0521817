//! A URL with values in its path and query. Its scheme, host and port are always those of the config.

use std::fmt::Write;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use url::{Position, Url};

use super::template::{
    CapturedValues, KnownNames, RequestTemplate, TemplatePart, TemplateProblem, ValueEncoding,
};

/// The beginning of the text that stands for a placeholder while the URL is parsed.
const MARK: &str = "allclear-value-";

/// The characters that end the host and the port of a URL.
const AUTHORITY_END: [char; 4] = ['/', '?', '#', '\\'];

/// A URL with placeholders.
#[derive(Debug, Clone)]
pub(super) struct UrlTemplate {
    /// Path and query, in the normal form of a URL.
    template: RequestTemplate,
    /// The URL with marks in place of its values.
    pub(super) marked: Url,
}

impl UrlTemplate {
    /// Parses a URL with placeholders.
    pub(super) fn parse(text: &str, names: KnownNames<'_>) -> Result<Self, TemplateProblem> {
        let template = RequestTemplate::parse(text, names)?.encoded(ValueEncoding::Component);
        if template.secrets().next().is_some() {
            return Err(problem(
                "the URL contains a secret, which servers and proxies write into their logs",
                "send it in a header or in the body",
            ));
        }
        let mut marked = String::new();
        for (n, part) in template.parts.iter().enumerate() {
            // Writing to a string does not fail.
            let _ = match part {
                TemplatePart::Text(text) => write!(marked, "{text}"),
                TemplatePart::Placeholder(_) => write!(marked, "{}", mark(n)),
            };
        }
        if text.contains(MARK) || is_in_authority(&marked) {
            return Err(problem(
                "scheme, host and port of a step must stand in the config, so that values go only \
                 where it sends them",
                "use placeholders only in the path and the query",
            ));
        }
        let wrong = |error: url::ParseError| {
            let what = format!("`{text}` is not a URL: {error}");
            problem(&what, "write for example `https://api.example.com/items/{{id}}`")
        };
        let mut url = Url::parse(&marked).map_err(wrong)?;
        url.set_fragment(None);
        let origin = marked_origin(&url);
        if origin.contains(MARK) {
            return Err(problem("a placeholder is in the host", "write the host itself"));
        }
        let mut rest = url.as_str().get(origin.len()..).unwrap_or_default();
        let mut parts = Vec::new();
        for (n, part) in template.parts.into_iter().enumerate() {
            let TemplatePart::Placeholder(_) = part else { continue };
            // A placeholder in the fragment is never sent, and one before `..` is removed with it.
            let Some((before, after)) = rest.split_once(&mark(n)) else {
                let what = "a placeholder has no place in what is sent";
                return Err(problem(what, "remove `#` or `..` from the URL"));
            };
            parts.push(TemplatePart::Text(before.to_owned()));
            parts.push(part);
            rest = after;
        }
        parts.push(TemplatePart::Text(rest.to_owned()));
        Ok(Self { template: RequestTemplate { parts }, marked: url })
    }

    /// Returns the URL with its values.
    pub(super) fn fill(&self, secrets: &Secrets, captured: &CapturedValues) -> Result<Url, Cause> {
        let origin = marked_origin(&self.marked);
        let text = format!("{origin}{}", self.template.fill(secrets, captured)?);
        // A value such as `..` would change the path around it.
        match Url::parse(&text) {
            Ok(url) if url.as_str() == text => Ok(url),
            Ok(_) | Err(_) => {
                let source = self.template.placeholders().next().map(|one| &one.source);
                let what = "cannot be a part of a path: it is `.` or `..`";
                Err(source.map_or_else(
                    || Cause::of(Reason::CheckFailed, what),
                    |source| source.unusable(what),
                ))
            }
        }
    }
}

fn mark(n: usize) -> String {
    format!("{MARK}{n}-")
}

fn problem(what: &str, hint: &str) -> TemplateProblem {
    TemplateProblem { range: None, what: what.to_owned(), hint: hint.to_owned() }
}

/// Returns true if a mark is before the path.
fn is_in_authority(marked: &str) -> bool {
    let Some(first) = marked.find(MARK) else { return false };
    let Some((scheme, rest)) = marked.split_once("://") else { return true };
    let authority = rest.find(AUTHORITY_END).map_or(marked.len(), |end| scheme.len() + 3 + end);
    first < authority
}

/// Returns the URL before its path.
fn marked_origin(url: &Url) -> &str {
    &url[..Position::BeforePath]
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn parse(text: &str) -> Result<UrlTemplate, TemplateProblem> {
        let names = ["v".to_owned(), "w".to_owned()];
        UrlTemplate::parse(text, KnownNames { earlier: &names, later: &[] })
    }

    fn fill(text: &str, v: &str) -> Result<String, Cause> {
        let captured = [("v", v), ("w", ".")];
        let captured =
            captured.map(|(name, value)| (name.to_owned(), SecretString::from(value))).into();
        parse(text).unwrap().fill(&Secrets::new(), &captured).map(|url| url.to_string())
    }

    #[test]
    fn a_value_stays_within_its_part_of_the_url() {
        for (text, value, wanted) in [
            ("https://a.test/x/{{v}}", "1", "https://a.test/x/1"),
            ("https://a.test/x/{{v}}/y", "../z?q#f", "https://a.test/x/..%2Fz%3Fq%23f/y"),
            ("https://a.test/?q={{v}}&r=1", "a&b=c d+", "https://a.test/?q=a%26b%3Dc%20d%2B&r=1"),
            ("https://a.test?q={{v}}", "\u{e9}\r\n", "https://a.test/?q=%C3%A9%0D%0A"),
            ("HTTPS://A.test:443/{{v}}#f", "//evil.test", "https://a.test/%2F%2Fevil.test"),
            ("https://a.test:8443\\{{v}}", "@evil.test", "https://a.test:8443/%40evil.test"),
            ("https://a.test/{{v}}", "%2e%2e", "https://a.test/%252e%252e"),
            ("https://a.test/{{v}}-{{w}}", "x", "https://a.test/x-."),
        ] {
            assert_eq!(fill(text, value).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn a_value_cannot_be_a_step_upwards() {
        for (text, value) in [
            ("https://a.test/users/{{v}}/keys", ".."),
            ("https://a.test/users/{{v}}", "."),
            ("https://a.test/users/{{v}}{{w}}", "."),
            ("https://a.test/users/.{{v}}/keys", "."),
        ] {
            let cause = fill(text, value).unwrap_err();
            assert!(cause.message.contains("cannot be a part of a path"), "{}", cause.message);
        }
    }

    #[test]
    fn scheme_host_and_port_cannot_have_values() {
        for text in [
            "{{v}}://a.test/",
            "{{v}}",
            "https://{{v}}/",
            "https://{{v}}.a.test/",
            "https://a.test{{v}}/x",
            "https://a.test:{{v}}/",
            "https://{{v}}@a.test/",
            "https:/{{v}}/",
            "https:///{{v}}/x",
            "https:{{v}}",
        ] {
            let problem = parse(text).unwrap_err();
            let is_about_host = problem.what.contains("host");
            assert!(is_about_host, "{text}: {}", problem.what);
        }
    }

    #[test]
    fn a_placeholder_that_is_never_sent_is_a_problem() {
        for text in ["https://a.test/#{{v}}", "https://a.test/{{v}}/../x"] {
            assert!(parse(text).unwrap_err().what.contains("no place"), "{text}");
        }
        let problem = parse("https://a.test/{{secret:key}}").unwrap_err();
        assert!(problem.what.contains("write into their logs"), "{}", problem.what);
    }
}
