//! One module for each kind of check with a server of its own.

mod agent;
mod amqp;
mod aws;
mod clerk;
mod command;
mod django;
mod grpc;
mod icmp;
mod imap;
mod kafka;
mod mcp;
mod mysql;
mod ntp;
mod postgres;
mod pusher;
mod redis;
mod smtp;
mod ssh;
mod supabase;
mod websocket;
