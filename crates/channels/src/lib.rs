//! The notification clients: one module per channel.
