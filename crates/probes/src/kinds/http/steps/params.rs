//! The parameters of steps, and the steps that they make.

use std::collections::{BTreeMap, HashSet};

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue};
use regex::RegexBuilder;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use allclear_core::checker::ParamProblem;
use allclear_expression::{ValueKind, Variable};

use super::super::capture::{Capture, CaptureSource};
use super::super::params::{HttpConnection, RedirectParams, RequestParams, read_request};
use super::template::{KnownNames, RequestTemplate, TemplatePart, TemplateProblem};
use super::url_template::UrlTemplate;
use super::{HttpStep, StepSequence, body_template};
use crate::api::AuthParams;
use crate::headers::header_name;
use crate::params::ParamProblems;

/// The most steps of a check, and the most values that a step captures.
const MAX_STEPS: usize = 10;
const MAX_CAPTURES: usize = 10;

/// The most characters of a name.
const MAX_NAME: usize = 30;

/// The largest body that a regular expression of `capture` is searched for in, in bytes.
const MAX_SEARCHED_BYTES: u32 = 1024 * 1024;

/// The memory of a compiled regular expression, in bytes.
const MAX_REGEX_BYTES: usize = 64 * 1024;

/// The variables of `degraded` of the check, over all its steps.
const TIME_OF_ALL: &[Variable] = &[Variable::new(
    "response_time_ms",
    ValueKind::Number,
    "the response time of all steps, in milliseconds",
)];

/// A step of a check.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct HttpStepParams {
    /// The name, in messages and in the metric of the time: lower-case letters, digits and `_`.
    name: String,
    /// The URL of the request. Path and query can have placeholders; scheme, host and port cannot.
    #[schemars(extend("format" = "url"))]
    url: String,
    /// The HTTP method. Default: `GET`.
    method: Option<String>,
    /// Headers to send. A value is a text with placeholders, or `secret:name` as a whole.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The body to send, as text with placeholders. The header `content-type` decides how values are
    /// written in it: as JSON, as a part of a form, or unchanged in `text/plain`.
    body: Option<String>,
    /// Credentials of the request.
    auth: Option<AuthParams>,
    /// The treatment of redirects.
    redirects: Option<RedirectParams>,
    /// The limit of the body, in bytes, as in a check without steps. Default: 1048576 (1 MiB).
    #[schemars(range(max = 16_777_216))]
    max_body_bytes: Option<u32>,
    /// The condition for success. Default: a 2xx or 3xx status.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, if `expect` holds.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// Values of the answer for later steps, by the names of their placeholders.
    #[serde(default)]
    capture: BTreeMap<String, CaptureParams>,
}

/// A value of an answer: from `json`, `header` or `cookie`, or without these from the body, by `regex`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CaptureParams {
    /// A JSON Pointer to a text, a number, `true` or `false` in the body: `/data/0/id`.
    json: Option<String>,
    /// The name of a header.
    header: Option<String>,
    /// The name of a cookie that the server has set.
    cookie: Option<String>,
    /// The part of the value; its first group, if it has one. Without another key, a part of the body.
    regex: Option<String>,
}

/// Reads the steps. `degraded` is the condition over the time of all.
pub(in super::super) fn read(
    given: &[HttpStepParams],
    degraded: Option<&str>,
    connection: &HttpConnection<'_>,
    problems: &mut ParamProblems,
) -> StepSequence {
    if given.is_empty() || given.len() > MAX_STEPS {
        let what = format!("{} steps; 1 to {MAX_STEPS} are allowed", given.len());
        problems.add(&["steps"], what, None);
    }
    let degraded = problems.condition(&["degraded"], degraded, TIME_OF_ALL);
    let names: Vec<String> = given.iter().flat_map(|one| one.capture.keys().cloned()).collect();
    let first_host = given.first().and_then(|step| host_of(&step.url));
    let mut step_names = HashSet::new();
    let mut captured = HashSet::new();
    let mut n_earlier = 0;
    let mut steps = Vec::new();
    for (index, params) in given.iter().enumerate() {
        let mut found = ParamProblems::default();
        check_name(&["name"], &params.name, &mut found);
        if !step_names.insert(&params.name) {
            let what = format!("another step has the name `{}`", params.name);
            found.add(&["name"], what, Some("give each step a name of its own"));
        }
        for name in params.capture.keys().filter(|name| !captured.insert(*name)) {
            let what = format!("another step captures `{name}`");
            found.add(&["capture", name], what, Some("give it a name of its own"));
        }
        let (earlier, later) = names.split_at_checked(n_earlier).unwrap_or((&names, &[]));
        n_earlier += params.capture.len();
        let is_own_host = host_of(&params.url) == first_host;
        let tls = connection.tls.as_ref();
        let tls = tls.map(|tls| if is_own_host { tls.clone() } else { tls.for_other_hosts() });
        let connection = HttpConnection { tls, way: connection.way.clone(), ..*connection };
        let known = KnownNames { earlier, later };
        let step = StepReader { params, known, problems: &mut found }.read(&connection);
        problems.add_within(&["steps", &index.to_string()], found);
        steps.extend(step);
    }
    StepSequence { steps, degraded }
}

