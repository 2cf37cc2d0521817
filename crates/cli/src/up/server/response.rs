//! Responses: the headers that each one carries, and the form that a client asks for.

use allclear_status_site::NOT_FOUND;
use allclear_status_site::delivery::{
    CACHE_CONTROL, FrameAncestors, content_security, content_type, is_for_other_sites,
};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Response, StatusCode};
use http_body_util::Full;

use super::files::{Representation, ServedFile};

pub(super) type ServerResponse = Response<Full<Bytes>>;

/// The methods that a file of the site is asked for with.
pub(super) const FILE_METHODS: &str = "GET, HEAD, OPTIONS";

/// The methods that a heartbeat is sent with.
pub(super) const HEARTBEAT_METHODS: &str = "GET, POST, OPTIONS";

/// The time for which a browser may remember that other sites may read, in seconds.
const CORS_MAX_AGE: &str = "86400";

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Returns the response to a request for `file` at `path`.
pub(super) fn of_file(
    method: &Method,
    request: &HeaderMap,
    path: &str,
    file: &ServedFile,
    frames: &FrameAncestors,
) -> ServerResponse {
    let gzip = file.gzip.as_ref().filter(|_| accepts_gzip(request));
    let Representation { content, tag } = gzip.unwrap_or(&file.plain);
    let is_known = is_known(request, tag);
    let mut response = Response::new(Full::default());
    let headers = response.headers_mut();
    set(headers, header::CACHE_CONTROL, CACHE_CONTROL);
    set(headers, header::ETAG, tag);
    set(headers, header::VARY, "accept-encoding");
    set_security(headers, &content_security(path, frames));
    if frames.may_frame(path) {
        // This header cannot name several sites. Browsers that know `frame-ancestors` ignore it anyway.
        headers.remove(header::X_FRAME_OPTIONS);
        set(headers, RESOURCE_POLICY, "cross-origin");
    } else if is_for_other_sites(path) {
        set(headers, RESOURCE_POLICY, "cross-origin");
        set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    } else {
        set(headers, RESOURCE_POLICY, "same-origin");
    }
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    set(headers, header::CONTENT_TYPE, content_type(path));
    headers.insert(header::CONTENT_LENGTH, content.len().into());
    if gzip.is_some() {
        set(headers, header::CONTENT_ENCODING, "gzip");
    }
    if *method != Method::HEAD {
        *response.body_mut() = Full::new(content.clone());
    }
    response
}

