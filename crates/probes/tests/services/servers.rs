//! One module for each kind of check with a server of its own.

mod amqp;
mod mysql;
mod postgres;
mod redis;
