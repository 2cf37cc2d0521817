//! One module for each kind of check with a server of its own.

mod agent;
mod clerk;
mod mcp;
mod pusher;
mod redis;
mod supabase;
