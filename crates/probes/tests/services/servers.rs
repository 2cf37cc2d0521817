//! One module for each kind of check with a server of its own.

mod agent;
mod amqp;
mod clerk;
mod mcp;
mod mysql;
mod postgres;
mod pusher;
mod redis;
mod supabase;
