//! Replays the corpora of the fuzz targets.

#[cfg(test)]
#[path = "../../fuzz/properties/errors.rs"]
mod errors;
#[cfg(test)]
#[path = "../../fuzz/properties/stream.rs"]
mod stream;

#[cfg(test)]
mod replay {
    use std::fs;
    use std::path::Path;

    /// Checks a property for each input of a corpus.
    fn replay(target: &str, check: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let mut n_inputs = 0;
        for entry in fs::read_dir(&folder).unwrap() {
            check(&fs::read(entry.unwrap().path()).unwrap());
            n_inputs += 1;
        }
        assert!(n_inputs > 100, "{} has {n_inputs} inputs", folder.display());
    }

    #[test]
    fn answers_of_the_corpus_are_classified_with_bounded_messages() {
        replay("errors", super::errors::check);
    }

    #[test]
    fn streams_of_the_corpus_are_read_the_same_in_any_pieces() {
        replay("stream", super::stream::check);
    }
}
