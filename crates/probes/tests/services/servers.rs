//! One module for each kind of check with a server of its own.

mod mcp;
mod redis;
