use allclear_llm::listing;
use allclear_llm::provider::ListShape;
use proptest::prelude::*;

const SHAPES: [ListShape; 7] = [
    ListShape::OpenAi,
    ListShape::Anthropic,
    ListShape::Cohere,
    ListShape::Gemini,
    ListShape::Xai,
    ListShape::Bedrock,
    ListShape::Ollama,
];

proptest! {
    #[test]
    fn any_bytes_are_a_list_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        for shape in SHAPES {
            let _ = listing::read_shape(shape, &body);
        }
    }
}
