use crate::charges::{charged, warnings};

use super::load;

fn warnings_of(params: &str) -> String {
    let text = format!("[[monitor]]\nid = 'x'\ncheck.llm = {{ {params} }}\n");
    let loaded = load(&text);
    warnings(&loaded.config, &loaded.probes).join("\n")
}

#[test]
fn unknown_prices_and_insufficient_caps_cause_warnings() {
    let own = "provider = 'openai', api_key = 'secret:openai', model = 'of-our-own'";
    assert!(warnings_of(own).contains("the price of `of-our-own` is unknown"));
    assert_eq!(warnings_of(&format!("{own}, price = {{ input = 0.1, output = 0.5 }}")), "");
    let dear = warnings_of(&format!("{own}, price = {{ input = 10, output = 50 }}"));
    assert!(dear.contains("a completion every 5m may cost $"), "{dear}");
    assert!(dear.contains("pauses at $1.00"), "{dear}");
    assert_eq!(warnings_of("provider = 'openai'"), "");
    let embedding = "provider = 'openai', api_key = 'secret:openai', api = 'embeddings'";
    assert_eq!(warnings_of(embedding), "", "the shipped data know the default model's price");
    assert!(
        warnings_of(&format!("{embedding}, model = 'x'")).contains("the price of `x` is unknown")
    );
    let server = "provider = 'ollama', base_url = 'http://127.0.0.1:1/v1', model = 'x'";
    assert_eq!(warnings_of(server), "");
}

#[test]
fn the_charge_of_providers_is_limited_by_the_cap() {
    let text = "[[monitor]]\nid = 'e'\ncheck.llm = { provider = 'cohere', api_key = 'secret:c', \
                api = 'rerank', model = 'rerank-v3.5', steps.completion = '1h' }\n\
                [[monitor]]\nid = 'i'\ncheck.llm = { provider = 'xai', api_key = 'secret:x', \
                api = 'image', steps.completion = '1h' }\n\
                [[monitor]]\nid = 'off'\ncheck.llm = { provider = 'xai', api_key = 'secret:x', \
                api = 'image' }\n";
    let loaded = load(text);
    let charged = charged(&loaded.config, &loaded.probes);
    let rows: Vec<_> = charged
        .iter()
        .map(|it| format!("{} {} {} {}", it.monitor, it.asks_for, it.usd, it.usd_per_month))
        .collect();
    assert_eq!(rows, ["e reranking 0.002 1", "i image 0.02 1"]);
    let json = serde_json::to_value(&charged[1]).unwrap();
    assert_eq!(json["usd_per_month"], 1.0);
    assert_eq!(json["every"], "1h");
}

#[test]
fn the_price_of_an_image_is_shown_even_if_none_is_generated() {
    let image = "provider = 'xai', api_key = 'secret:xai', api = 'image'";
    let off = warnings_of(image);
    assert!(off.contains("no image is made: set the interval `steps.completion`"), "{off}");
    assert!(off.contains("an image costs about $0.0200"), "{off}");
    let daily = warnings_of(&format!("{image}, steps.completion = '1d'"));
    assert_eq!(daily, "`x`: an image every 1d costs about $0.0200 each, $0.60 a month");
    let often = warnings_of(&format!("{image}, steps.completion = '5m'"));
    assert!(
        often.contains("a completion every 5m may cost $172.80 a month, and pauses at $1.00"),
        "{often}"
    );
    let own =
        "provider = 'mistral.rs', base_url = 'http://127.0.0.1:1', api = 'image', model = 'x'";
    assert_eq!(warnings_of(own), "");
}
