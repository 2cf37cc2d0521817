//! Tasks: requests for anything but a chat, and the readers of their answers.
//!
//! The parameter `api` names a task. The provider's table has an endpoint for it, and the
//! [`TaskFormat`] of that endpoint selects both the body of the request and the reader of the answer. An
//! answer is whole if it holds what the task is for: numbers of a vector, a score for each document,
//! audio of a known format, a transcript, or an image.

mod answer;
mod audio;
mod base64_text;
mod facts;
mod picture;
pub(crate) mod request;

pub use self::answer::{TaskAnswer, TaskEnd, read};
pub use self::facts::{
    TaskPrice, as_of, default_model, highest_price, models, offered, price, source,
};
pub use self::request::INPUT;

/// A task of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// A vector for a text.
    Embeddings,
    /// The relevance of documents for a query.
    Rerank,
    /// Audio for a text.
    Speech,
    /// A text for audio.
    Transcription,
    /// A picture for a text.
    Image,
}

impl Task {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 5] =
        [Self::Embeddings, Self::Rerank, Self::Speech, Self::Transcription, Self::Image];

    /// Returns its name in the config: `embeddings`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Embeddings => "embeddings",
            Self::Rerank => "rerank",
            Self::Speech => "speech",
            Self::Transcription => "transcription",
            Self::Image => "image",
        }
    }

    /// Returns the word for one answer to it: `embedding`.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Embeddings => "embedding",
            Self::Rerank => "reranking",
            Self::Speech => "speech",
            Self::Transcription => "transcription",
            Self::Image => "image",
        }
    }

    /// Checks whether one answer is so expensive that it is made only at an interval that the config sets.
    #[must_use]
    pub fn is_expensive(self) -> bool {
        match self {
            Self::Image => true,
            Self::Embeddings | Self::Rerank | Self::Speech | Self::Transcription => false,
        }
    }
}

/// The form in which a task is asked for and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskFormat {
    /// OpenAI's embeddings.
    OpenAiEmbeddings,
    /// Cohere's embed, version 2.
    CohereEmbed,
    /// Gemini's `embedContent`.
    GeminiEmbed,
    /// Vertex AI's `predict` of a model for embeddings.
    VertexPredict,
    /// Ollama's embed.
    OllamaEmbed,
    /// Snowflake's embed.
    SnowflakeEmbed,
    /// Cohere's rerank: `query` and `documents`.
    Rerank,
    /// The rerank of Text Embeddings Inference: `query` and `texts`.
    TeiRerank,
    /// OpenAI's speech.
    OpenAiSpeech,
    /// Mistral's speech, audio within JSON.
    MistralSpeech,
    /// The text to speech of `ElevenLabs`; the voice is in the path.
    ElevenLabsSpeech,
    /// Deepgram's speak; the model is in the path.
    DeepgramSpeak,
    /// The text to speech of `MiniMax`, audio within JSON.
    MiniMaxSpeech,
    /// OpenAI's transcriptions, a form with a file.
    OpenAiTranscription,
    /// The speech to text of `ElevenLabs`, a form with a file.
    ElevenLabsTranscription,
    /// Deepgram's listen, audio as the body.
    DeepgramListen,
    /// OpenAI's image generations.
    OpenAiImage,
}

impl TaskFormat {
    /// Returns the task that is asked for in this form.
    #[must_use]
    pub fn task(self) -> Task {
        match self {
            Self::OpenAiEmbeddings
            | Self::CohereEmbed
            | Self::GeminiEmbed
            | Self::VertexPredict
            | Self::OllamaEmbed
            | Self::SnowflakeEmbed => Task::Embeddings,
            Self::Rerank | Self::TeiRerank => Task::Rerank,
            Self::OpenAiSpeech
            | Self::MistralSpeech
            | Self::ElevenLabsSpeech
            | Self::DeepgramSpeak
            | Self::MiniMaxSpeech => Task::Speech,
            Self::OpenAiTranscription | Self::ElevenLabsTranscription | Self::DeepgramListen => {
                Task::Transcription
            }
            Self::OpenAiImage => Task::Image,
        }
    }
}

/// The place at which a provider is asked for a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskEndpoint {
    /// The form of request and answer.
    pub wire: TaskFormat,
    /// The host, by its name in the provider's table.
    pub host: &'static str,
    /// The path with its query, in which `{model}`, `{voice}` and the names of options stand for
    /// the account's.
    pub path: &'static str,
    /// Further fields of the body, as a JSON object; the config may replace them.
    pub extra: &'static str,
    /// The voice of speech if the config names none; empty if no voice is asked for.
    pub voice: &'static str,
}

impl TaskEndpoint {
    /// Creates an endpoint of the API's own host, with nothing particular.
    #[must_use]
    pub const fn at(wire: TaskFormat, path: &'static str) -> Self {
        Self { wire, host: "api", path, extra: "{}", voice: "" }
    }

    /// Returns the same endpoint with further fields of the body.
    #[must_use]
    pub const fn extra(self, extra: &'static str) -> Self {
        Self { extra, ..self }
    }

    /// Returns the same endpoint with a default voice.
    #[must_use]
    pub const fn voice(self, voice: &'static str) -> Self {
        Self { voice, ..self }
    }

    /// Returns the same endpoint on another host.
    #[must_use]
    pub const fn on(self, host: &'static str) -> Self {
        Self { host, ..self }
    }

    /// Returns the task.
    #[must_use]
    pub fn task(&self) -> Task {
        self.wire.task()
    }
}
