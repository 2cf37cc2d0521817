//! Bodies of requests for a task: the shortest input that has an answer.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::{TaskEndpoint, TaskFormat};
use crate::account::Account;
use crate::call::RequestBody;
use crate::merge::merge;

/// The text that is embedded, ranked for, spoken or drawn, if the form has one.
pub const INPUT: &str = "ping";

/// The text that is spoken, and drawn.
pub(super) const SPOKEN: &str = "Hi";
const DRAWN: &str = "a dot";

/// The documents that are ranked, each of which gets a score.
pub(super) const DOCUMENTS: [&str; 2] = ["ping", "pong"];

/// The separator of the parts of a form. It occurs in no part.
const BOUNDARY: &str = "allclear-7d0c1f5b9a3e4c62";

/// Returns the body of a request; `None` without a model.
pub(crate) fn body(account: &Account, endpoint: &TaskEndpoint) -> Option<RequestBody> {
    let model = account.model.as_deref()?;
    Some(match input(endpoint.wire, model, account.voice_at(endpoint)) {
        TaskInput::Fields(own) => {
            let mut fields: Map<String, Value> = serde_json::from_str(endpoint.extra).ok()?;
            merge(&mut fields, account.extra.clone());
            if let Value::Object(own) = own {
                merge(&mut fields, own);
            }
            let bytes = Value::Object(fields).to_string().into_bytes();
            RequestBody { content_type: "application/json", bytes }
        }
        TaskInput::Form(field) => RequestBody {
            content_type: "multipart/form-data; boundary=allclear-7d0c1f5b9a3e4c62",
            bytes: multipart(field, model, &account.extra),
        },
        TaskInput::Audio => RequestBody { content_type: "audio/wav", bytes: TONE.clone() },
    })
}

/// The parts of a body that nothing in the config replaces.
enum TaskInput {
    /// The fields of a JSON object.
    Fields(Value),
    /// A form with a file of audio, and the model in this field.
    Form(&'static str),
    /// Audio and nothing else.
    Audio,
}

fn input(wire: TaskFormat, model: &str, voice: Option<&str>) -> TaskInput {
    TaskInput::Fields(match wire {
        TaskFormat::OpenAiTranscription => return TaskInput::Form("model"),
        TaskFormat::ElevenLabsTranscription => return TaskInput::Form("model_id"),
        TaskFormat::DeepgramListen => return TaskInput::Audio,
        TaskFormat::OpenAiEmbeddings => json!({ "model": model, "input": [INPUT] }),
        TaskFormat::CohereEmbed => json!({
            "model": model, "texts": [INPUT], "input_type": "search_query",
            "embedding_types": ["float"]
        }),
        TaskFormat::GeminiEmbed => json!({ "content": { "parts": [{ "text": INPUT }] } }),
        TaskFormat::VertexPredict => json!({ "instances": [{ "content": INPUT }] }),
        TaskFormat::OllamaEmbed => json!({ "model": model, "input": INPUT }),
        TaskFormat::SnowflakeEmbed => json!({ "model": model, "text": [INPUT] }),
        TaskFormat::Rerank => json!({ "model": model, "query": INPUT, "documents": DOCUMENTS }),
        TaskFormat::TeiRerank => json!({ "query": INPUT, "texts": DOCUMENTS }),
        TaskFormat::OpenAiSpeech => {
            with(json!({ "model": model, "input": SPOKEN }), "voice", voice)
        }
        TaskFormat::MistralSpeech => {
            with(json!({ "model": model, "input": SPOKEN }), "voice_id", voice)
        }
        TaskFormat::ElevenLabsSpeech => json!({ "model_id": model, "text": SPOKEN }),
        TaskFormat::DeepgramSpeak => json!({ "text": SPOKEN }),
        TaskFormat::MiniMaxSpeech => json!({
            "model": model, "text": SPOKEN, "stream": false,
            "voice_setting": { "voice_id": voice.unwrap_or_default() }
        }),
        TaskFormat::OpenAiImage => json!({ "model": model, "prompt": DRAWN, "n": 1 }),
    })
}

fn with(mut body: Value, name: &str, value: Option<&str>) -> Value {
    if let (Value::Object(fields), Some(value)) = (&mut body, value) {
        fields.insert(name.to_owned(), value.into());
    }
    body
}

/// Returns a form with a file of audio, the model under the name `field`, and further fields.
fn multipart(field: &str, model: &str, extra: &Map<String, Value>) -> Vec<u8> {
    let mut body = Vec::with_capacity(TONE.len() + 1024);
    let mut part = |name: &str, value: &str| {
        let value = value.replace(BOUNDARY, "");
        let head = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"");
        body.extend_from_slice(format!("{head}\r\n\r\n{value}\r\n").as_bytes());
    };
    part(field, model);
    for (name, value) in extra.iter().filter(|(name, _)| *name != field) {
        let name: String = name.chars().filter(|c| !c.is_control() && *c != '"').collect();
        match value.as_str() {
            Some(text) => part(&name, text),
            None => part(&name, &value.to_string()),
        }
    }
    let file = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"tone.wav\"\r\n\
         content-type: audio/wav\r\n\r\n"
    );
    body.extend_from_slice(file.as_bytes());
    body.extend_from_slice(&TONE);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// Samples of a second, and how many there are: a quarter of a second. OpenAI refuses less than a
/// tenth.
const SAMPLE_RATE: u32 = 16_000;
const N_SAMPLES: u32 = SAMPLE_RATE / 4;

/// A quiet tone of 500 Hz as a WAV file, 16 bits and one channel: 8 KiB.
static TONE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let n_bytes = N_SAMPLES * 2;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + n_bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&SAMPLE_RATE.to_le_bytes());
    file.extend_from_slice(&(SAMPLE_RATE * 2).to_le_bytes());
    file.extend_from_slice(&2_u16.to_le_bytes());
    file.extend_from_slice(&16_u16.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&n_bytes.to_le_bytes());
    for sample in 0..N_SAMPLES {
        // A triangle of 32 samples.
        let phase = i16::try_from(sample % 32).unwrap_or_default();
        let level = if phase < 16 { phase } else { 32 - phase };
        file.extend_from_slice(&((level - 8) * 256).to_le_bytes());
    }
    file
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tone_is_a_complete_wav_file() {
        assert_eq!(super::super::audio::recognize(&TONE), Ok("wav"));
        assert_eq!(TONE.len(), 44 + 8_000);
    }

    #[test]
    fn a_form_contains_the_model_the_file_and_extra_fields() {
        let extra = json!({ "language": "en", "temperature": 0, "a\"\r\nb": "c" });
        let body = multipart("model", "whisper-1", extra.as_object().unwrap());
        let text = String::from_utf8_lossy(&body);
        let end = format!("\r\n--{BOUNDARY}--\r\n");
        assert!(text.contains("name=\"model\"\r\n\r\nwhisper-1\r\n"), "{text}");
        assert!(text.contains("name=\"language\"\r\n\r\nen\r\n"), "{text}");
        assert!(text.contains("name=\"temperature\"\r\n\r\n0\r\n"), "{text}");
        assert!(text.contains("name=\"ab\"\r\n\r\nc\r\n"), "{text}");
        assert!(text.ends_with(&end), "{text}");
        assert_eq!(text.matches(&format!("--{BOUNDARY}\r\n")).count(), 5);
    }
}
