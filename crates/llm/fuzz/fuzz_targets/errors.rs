//! Fuzzes the error reader and the classification.

#![no_main]

#[path = "../properties/errors.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|data: &[u8]| property::check(data));
