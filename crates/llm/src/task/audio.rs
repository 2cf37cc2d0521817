//! Audio: recognized by its first bytes, or by a content type of samples without a container.

/// The cause for which bytes are no audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AudioError {
    /// There are no bytes, or none behind the head.
    Empty,
    /// The data ends before the length that its head states.
    Truncated,
    /// They begin like no format that is known.
    Unknown,
}

/// The size of the head of a WAV file that holds no samples.
const WAV_HEAD: usize = 44;

/// Sizes that a server writes which does not know the length yet.
const UNKNOWN_SIZES: std::ops::RangeInclusive<u32> = 0x7fff_0000..=u32::MAX;

/// Returns the name of the format of `bytes`.
pub(super) fn recognize(bytes: &[u8]) -> Result<&'static str, AudioError> {
    let starts = |with: &[u8]| bytes.starts_with(with);
    let has_at =
        |at: usize, what: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(what));
    if bytes.is_empty() {
        Err(AudioError::Empty)
    } else if (starts(b"RIFF") || starts(b"RF64")) && has_at(8, b"WAVE") {
        wav(bytes)
    } else if starts(b"ID3") || is_frame(bytes) {
        Ok("mp3")
    } else if starts(b"OggS") {
        Ok("ogg")
    } else if starts(b"fLaC") {
        Ok("flac")
    } else if has_at(4, b"ftyp") {
        Ok("mp4")
    } else if starts(&[0x1a, 0x45, 0xdf, 0xa3]) {
        Ok("webm")
    } else if starts(b".snd") {
        Ok("au")
    } else if starts(b"FORM") && (has_at(8, b"AIFF") || has_at(8, b"AIFC")) {
        Ok("aiff")
    } else if starts(b"caff") {
        Ok("caf")
    } else {
        Err(AudioError::Unknown)
    }
}

/// Checks whether a content type stands for samples without a container.
pub(super) fn is_raw(content_type: &str) -> bool {
    const RAW: [&str; 9] = [
        "audio/pcm",
        "audio/l16",
        "audio/l8",
        "audio/basic",
        "audio/mulaw",
        "audio/x-mulaw",
        "audio/alaw",
        "audio/x-alaw",
        "audio/raw",
    ];
    RAW.contains(&content_type)
}

/// Checks whether a content type may be that of audio.
pub(super) fn may_be_audio(content_type: &str) -> bool {
    content_type.is_empty()
        || ["audio/", "video/"].iter().any(|kind| content_type.starts_with(kind))
        || ["application/octet-stream", "binary/octet-stream", "application/ogg"]
            .contains(&content_type)
}

fn wav(bytes: &[u8]) -> Result<&'static str, AudioError> {
    if bytes.len() <= WAV_HEAD {
        return Err(AudioError::Empty);
    }
    let size = bytes.get(4..8).and_then(|size| <[u8; 4]>::try_from(size).ok());
    let declared =
        size.map(u32::from_le_bytes).filter(|size| *size > 0 && !UNKNOWN_SIZES.contains(size));
    let is_short = declared.is_some_and(|size| (bytes.len() as u64) < u64::from(size) + 8);
    if is_short { Err(AudioError::Truncated) } else { Ok("wav") }
}

/// Checks whether `bytes` begin with a frame of MPEG audio or of AAC.
fn is_frame(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, second, ..] if second & 0xe0 == 0xe0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav_file(declared: u32, n_samples: usize) -> Vec<u8> {
        let mut file = b"RIFF".to_vec();
        file.extend_from_slice(&declared.to_le_bytes());
        file.extend_from_slice(b"WAVEfmt ");
        file.resize(WAV_HEAD + n_samples, 1);
        file
    }

    #[test]
    fn formats_are_recognized_by_their_first_bytes() {
        for (bytes, expected) in [
            (&b"ID3\x04\0\0"[..], Ok("mp3")),
            (&[0xff, 0xfb, 0x90, 0x64], Ok("mp3")),
            (&[0xff, 0xf1, 0x50, 0x80], Ok("mp3")),
            (b"OggS\0\x02", Ok("ogg")),
            (b"fLaC\0", Ok("flac")),
            (b"\0\0\0\x20ftypM4A ", Ok("mp4")),
            (&[0x1a, 0x45, 0xdf, 0xa3, 1], Ok("webm")),
            (b"FORM\0\0\0\0AIFFCOMM", Ok("aiff")),
            (b"", Err(AudioError::Empty)),
            (b"hello", Err(AudioError::Unknown)),
            (b"RIFF\0\0\0\0WEBP", Err(AudioError::Unknown)),
        ] {
            assert_eq!(recognize(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_wav_file_must_have_the_length_of_its_header() {
        assert_eq!(recognize(&wav_file(36 + 100, 100)), Ok("wav"));
        assert_eq!(recognize(&wav_file(36 + 100, 60)), Err(AudioError::Truncated));
        assert_eq!(recognize(&wav_file(36, 0)), Err(AudioError::Empty));
        // A server that streams does not know the length.
        for unknown in [0, u32::MAX, 0x7fff_ffff] {
            assert_eq!(recognize(&wav_file(unknown, 60)), Ok("wav"));
        }
    }
}
