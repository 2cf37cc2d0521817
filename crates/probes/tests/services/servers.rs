//! One module for each kind of check with a server of its own.

mod grpc;
mod imap;
mod redis;
mod smtp;
mod ssh;
mod websocket;
