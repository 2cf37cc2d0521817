//! One module for each kind of check with a server of its own.

mod grpc;
mod icmp;
mod imap;
mod ntp;
mod redis;
mod smtp;
mod ssh;
mod websocket;
