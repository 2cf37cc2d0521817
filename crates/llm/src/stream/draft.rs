//! The draft of a completion, which dialects fill while the answer arrives.

use std::time::Duration;

use serde_json::Value;

use super::completion::{Completion, CompletionEnd, ServerTimings, Tokens};
use crate::lenient;

/// The most bytes of text that are kept.
const MAX_TEXT_BYTES: usize = 16 * 1024;
/// A name or an id of more bytes than this is none.
const MAX_WORD_BYTES: usize = 1024;

/// A completion as far as it has come.
#[derive(Debug, Default)]
pub(super) struct CompletionDraft {
    text: String,
    first_token: Option<Duration>,
    first_reasoning: Option<Duration>,
    last_token: Option<Duration>,
    longest_gap: Option<Duration>,
    finish_reason: Option<String>,
    usage: Option<Tokens>,
    billed: Option<Tokens>,
    cost_usd: Option<f64>,
    served_by: Option<String>,
    model: Option<String>,
    id: Option<String>,
    end: Option<CompletionEnd>,
    progress: Progress,
    has_body_ended: bool,
    has_tool_call: bool,
    is_withheld: bool,
    /// The server's measurements.
    pub(super) server: ServerTimings,
}

/// The progress towards the end of an answer that has no mark of its end yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    #[default]
    Open,
    /// A reason to stop was given: the answer is complete if the body ends regularly.
    Stopped,
    /// The answer is complete, but more may come that belongs to it.
    Complete,
}

/// Counts of tokens in one event, which may hold only some of them.
#[derive(Debug, Default)]
pub(super) struct TokenCounts {
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
    pub(super) reasoning: Option<u64>,
    pub(super) cached: Option<u64>,
}

impl CompletionDraft {
    /// Takes a piece of visible text.
    pub(super) fn text(&mut self, piece: &str, at: Duration) {
        if piece.is_empty() {
            return;
        }
        self.first_token.get_or_insert(at);
        self.arrived(at);
        let room = MAX_TEXT_BYTES - self.text.len();
        self.text.push_str(piece.get(..piece.floor_char_boundary(room)).unwrap_or_default());
    }

    /// Takes a piece of reasoning.
    pub(super) fn reasoning(&mut self, piece: &str, at: Duration) {
        if !piece.is_empty() {
            self.first_reasoning.get_or_insert(at);
            self.arrived(at);
        }
    }

    /// Takes the reason to stop, if there is one.
    pub(super) fn stop(&mut self, reason: Option<&Value>) {
        set(&mut self.finish_reason, reason);
    }

    /// Takes the model's name.
    pub(super) fn model(&mut self, model: Option<&Value>) {
        set(&mut self.model, model);
    }

    /// Takes the id; the first stands.
    pub(super) fn id(&mut self, id: Option<&Value>) {
        if self.id.is_none() {
            set(&mut self.id, id);
        }
    }

    /// Takes who answered.
    pub(super) fn served_by(&mut self, name: Option<&Value>) {
        set(&mut self.served_by, name);
    }

    /// Takes the cost in US dollars.
    pub(super) fn cost(&mut self, dollars: Option<f64>) {
        self.cost_usd = dollars.filter(|dollars| *dollars >= 0.0).or(self.cost_usd);
    }

    /// Takes counts of tokens; repeated ones replace the earlier ones.
    pub(super) fn usage(&mut self, counts: &TokenCounts) {
        merge(&mut self.usage, counts);
    }

    /// Takes counts of tokens that are charged.
    pub(super) fn billed(&mut self, counts: &TokenCounts) {
        merge(&mut self.billed, counts);
    }

    /// Marks the answer as complete, so that nothing more is read.
    pub(super) fn complete(&mut self) {
        self.end.get_or_insert(CompletionEnd::Complete);
    }

    /// Marks the answer as complete, though more may come that belongs to it.
    pub(super) fn may_end(&mut self) {
        self.progress = Progress::Complete;
    }

    /// Notes a reason to stop: the answer is complete if the body ends regularly.
    pub(super) fn finished(&mut self) {
        self.progress = self.progress.max(Progress::Stopped);
    }

    /// Notes that the body has ended regularly.
    pub(super) fn body_ended(&mut self) {
        self.has_body_ended = true;
    }

    /// Notes a call of a tool, which is an answer without text.
    pub(super) fn tool_call(&mut self, at: Duration) {
        self.has_tool_call = true;
        self.arrived(at);
    }

    /// Notes that a filter withheld the answer.
    pub(super) fn withheld(&mut self) {
        self.is_withheld = true;
    }

    /// Completes the answer if it may end: everything that belongs to it has arrived.
    pub(super) fn complete_if_ended(&mut self) {
        if self.progress == Progress::Complete {
            self.complete();
        }
    }

    /// Marks the answer as failed.
    pub(super) fn fail(&mut self, error: Value) {
        self.end.get_or_insert(CompletionEnd::Error(error));
    }

    pub(super) fn has_text(&self) -> bool {
        self.first_token.is_some()
    }

    pub(super) fn has_reasoning(&self) -> bool {
        self.first_reasoning.is_some()
    }

    pub(super) fn has_tool_call(&self) -> bool {
        self.has_tool_call
    }

    pub(super) fn has_end(&self) -> bool {
        self.end.is_some()
    }

    /// Returns the completion, read until `total`; without an end of its own, it gets `otherwise`.
    pub(super) fn finish(self, total: Duration, otherwise: CompletionEnd) -> Completion {
        let is_whole = match self.progress {
            Progress::Open => false,
            Progress::Stopped => self.has_body_ended,
            Progress::Complete => true,
        };
        let reached = if is_whole { CompletionEnd::Complete } else { otherwise };
        Completion {
            end: self.end.unwrap_or(reached),
            text: self.text,
            first_token: self.first_token,
            first_reasoning: self.first_reasoning,
            last_token: self.last_token,
            longest_gap: self.longest_gap,
            total,
            finish_reason: self.finish_reason,
            usage: self.usage,
            billed: self.billed,
            cost_usd: self.cost_usd,
            server: self.server,
            served_by: self.served_by,
            model: self.model,
            id: self.id,
            has_tool_call: self.has_tool_call,
            is_withheld: self.is_withheld,
        }
    }

    fn arrived(&mut self, at: Duration) {
        if let Some(last) = self.last_token.replace(at) {
            let gap = at.saturating_sub(last);
            self.longest_gap = self.longest_gap.max(Some(gap));
        }
    }
}

fn set(slot: &mut Option<String>, value: Option<&Value>) {
    let word = value.and_then(lenient::text).filter(|word| word.len() <= MAX_WORD_BYTES);
    if let Some(word) = word
        && slot.as_deref() != Some(word)
    {
        *slot = Some(word.to_owned());
    }
}

fn merge(slot: &mut Option<Tokens>, counts: &TokenCounts) {
    let TokenCounts { input, output, reasoning, cached } = *counts;
    if [input, output, reasoning, cached].iter().all(Option::is_none) {
        return;
    }
    let known = slot.unwrap_or_default();
    *slot = Some(Tokens {
        input: input.unwrap_or(known.input),
        output: output.unwrap_or(known.output),
        reasoning: reasoning.or(known.reasoning),
        cached: cached.or(known.cached),
    });
}
