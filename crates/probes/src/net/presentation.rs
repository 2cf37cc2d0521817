//! The data of DNS records as text, near to the form that `dig +short` prints, and texts of that form
//! as they are written in a config.
//!
//! Names are in lower case and without the last dot, so that two texts of the same name are equal. A
//! TXT record is its text without quotes.

use std::fmt::Write as _;
use std::net::IpAddr;

use hickory_proto::rr::{Name, RData, RecordType};

/// The data of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordValue {
    /// As a message and a condition show it. What is not UTF-8 is written as `\195`.
    pub(crate) text: String,
    /// The bytes of a TXT record, and of others the text.
    bytes: Vec<u8>,
}

impl RecordValue {
    /// Reads the data of a record.
    pub(crate) fn of(data: &RData) -> Self {
        if let RData::TXT(txt) = data {
            // A long text comes in pieces.
            let bytes: Vec<u8> =
                txt.txt_data.iter().flat_map(|piece| piece.iter().copied()).collect();
            return Self { text: readable(&bytes), bytes };
        }
        let text = text_of(data);
        Self { bytes: text.clone().into_bytes(), text }
    }

    /// Returns whether `text` stands somewhere in it.
    pub(crate) fn contains(&self, text: &ExpectedValue) -> bool {
        text.readings.iter().any(|reading| {
            let n_bytes = reading.len();
            n_bytes == 0 || self.bytes.windows(n_bytes).any(|window| window == reading)
        })
    }
}

/// A record's data as a config has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpectedValue {
    /// As it is written.
    pub(crate) written: String,
    /// The bytes that it may stand for: an unquoted text with a backslash can be meant as it is or as
    /// an escape.
    readings: Vec<Vec<u8>>,
}

impl ExpectedValue {
    /// Reads the data of a record of type `record`, in full.
    pub(crate) fn whole(written: &str, record: RecordType) -> Self {
        let readings = if record == RecordType::TXT {
            readings_of_text(written)
        } else if record == RecordType::CAA {
            vec![caa_of(written).unwrap_or_else(|| canonical(written)).into_bytes()]
        } else {
            vec![canonical(written).into_bytes()]
        };
        Self { written: written.to_owned(), readings }
    }

    /// Reads a part of such data.
    pub(crate) fn part(written: &str, record: RecordType) -> Self {
        let readings = if record == RecordType::TXT {
            readings_of_text(written)
        } else if record == RecordType::CAA {
            vec![written.as_bytes().to_vec()]
        } else {
            vec![written.to_lowercase().into_bytes()]
        };
        Self { written: written.to_owned(), readings }
    }

    /// Returns whether `value` is one of the readings of the text.
    pub(crate) fn is(&self, value: &RecordValue) -> bool {
        self.readings.contains(&value.bytes)
    }
}

/// Returns a name in lower case without the last dot, with the escapes of `dig`.
pub(crate) fn name_text(name: &Name) -> String {
    let mut text = String::new();
    for label in name {
        if !text.is_empty() {
            text.push('.');
        }
        for byte in label {
            match byte {
                b'.' | b'"' | b'\\' | b';' | b'@' | b'$' | b'(' | b')' => {
                    text.push('\\');
                    text.push(char::from(*byte));
                }
                0x21..=0x7e => text.push(char::from(byte.to_ascii_lowercase())),
                _ => escape(*byte, &mut text),
            }
        }
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

fn text_of(data: &RData) -> String {
    if let RData::MX(mx) = data {
        format!("{} {}", mx.preference, name_text(&mx.exchange))
    } else if let RData::SRV(srv) = data {
        format!("{} {} {} {}", srv.priority, srv.weight, srv.port, name_text(&srv.target))
    } else if let RData::SOA(soa) = data {
        format!(
            "{} {} {} {} {} {} {}",
            name_text(&soa.mname),
            name_text(&soa.rname),
            soa.serial,
            soa.refresh,
            soa.retry,
            soa.expire,
            soa.minimum
        )
    } else if let RData::CAA(caa) = data {
        let flags = caa.reserved_flags | if caa.issuer_critical { 0x80 } else { 0 };
        caa_text(flags, &caa.tag, &caa.value)
    } else if let RData::CNAME(name) = data {
        name_text(name)
    } else if let RData::NS(name) = data {
        name_text(name)
    } else if let RData::PTR(name) = data {
        name_text(name)
    } else {
        canonical(&data.to_string())
    }
}

fn caa_text(flags: u8, tag: &str, value: &[u8]) -> String {
    let mut text = format!("{flags} {} \"", tag.to_ascii_lowercase());
    for byte in value {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            0x20..=0x7e => text.push(char::from(*byte)),
            _ => escape(*byte, &mut text),
        }
    }
    text.push('"');
    text
}

fn caa_of(written: &str) -> Option<String> {
    let (flags, rest) = written.trim().split_once(char::is_whitespace)?;
    let (tag, value) = rest.trim_start().split_once(char::is_whitespace)?;
    let value = value.trim();
    let value = quoted(value).unwrap_or_else(|| unescaped(value));
    Some(caa_text(flags.parse().ok()?, tag, &value))
}

/// Returns the form that two equal values share: addresses as this program writes them, names in
/// lower case without the last dot, international ones as DNS has them.
fn canonical(text: &str) -> String {
    if let Ok(ip) = text.trim().parse::<IpAddr>() {
        return ip.to_string();
    }
    let words = text.split_whitespace().map(|word| {
        if !word.is_ascii()
            && let Ok(name) = Name::from_utf8(word)
        {
            return name_text(&name);
        }
        let bare = word.strip_suffix('.').filter(|bare| !bare.is_empty()).unwrap_or(word);
        bare.to_ascii_lowercase()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn readings_of_text(written: &str) -> Vec<Vec<u8>> {
    let mut readings = vec![written.as_bytes().to_vec()];
    readings.extend(quoted(written));
    if written.contains('\\') {
        readings.push(unescaped(written));
    }
    readings
}

/// Reads quoted strings that follow each other, `"a" "b"`, as one; `None` if it is anything else.
fn quoted(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let inner = rest.strip_prefix('"')?;
        let mut is_escaped = false;
        let end = inner.find(|c| {
            let ends = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            ends
        })?;
        bytes.extend(unescaped(inner.get(..end)?));
        rest = inner.get(end + 1..)?.trim_start();
    }
    Some(bytes)
}

/// Undoes the escapes of `dig`: `\195` is the byte 195, and `\"` a quote.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let digits = after.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit));
        let number = digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        if let Some(byte) = number {
            bytes.push(byte);
            rest = after.get(3..).unwrap_or_default();
        } else if let Some((escaped, after)) = after.split_first() {
            bytes.push(*escaped);
            rest = after;
        }
    }
    bytes
}

/// Returns bytes as text, in which bytes that are not UTF-8 have the escapes of `dig`.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| escape(*byte, &mut text));
    }
    text
}

