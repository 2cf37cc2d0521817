//! Fuzzes the stream readers.

#![no_main]

#[path = "../properties/stream.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|data: &[u8]| property::check(data));
