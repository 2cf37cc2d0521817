//! Readers of audio, transcripts and pictures.

use serde_json::Value;

use super::{MissingPart, TaskEnd, incomplete};
use crate::call::Head;
use crate::lenient::{items, text, within};
use crate::task::audio::{self, AudioError};
use crate::task::{base64_text, picture};

const NO_AUDIO: MissingPart = ("no-audio", "the answer contains no audio");
const EMPTY: MissingPart = ("empty-audio", "the audio is empty");
const UNKNOWN: MissingPart = ("unknown-audio", "the audio has an unknown format");

/// Reads audio that is the whole body.
pub(super) fn audio(head: &Head, body: &[u8]) -> TaskEnd {
    let kind = head.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind == "text/html" {
        return TaskEnd::Foreign;
    }
    if !audio::may_be_audio(kind) {
        return incomplete(("no-audio", "the content type of the answer is not audio"));
    }
    match audio::recognize(body) {
        Ok(_) => TaskEnd::Whole,
        Err(AudioError::Truncated) => TaskEnd::Truncated,
        Err(AudioError::Empty) => incomplete(EMPTY),
        Err(AudioError::Unknown) if audio::is_raw(kind) => TaskEnd::Whole,
        Err(AudioError::Unknown) => incomplete(UNKNOWN),
    }
}

/// Reads audio within JSON, as base64 or, from `MiniMax`, as hexadecimal digits.
pub(super) fn audio_within(value: &Value) -> Result<(), MissingPart> {
    const PLACES: [&str; 4] = ["/audio_data", "/data/audio", "/audio", "/audioContent"];
    let Some(found) = PLACES.iter().find_map(|place| within(value, place).as_str()) else {
        return Err(NO_AUDIO);
    };
    let bytes = from_hex(found).or_else(|| base64_text::decode(found)).unwrap_or_default();
    match audio::recognize(&bytes) {
        Ok(_) => Ok(()),
        Err(AudioError::Empty) => Err(EMPTY),
        Err(AudioError::Truncated) => Err(("truncated-audio", "the audio is truncated")),
        Err(AudioError::Unknown) => Err(UNKNOWN),
    }
}

/// Checks whether there is a transcript. A tone has none, so it may be empty.
pub(super) fn transcript(value: &Value) -> Result<(), MissingPart> {
    const PLACES: [&str; 3] =
        ["/text", "/results/channels/0/alternatives/0/transcript", "/result/text"];
    let has_text = PLACES.iter().any(|place| within(value, place).is_string());
    let is_silent = || {
        // Without speech, Deepgram has no alternative.
        within(value, "/results/channels").as_array().is_some_and(|channels| !channels.is_empty())
    };
    if has_text || is_silent() {
        Ok(())
    } else {
        Err(("no-transcript", "the answer contains no transcript"))
    }
}

/// Checks whether there is a picture.
pub(super) fn image(value: &Value) -> Result<(), MissingPart> {
    let lists = ["/data", "/images", "/output"].map(|place| items(within(value, place)));
    let Some(first) = lists.into_iter().find_map(<[Value]>::first) else {
        return Err(("no-image", "the answer contains no image"));
    };
    let field = |name: &str| first.get(name).and_then(text);
    let url = field("url").or_else(|| text(first));
    let bytes = field("b64_json").or_else(|| field("image"));
    match (url, bytes) {
        (None, None) => Err(("no-image", "the answer contains no image")),
        (Some(url), _) if picture::is_url(url) => Ok(()),
        (_, Some(bytes)) if picture::is_base64(bytes) => Ok(()),
        _ => Err(("unknown-image", "the image is neither a URL nor in a known format")),
    }
}

/// Decodes hexadecimal digits; `None` if there are other characters.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| u8::try_from(c.to_digit(16)?).ok()).collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len().is_multiple_of(2))?;
    Some(
        digits
            .chunks_exact(2)
            .filter_map(|pair| match pair {
                [high, low] => Some(high << 4 | low),
                _ => None,
            })
            .collect(),
    )
}
