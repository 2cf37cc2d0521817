//! One module for each kind of check with a server of its own.

mod amqp;
mod grpc;
mod icmp;
mod imap;
mod mysql;
mod ntp;
mod postgres;
mod redis;
mod smtp;
mod ssh;
mod websocket;
