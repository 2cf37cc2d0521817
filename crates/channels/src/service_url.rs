//! The parameter `url` of a channel to a service with a known address.

use allclear_core::checker::ParamProblem;
use url::Url;

const HINT: &str = "write the address without a path, such as `https://events.example.com`";

/// Reads the parameter `url`; `default` is the address of the service.
pub(crate) fn read(text: Option<&str>, default: &str) -> Result<Url, ParamProblem> {
    let text = text.unwrap_or(default);
    let problem = |what: String| ParamProblem::at(["url"], what, Some(HINT));
    let url = Url::parse(text).map_err(|error| problem(format!("`url` is not a URL: {error}")))?;
    let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !is_http {
        return Err(problem("`url` does not begin with `https://` or `http://`".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(problem("`url` contains a user, a password or a query".to_owned()));
    }
    Ok(url)
}

/// Returns the URL of a path, which begins with `/`, under the address.
pub(crate) fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let full = format!("{}{path}", base.path().trim_end_matches('/'));
    url.set_path(&full);
    url
}