fn escape(byte: u8, text: &mut String) {
    // Writing to a `String` cannot fail.
    let _ = write!(text, "\\{byte:03}");
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::rdata::TXT;

    use super::*;

    fn txt(pieces: &[&[u8]]) -> RecordValue {
        RecordValue::of(&RData::TXT(TXT::from_bytes(pieces.to_vec())))
    }

    fn is(written: &str, record: RecordType, data: &str) -> bool {
        let data = RData::try_from_str(record, data).unwrap();
        ExpectedValue::whole(written, record).is(&RecordValue::of(&data))
    }

    #[test]
    fn texts_are_read_quoted_as_in_dig_or_plain() {
        let spf = txt(&[b"v=spf1 include:mail", b".test ~all"]);
        assert_eq!(spf.text, "v=spf1 include:mail.test ~all");
        for written in [
            "v=spf1 include:mail.test ~all",
            "\"v=spf1 include:mail.test ~all\"",
            "\"v=spf1 include:mail\" \".test ~all\"",
        ] {
            assert!(ExpectedValue::whole(written, RecordType::TXT).is(&spf), "{written}");
        }
        for written in
            ["v=spf1", "\"v=spf1 include:mail.test ~all", "V=spf1 include:mail.test ~all"]
        {
            assert!(!ExpectedValue::whole(written, RecordType::TXT).is(&spf), "{written}");
        }
        let umlaut = txt(&["ä".as_bytes()]);
        for written in ["ä", "\"ä\"", "\"\\195\\164\"", "\\195\\164"] {
            assert!(ExpectedValue::whole(written, RecordType::TXT).is(&umlaut), "{written}");
        }
        let odd = txt(&[b"a\"b\\c", &[0xff]]);
        assert_eq!(odd.text, "a\"b\\c\\255");
        assert!(ExpectedValue::whole(r#""a\"b\\c\255""#, RecordType::TXT).is(&odd));
        let literal = txt(&[br"C:\195"]);
        assert!(ExpectedValue::whole(r"C:\195", RecordType::TXT).is(&literal));
    }

    #[test]
    fn names_and_numbers_are_compared_as_dns_does() {
        assert!(is("10 Mail.Example.com.", RecordType::MX, "10 mail.example.com."));
        assert!(is("0 .", RecordType::MX, "0 ."));
        assert!(is("2001:DB8:0::1", RecordType::AAAA, "2001:db8::1"));
        assert!(is("10  5 443 A.example", RecordType::SRV, "10 5 443 a.example."));
        let soa = "ns1.example. Host.example. 7 7200 3600 1209600 300";
        assert!(is(soa, RecordType::SOA, soa));
        assert!(is("ns1.example host.example 7 7200 3600 1209600 300", RecordType::SOA, soa));
        assert!(!is("11 mail.example.com", RecordType::MX, "10 mail.example.com."));
        assert!(is("bücher.example.", RecordType::CNAME, "xn--bcher-kva.example."));
    }

    #[test]
    fn the_value_of_a_caa_record_keeps_its_case_and_its_tag_does_not() {
        let data = "0 issue \"CA.example; account=1\"";
        assert!(is("0 issue  \"CA.example; account=1\"", RecordType::CAA, data));
        assert!(is("0 ISSUE CA.example; account=1", RecordType::CAA, data));
        assert!(!is("0 issue \"ca.example; account=1\"", RecordType::CAA, data));
    }

    #[test]
    fn a_part_is_found_within_the_text() {
        let spf = txt(&[b"v=spf1 include:mail", b".test ~all"]);
        assert!(spf.contains(&ExpectedValue::part("include:mail.test", RecordType::TXT)));
        assert!(!spf.contains(&ExpectedValue::part("include:other", RecordType::TXT)));
        let mx = RData::try_from_str(RecordType::MX, "10 mail.example.com.").unwrap();
        let part = ExpectedValue::part("MAIL.example", RecordType::MX);
        assert!(RecordValue::of(&mx).contains(&part));
    }

    #[test]
    fn odd_bytes_in_names_are_escaped_in_decimal() {
        let name = Name::from_labels(vec![&b"a.b\xc3"[..], b"Test"]).unwrap();
        assert_eq!(name_text(&name), "a\\.b\\195.test");
    }
}
