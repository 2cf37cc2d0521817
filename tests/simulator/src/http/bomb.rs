//! One megabyte of gzip that inflates to one gigabyte.

use std::sync::OnceLock;

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// The inflated size in blocks of one mebibyte.
const N_BLOCKS: u32 = 1024;
const BLOCK_BYTES: usize = 1024 * 1024;

/// Returns the bomb, which is built at the first call.
pub(crate) fn gzip() -> Bytes {
    static BOMB: OnceLock<Bytes> = OnceLock::new();
    BOMB.get_or_init(|| build(N_BLOCKS)).clone()
}

/// Deflates one block of zeros and repeats the result, which is a thousand times cheaper than
/// deflating all: a full flush ends on a whole byte and refers to no earlier data.
fn build(n_blocks: u32) -> Bytes {
    let zeros = vec![0; BLOCK_BYTES];
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    // Deflating into a sufficiently large buffer cannot fail; the test below would detect an empty
    // block.
    let _ = Compress::new(Compression::best(), false).compress_vec(
        &zeros,
        &mut block,
        FlushCompress::Full,
    );
    let mut checksum = Crc::new();
    let mut of_block = Crc::new();
    of_block.update(&zeros);

    // Magic, deflate, no flags, no time, best compression, unknown system.
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    for _ in 0..n_blocks {
        gzip.extend_from_slice(&block);
        checksum.combine(&of_block);
    }
    // The empty last block.
    gzip.extend_from_slice(&[3, 0]);
    gzip.extend_from_slice(&checksum.sum().to_le_bytes());
    gzip.extend_from_slice(&checksum.amount().to_le_bytes());
    gzip.into()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::{BLOCK_BYTES, build, gzip};

    #[test]
    fn bomb_inflates_to_zeros_and_its_checksum_is_right() {
        let mut inflated = Vec::new();
        GzDecoder::new(&*build(3)).read_to_end(&mut inflated).unwrap();
        assert_eq!(inflated.len(), 3 * BLOCK_BYTES);
        assert!(inflated.iter().all(|&byte| byte == 0));
    }

    #[test]
    fn bomb_is_a_thousand_times_larger_than_its_encoding() {
        let bomb = gzip();
        let inflated = u32::from_le_bytes(*bomb.last_chunk().unwrap());
        assert_eq!(inflated, 1 << 30);
        assert!(bomb.len() < 2 * BLOCK_BYTES, "{} bytes", bomb.len());
    }
}