/// Returns the host of a URL, whose path and query can have placeholders.
fn host_of(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Reads a step.
struct StepReader<'a> {
    params: &'a HttpStepParams,
    known: KnownNames<'a>,
    problems: &'a mut ParamProblems,
}

impl StepReader<'_> {
    fn read(mut self, connection: &HttpConnection<'_>) -> Option<HttpStep> {
        let params = self.params;
        let captures = self.captures();
        let url = self.url();
        let (templates, plain) = self.headers();
        let body = self.body();
        let request = RequestParams {
            url: url.as_ref().map_or(&params.url, |url| url.marked.as_str()),
            method: params.method.as_deref(),
            headers: &plain,
            body: params.body.as_deref().filter(|text| RequestTemplate::is_plain(text)),
            auth: params.auth.as_ref(),
            redirects: params.redirects.as_ref(),
            max_body_bytes: params.max_body_bytes,
            expect: params.expect.as_deref(),
            degraded: params.degraded.as_deref(),
        };
        // A wrong template is reported already.
        let is_url_known = url.is_some() || RequestTemplate::is_plain(&params.url);
        if !is_url_known {
            return None;
        }
        let request = read_request(&request, captures, connection, self.problems)?;
        Some(HttpStep { name: params.name.clone(), request, url, headers: templates, body })
    }

    fn url(&mut self) -> Option<UrlTemplate> {
        if RequestTemplate::is_plain(&self.params.url) {
            return None;
        }
        let parsed = UrlTemplate::parse(&self.params.url, self.known);
        parsed.map_err(|problem| self.add(&["url"], problem)).ok()
    }

    /// Returns the headers with placeholders, and those without.
    fn headers(&mut self) -> (Vec<(HeaderName, RequestTemplate)>, BTreeMap<String, String>) {
        let mut templates = Vec::new();
        let mut plain = BTreeMap::new();
        for (name, value) in &self.params.headers {
            if RequestTemplate::is_plain(value) {
                plain.insert(name.clone(), value.clone());
                continue;
            }
            let template = RequestTemplate::parse(value, self.known);
            let template = template.map_err(|problem| self.add(&["headers", name], problem)).ok();
            let header = header_name("headers", name, self.problems);
            let is_text = |text: &str| HeaderValue::try_from(text).is_ok();
            if !is_text(value) {
                let what = "the value has characters that no header can carry, such as a line end";
                self.problems.add(&["headers", name], what, None);
            }
            templates.extend(header.zip(template));
        }
        (templates, plain)
    }

    fn body(&mut self) -> Option<RequestTemplate> {
        let body = self.params.body.as_deref()?;
        let template = RequestTemplate::parse(body, self.known);
        let texts = template.iter().flat_map(|template| &template.parts);
        let names_secret = |part: &TemplatePart| matches!(part, TemplatePart::Text(text) if text.contains("secret:"));
        if texts.into_iter().any(names_secret) {
            let what = "a secret's name is part of a longer text, which would be sent unchanged";
            self.problems.add(&["body"], what, Some("write `{{secret:name}}`"));
        }
        if RequestTemplate::is_plain(body) {
            return None;
        }
        let mut headers = self.params.headers.iter();
        let content_type =
            headers.find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()));
        let content_type = content_type.and_then(|(_, value)| HeaderValue::try_from(value).ok());
        let parsed =
            template.and_then(|template| body_template::encode(template, content_type.as_ref()));
        parsed.map_err(|problem| self.add(&["body"], problem)).ok()
    }

    fn captures(&mut self) -> Vec<Capture> {
        let given = &self.params.capture;
        if given.len() > MAX_CAPTURES {
            let what = format!("{} values, and {MAX_CAPTURES} are allowed", given.len());
            self.problems.add(&["capture"], what, None);
        }
        let captures = given.iter().filter_map(|(name, params)| {
            check_name(&["capture", name], name, self.problems);
            let limit = self.params.max_body_bytes;
            CaptureReader { name, params, problems: self.problems }.read(limit)
        });
        captures.collect()
    }

    fn add(&mut self, path: &[&str], problem: TemplateProblem) {
        let TemplateProblem { range, what, hint } = problem;
        let problem = ParamProblem::at(path.iter().copied(), what, Some(&hint));
        self.problems.add_problem(ParamProblem { range, ..problem });
    }
}

