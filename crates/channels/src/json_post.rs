//! One POST of a JSON document.

use allclear_core::channel::Envelope;
use allclear_core::proxy::ProxyChoice;
use allclear_core::send_error::SendError;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use url::Url;

use crate::client::{ChannelClient, ChannelResponse, Post};

/// One POST of a JSON document.
pub(crate) struct JsonPost<'a> {
    pub(crate) url: Url,
    /// The token that grants access, for `Authorization: Bearer`.
    pub(crate) token: Option<&'a str>,
    pub(crate) body: &'a Value,
    pub(crate) proxy: &'a ProxyChoice,
}

impl JsonPost<'_> {
    /// Sends the document. Every HTTP response is a [`ChannelResponse`], whatever its status.
    pub(crate) async fn send(
        self,
        client: &ChannelClient,
        envelope: Envelope<'_>,
    ) -> Result<ChannelResponse, SendError> {
        let Self { url, token, body, proxy } = self;
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(CONTENT_TYPE, json);
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
                SendError::transient("the token has characters that no header can hold")
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let body = body.to_string().into_bytes();
        client.post(Post { url, headers, body, proxy }, envelope).await
    }
}
