//! A message to a channel, of Allclear or of the model of another program.

use crate::scenario::About;

/// A message to a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its time, in seconds of the scenario.
    pub at_s: f64,
    /// Its kind.
    pub kind: MessageKind,
    /// The name of the row of messages that it belongs to, from the first to the last one about a trouble.
    pub thread: String,
    /// The services that it names, by position.
    pub services: Vec<usize>,
    /// Its subject.
    pub about: About,
}

/// The kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// Trouble began.
    Begin,
    /// The known trouble has changed.
    Update,
    /// All of the trouble, or a part of it, is over.
    End,
}
