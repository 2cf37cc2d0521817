//! The server of llama.cpp, with a model with random weights.

use std::path::Path;

use crate::servers::{Server, assert_judged, judged, monitor, program};
use crate::stage::Stage;

#[tokio::test]
async fn llama_cpp_gets_the_expected_status() {
    let mut stage = Stage::new().await;
    let (good, bad) = ("sk-llama-0123456789", "sk-another-0123456789");
    stage.secret("good", good);
    stage.secret("bad", bad);
    let mut llama = program("python");
    llama.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/servers/llama_cpp.py"));
    llama.args(["--key", good]);
    let server = Server::start(llama).await;
    let of = |id: &str, provider: &str, path: &str, key: &str, more: &str| {
        let more = format!("model = \"random\"\napi_key = \"secret:{key}\"\n{more}");
        monitor(id, provider, &server.url(path), &more)
    };
    stage.config(
        &[
            of("own", "llama.cpp", "", "good", ""),
            of("any", "openai-compatible", "/v1", "good", ""),
            of("wrong-key", "llama.cpp", "", "bad", ""),
        ]
        .concat(),
    );
    let (judged, outcomes) = judged(&stage).await;
    let expected = [
        ("own", "healthy - -"),
        ("any", "healthy - -"),
        ("wrong-key", "unhealthy credentials auth_invalid"),
    ];
    assert_judged(&judged, &expected, &outcomes);
    for metric in ["first_token_ms", "output_tokens"] {
        assert!(outcomes[0]["metrics"][metric].as_f64() > Some(0.0), "`{metric}`: {outcomes:#}");
    }
    // Checked alone and last: the server may hang a request that arrives together with an invalid
    // grammar.
    stage.config(&of("refused", "llama.cpp", "", "good", "extra = { grammar = \"root ::= (\" }"));
    let (judged, outcomes) = self::judged(&stage).await;
    assert_judged(&judged, &[("refused", "unknown request probe_invalid")], &outcomes);
}
