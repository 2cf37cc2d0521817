//! Fuzzes the content encodings, whose decoders are private to `allclear-probes`.

#![no_main]
#![allow(dead_code, unused_imports, reason = "the modules are compiled without their users")]

#[path = "../../../probes/src"]
mod probes {
    pub(crate) mod body;
    pub(crate) mod excerpt;
}

#[path = "../properties/decode.rs"]
mod property;

use probes::body::Decoder;
use probes::excerpt;

libfuzzer_sys::fuzz_target!(|data: &[u8]| property::check(data));