/// Reads a value that is captured.
struct CaptureReader<'a> {
    name: &'a str,
    params: &'a CaptureParams,
    problems: &'a mut ParamProblems,
}

impl CaptureReader<'_> {
    fn read(mut self, max_body_bytes: Option<u32>) -> Option<Capture> {
        let CaptureParams { json, header, cookie, regex } = self.params;
        let pattern = match regex {
            None => None,
            Some(text) => Some(self.pattern(text)?),
        };
        let source = match (json, header, cookie, &pattern) {
            (Some(pointer), None, None, _) => self.pointer(pointer)?,
            (None, Some(name), None, _) => match HeaderName::try_from(name) {
                Ok(name) => CaptureSource::Header(name),
                Err(_) => {
                    return self.refuse("header", format!("`{name}` is not the name of a header"));
                }
            },
            (None, None, Some(name), _) => CaptureSource::Cookie(name.clone()),
            (None, None, None, Some(_)) => CaptureSource::Body,
            _ => {
                let what =
                    "exactly one of `json`, `header` and `cookie` is needed, or `regex` alone";
                self.problems.add(
                    &["capture", self.name],
                    what,
                    Some("write `{ json = \"/id\" }`"),
                );
                return None;
            }
        };
        let capture = Capture { name: self.name.to_owned(), source, pattern };
        let limit = max_body_bytes.unwrap_or(MAX_SEARCHED_BYTES);
        if capture.needs_body() && limit == 0 {
            let what = "the body is used, and `max_body_bytes = 0` leaves it unread".to_owned();
            return self.refuse_capture(what, "raise `max_body_bytes`");
        }
        if matches!(capture.source, CaptureSource::Body) && limit > MAX_SEARCHED_BYTES {
            let what = format!(
                "a body of more than {MAX_SEARCHED_BYTES} bytes is not searched by `regex`"
            );
            return self.refuse_capture(what, "lower `max_body_bytes`");
        }
        Some(capture)
    }

    fn pointer(&mut self, pointer: &str) -> Option<CaptureSource> {
        if pointer.is_empty() || pointer.starts_with('/') {
            return Some(CaptureSource::Json(pointer.to_owned()));
        }
        let hint = format!("write `/{}`", pointer.trim_start_matches("$.").replace('.', "/"));
        let what = format!("`{pointer}` is not a JSON Pointer, which begins with `/`");
        self.problems.add(&["capture", self.name, "json"], what, Some(&hint));
        None
    }

    fn pattern(&mut self, text: &str) -> Option<regex::Regex> {
        match RegexBuilder::new(text).size_limit(MAX_REGEX_BYTES).build() {
            Ok(pattern) if pattern.captures_len() <= 2 => Some(pattern),
            Ok(_) => {
                let what = "the regular expression has more than one group".to_owned();
                self.problems.add(
                    &["capture", self.name, "regex"],
                    what,
                    Some("write `(?:…)` for the groups that are not the value"),
                );
                None
            }
            Err(error) => {
                let error = error.to_string();
                let what = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
                self.refuse("regex", format!("`{text}` is not a regular expression: {what}"))
            }
        }
    }

    fn refuse<T>(&mut self, key: &str, what: String) -> Option<T> {
        self.problems.add(&["capture", self.name, key], what, None);
        None
    }

    fn refuse_capture<T>(&mut self, what: String, hint: &str) -> Option<T> {
        self.problems.add(&["capture", self.name], what, Some(hint));
        None
    }
}

/// Checks the name of a step or a value.
fn check_name(path: &[&str], name: &str, problems: &mut ParamProblems) {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_plain) {
        let what = format!("`{name}` is not a name of a step or a value");
        let hint = format!("use 1 to {MAX_NAME} lower-case letters, digits and `_`");
        problems.add(path, what, Some(&hint));
    }
}
