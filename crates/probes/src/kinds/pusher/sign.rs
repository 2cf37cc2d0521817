//! The signature of requests: HMAC-SHA256 of method, path and query. Pure.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;

use crate::api::ApiRequest;

/// Signs the requests of one attempt.
#[derive(Clone, Copy)]
pub(super) struct PusherSigner<'a> {
    pub(super) key: &'a str,
    pub(super) secret: &'a str,
    /// The time of the attempt, in seconds since 1970.
    pub(super) now: i64,
}

impl PusherSigner<'_> {
    /// Adds the query and its signature to a request without a query.
    pub(super) fn sign<'r>(
        &self,
        mut request: ApiRequest<'r>,
        query: &[(&str, &str)],
    ) -> ApiRequest<'r> {
        let now = self.now.to_string();
        let mut pairs: Vec<(&str, &str)> = query.to_vec();
        pairs.extend([("auth_key", self.key), ("auth_timestamp", &now), ("auth_version", "1.0")]);
        let digest = hex(&Md5::digest(&request.body));
        if !request.body.is_empty() {
            pairs.push(("body_md5", &digest));
        }
        pairs.sort_unstable();
        // The text to sign has the values as they are, not as a URL encodes them.
        let texts: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let text = format!("{}\n{}\n{}", request.method, request.url.path(), texts.join("&"));
        let signature = self.signature(&text);
        let mut added = request.url.query_pairs_mut();
        added.extend_pairs(&pairs);
        added.append_pair("auth_signature", &signature);
        drop(added);
        request
    }

    fn signature(&self, text: &str) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()) else {
            return String::new();
        };
        mac.update(text.as_bytes());
        hex(&mac.finalize().into_bytes())
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use url::Url;

    use super::*;
    use crate::api::ApiStep;

    #[test]
    fn a_request_is_signed_as_the_documentation_shows() {
        // The worked example of the reference of the HTTP API.
        let signer = PusherSigner {
            key: "278d425bdf160c739803",
            secret: "7ad3773142a6692b25b8",
            now: 1_353_088_179,
        };
        let url = Url::parse("https://api.pusherapp.com/apps/3/events").unwrap();
        let mut request = ApiRequest::post(ApiStep::ONLY, url, &json!({}));
        request.body =
            r#"{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}"#.into();
        let request = signer.sign(request, &[]);
        let value = |name: &str| {
            let mut pairs = request.url.query_pairs();
            pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        assert_eq!(value("body_md5").as_deref(), Some("ec365a775a4cd0599faeb73354201b6f"));
        assert_eq!(
            value("auth_signature").as_deref(),
            Some("da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c")
        );
    }
}
