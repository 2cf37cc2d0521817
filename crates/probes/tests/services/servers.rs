//! One module for each kind of check with a server of its own.

mod agent;
mod mcp;
mod redis;
