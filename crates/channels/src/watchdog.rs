//! The beat to a watchdog outside, an empty POST. Services for dead man's switches accept it, and so does the heartbeat
//! of another Allclear.

use allclear_core::Timestamp;
use allclear_core::ports::BeatWatchdog;
use allclear_core::proxy::ProxyChoice;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_core::watchdog::Watchdog;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderValue};

use crate::client::Post;
use crate::kinds::Channels;
use crate::secret_url::SecretUrl;

impl BeatWatchdog for Channels {
    async fn beat(
        &self,
        watchdog: &Watchdog,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<(), SendError> {
        let url = SecretUrl::of(watchdog.url.clone()).expose(secrets)?;
        let proxy = &ProxyChoice::default();
        // Without it, the client omits the length of an empty body, which some servers refuse.
        let headers = HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from(0_u64))]);
        let post = Post { url, headers, body: Vec::new(), proxy };
        let answer = self.client().post_with(post, secrets, now).await?;
        if answer.status.is_success() {
            Ok(())
        } else {
            Err(SendError::transient(format!("the watchdog {}", answer.words())))
        }
    }
}