/// Returns the response to a request for a path that has no file: `page`, if the site has one.
pub(super) fn not_found(
    method: &Method,
    request: &HeaderMap,
    page: Option<&ServedFile>,
) -> ServerResponse {
    let Some(page) = page else { return of_text(StatusCode::NOT_FOUND, "not found") };
    let mut response = of_file(method, request, NOT_FOUND, page, &FrameAncestors::default());
    // A client that has the page knows nothing of the path.
    if response.status() == StatusCode::NOT_MODIFIED {
        return of_text(StatusCode::NOT_FOUND, "not found");
    }
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().remove(header::ETAG);
    set(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    response
}

/// Returns a response of one line of text, which is for the client alone.
pub(super) fn of_text(status: StatusCode, text: &'static str) -> ServerResponse {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    set(headers, header::CONTENT_TYPE, "text/plain; charset=utf-8");
    set(headers, header::CACHE_CONTROL, "no-store");
    set(headers, RESOURCE_POLICY, "same-origin");
    set_security(headers, "default-src 'none'; frame-ancestors 'none'; sandbox");
    response
}

/// Marks the connection to be closed after a response.
pub(super) fn closing(mut response: ServerResponse) -> ServerResponse {
    set(response.headers_mut(), header::CONNECTION, "close");
    response
}

/// Returns the response to a method that the path does not answer.
pub(super) fn not_allowed(allowed: &'static str, text: &'static str) -> ServerResponse {
    let mut response = of_text(StatusCode::METHOD_NOT_ALLOWED, text);
    set(response.headers_mut(), header::ALLOW, allowed);
    response
}

/// Returns the response to `OPTIONS`.
pub(super) fn options(allowed: &'static str) -> ServerResponse {
    let mut response = of_text(StatusCode::NO_CONTENT, "");
    response.headers_mut().remove(header::CONTENT_TYPE);
    set(response.headers_mut(), header::ALLOW, allowed);
    response
}

/// Returns the response to `OPTIONS` for a file of the site: other sites may read public files, and
/// send nothing.
pub(super) fn file_options(path: Option<&str>) -> ServerResponse {
    let mut response = options(FILE_METHODS);
    if path.is_some_and(is_for_other_sites) {
        let headers = response.headers_mut();
        set(headers, RESOURCE_POLICY, "cross-origin");
        set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD");
        set(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, "*");
        set(headers, header::ACCESS_CONTROL_MAX_AGE, CORS_MAX_AGE);
    }
    response
}

/// Sets a header whose value is text of this program.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Sets the security headers. The three response headers policies of `template.yaml` set the same ones, with one content
/// policy for all data.
fn set_security(headers: &mut HeaderMap, content_security: &str) {
    set(headers, header::CONTENT_SECURITY_POLICY, content_security);
    set(headers, header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::X_FRAME_OPTIONS, "DENY");
}

/// Returns whether the client has the representation with this tag already.
fn is_known(request: &HeaderMap, tag: &str) -> bool {
    // A client compares weakly: a cache may have marked the tag as weak.
    items(request, &header::IF_NONE_MATCH)
        .any(|item| item == "*" || item.strip_prefix("W/").unwrap_or(item) == tag)
}

/// Returns whether the client takes gzip, and does not like the plain form better.
fn accepts_gzip(request: &HeaderMap) -> bool {
    let (mut gzip, mut identity, mut any) = (None, None, None);
    for item in items(request, &header::ACCEPT_ENCODING) {
        let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight(parameters);
        match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => gzip = Some(weight),
            "identity" => identity = Some(weight),
            "*" => any = Some(weight),
            _ => {}
        }
    }
    let gzip = gzip.or(any).unwrap_or(0.0);
    gzip > 0.0 && gzip >= identity.unwrap_or(0.0)
}

/// Returns the weight of an item of a list: 1 if it has none, 0 if it is invalid.
fn weight(parameters: &str) -> f32 {
    let weight = parameters.split(';').find_map(|one| {
        let (name, value) = one.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let Some(weight) = weight else { return 1.0 };
    weight.parse().ok().filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(0.0)
}

/// Returns the items of a header that is a list.
fn items<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(name: &HeaderName, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn gzip_is_chosen_by_the_weights_of_the_request() {
        for (accepted, values) in [
            (true, &["gzip"] as &[_]),
            (true, &["br;q=1.0, GZIP;q=0.5, *;q=0.1"]),
            (true, &["br", "deflate, gzip ; q=0.001"]),
            (true, &["*"]),
            (true, &["identity;q=0.5, gzip;q=0.5"]),
            (true, &["x-gzip"]),
            (false, &[]),
            (false, &[""]),
            (false, &["br, deflate, zstd"]),
            (false, &["gzip;q=0"]),
            (false, &["gzip;q=0, *"]),
            (false, &["*;q=0"]),
            (false, &["identity, gzip;q=0.9"]),
            (false, &["gzip;q=much"]),
            (false, &["gzip;q=7"]),
        ] {
            assert_eq!(
                accepts_gzip(&request(&header::ACCEPT_ENCODING, values)),
                accepted,
                "{values:?}"
            );
        }
    }

    #[test]
    fn a_known_tag_is_found_in_every_form_of_the_header() {
        for (known, values) in [
            (true, &["\"a\""] as &[_]),
            (true, &["W/\"a\""]),
            (true, &["\"b\", \"a\""]),
            (true, &["\"b\"", "\"a\""]),
            (true, &["*"]),
            (false, &["\"a-gzip\""]),
            (false, &["a"]),
            (false, &[]),
        ] {
            assert_eq!(
                is_known(&request(&header::IF_NONE_MATCH, values), "\"a\""),
                known,
                "{values:?}"
            );
        }
    }
}
