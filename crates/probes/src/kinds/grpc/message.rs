//! The two messages of the health service, in their frames. Pure.
//!
//! They have one field each, which does not pay for a library of protocol buffers.

/// The key of a text in the field 1.
const TEXT_1: u8 = 0x0a;

/// The key of a number in the field 1.
const NUMBER_1: u64 = 0x08;

/// The bytes in front of each message: a flag for compression, and the length.
const PREFIX_BYTES: usize = 5;

/// The state of a service, as its server states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServingState {
    Unknown,
    Serving,
    NotServing,
    ServiceUnknown,
}

/// Returns the request about a service.
pub(super) fn request(service: &str) -> Vec<u8> {
    let mut message = Vec::new();
    if !service.is_empty() {
        message.push(TEXT_1);
        append_number(&mut message, service.len());
        message.extend_from_slice(service.as_bytes());
    }
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[0][..], &length.to_be_bytes(), &message].concat()
}

/// Reads the state in an answer. The error states the problem of the answer.
pub(super) fn state(answer: &[u8]) -> Result<ServingState, &'static str> {
    let (prefix, message) =
        answer.split_at_checked(PREFIX_BYTES).ok_or("the answer has no message")?;
    let [flag, length @ ..] = prefix else { return Err("the answer has no message") };
    if *flag != 0 {
        return Err("the answer is compressed, which the check did not offer");
    }
    let length = length.try_into().map_or(u32::MAX, u32::from_be_bytes);
    if usize::try_from(length) != Ok(message.len()) {
        return Err("the length of the message is wrong");
    }
    let mut rest = message;
    let mut state = 0;
    while !rest.is_empty() {
        let key = number(&mut rest).ok_or("the message is not a protocol buffer")?;
        let value = skip_or_read(key, &mut rest).ok_or("the message is not a protocol buffer")?;
        if key == NUMBER_1 {
            state = value;
        }
    }
    match state {
        0 => Ok(ServingState::Unknown),
        1 => Ok(ServingState::Serving),
        2 => Ok(ServingState::NotServing),
        3 => Ok(ServingState::ServiceUnknown),
        _ => Err("the state in the message is none of the standard"),
    }
}

/// Returns the number of a field, or 0 after a field of another type.
fn skip_or_read(key: u64, rest: &mut &[u8]) -> Option<u64> {
    let n_bytes = match key & 0b111 {
        0 => return number(rest),
        1 => 8,
        2 => usize::try_from(number(rest)?).ok()?,
        5 => 4,
        _ => return None,
    };
    *rest = rest.get(n_bytes..)?;
    Some(0)
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn append_number(message: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        message.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    message.push(u8::try_from(value).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_framed() {
        assert_eq!(request(""), [0, 0, 0, 0, 0]);
        assert_eq!(request("a.B"), [&[0, 0, 0, 0, 5, TEXT_1, 3][..], b"a.B"].concat());
        let long = request(&"x".repeat(300));
        assert_eq!(long.get(..8), Some(&[0, 0, 0, 1, 47, TEXT_1, 0xac, 0x02][..]));
    }

    #[test]
    fn an_answer_has_a_state() {
        for (answer, wanted) in [
            (&[0, 0, 0, 0, 0][..], Ok(ServingState::Unknown)),
            (&[0, 0, 0, 0, 2, 8, 1], Ok(ServingState::Serving)),
            (&[0, 0, 0, 0, 2, 8, 2], Ok(ServingState::NotServing)),
            (&[0, 0, 0, 0, 2, 8, 3], Ok(ServingState::ServiceUnknown)),
            // A later version may add fields.
            (&[0, 0, 0, 0, 5, 0x12, 1, b'x', 8, 1], Ok(ServingState::Serving)),
            (&[0, 0, 0, 0, 2, 8, 9], Err("the state in the message is none of the standard")),
            (&[0, 0, 0, 0, 9, 8, 1], Err("the length of the message is wrong")),
            (
                &[1, 0, 0, 0, 2, 8, 1],
                Err("the answer is compressed, which the check did not offer"),
            ),
            (&[0, 0], Err("the answer has no message")),
            (&[0, 0, 0, 0, 2, 0x12, 9], Err("the message is not a protocol buffer")),
            (&[0, 0, 0, 0, 2, 0xff, 0xff], Err("the message is not a protocol buffer")),
        ] {
            assert_eq!(state(answer), wanted, "{answer:?}");
        }
    }
}
