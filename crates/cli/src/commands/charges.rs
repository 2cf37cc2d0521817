//! The charges of others for the checks of a config, by the price models of its kinds of check.

use allclear_core::checker::{CheckKinds, Checker};
use allclear_core::config::Config;
use allclear_core::duration;
use allclear_core::monitor::Monitor;
use allclear_core::price_model::monthly;
use serde::Serialize;

/// Returns the checks of a config that can be built, with their monitors.
pub(crate) fn checkers<'a>(
    config: &'a Config,
    kinds: &dyn CheckKinds,
) -> Vec<(&'a Monitor, Box<dyn Checker>)> {
    let monitors = config.monitors.iter();
    monitors.filter_map(|monitor| Some((monitor, kinds.build(&monitor.check).ok()?))).collect()
}

/// Returns the costs of a valid config that may not be intended, a sentence each.
pub(crate) fn doubts(config: &Config, kinds: &dyn CheckKinds) -> Vec<String> {
    let mut doubts = Vec::new();
    for (monitor, checker) in checkers(config, kinds) {
        let of_check = checker.price_model().map(|model| model.doubts(monitor.interval));
        let of_check = of_check.unwrap_or_default();
        doubts.extend(of_check.iter().map(|doubt| format!("`{}`: {doubt}", monitor.id)));
    }
    doubts
}

/// The most that others charge for the checks of a monitor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Charged {
    pub(crate) monitor: String,
    /// A completion, or the task.
    pub(crate) asks_for: String,
    /// The interval between two.
    pub(crate) every: String,
    /// The most that one can cost, in US dollars.
    pub(crate) usd: f64,
    /// True if the price is not known and the highest is assumed.
    pub(crate) is_assumed: bool,
    /// The most that a month can cost in US dollars, by the interval and the cap.
    pub(crate) usd_per_month: f64,
}

/// Returns the most that others charge for the monitors of a config, in its order.
pub(crate) fn charged(config: &Config, kinds: &dyn CheckKinds) -> Vec<Charged> {
    let checkers = checkers(config, kinds);
    let of = |(monitor, checker): &(&Monitor, Box<dyn Checker>)| {
        let spending = checker.price_model()?.spending()?;
        let every = spending.every.max(monitor.interval);
        Some(Charged {
            monitor: monitor.id.to_string(),
            asks_for: spending.item.to_owned(),
            every: duration::format(every),
            usd: spending.worst_case.dollars(),
            is_assumed: !spending.has_price,
            usd_per_month: monthly(spending.worst_case, every).min(spending.cap).dollars(),
        })
    };
    checkers.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(params: &str) -> String {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let text = format!("[[monitor]]\nid = 'x'\ncheck.llm = {{ {params} }}\n");
        let loaded = crate::machine::load_text("allclear.toml", &text).unwrap();
        doubts(&loaded.config, &loaded.catalog.probes).join("\n")
    }

    #[test]
    fn a_price_that_nobody_knows_and_a_cap_that_will_not_do_are_named() {
        let own = "provider = 'openai', api_key = 'secret:openai', model = 'of-our-own'";
        assert!(said(own).contains("what `of-our-own` costs is not known"));
        assert_eq!(said(&format!("{own}, price = {{ input = 0.1, output = 0.5 }}")), "");
        let dear = said(&format!("{own}, price = {{ input = 10, output = 50 }}"));
        assert!(dear.contains("a completion every 5m may cost $"), "{dear}");
        assert!(dear.contains("pauses at $1.00"), "{dear}");
        assert_eq!(said("provider = 'openai'"), "");
        let embedding = "provider = 'openai', api_key = 'secret:openai', api = 'embeddings'";
        assert_eq!(said(embedding), "", "the shipped data know the default model's price");
        assert!(said(&format!("{embedding}, model = 'x'")).contains("what `x` costs is not known"));
        let server = "provider = 'ollama', base_url = 'http://127.0.0.1:1/v1', model = 'x'";
        assert_eq!(said(server), "");
    }

    #[test]
    fn the_most_that_providers_charge_is_counted_up_to_the_cap() {
        let text = "[[monitor]]\nid = 'e'\ncheck.llm = { provider = 'cohere', api_key = 'secret:c', \
                    api = 'rerank', model = 'rerank-v3.5', steps.completion = '1h' }\n\
                    [[monitor]]\nid = 'i'\ncheck.llm = { provider = 'xai', api_key = 'secret:x', \
                    api = 'image', steps.completion = '1h' }\n\
                    [[monitor]]\nid = 'off'\ncheck.llm = { provider = 'xai', api_key = 'secret:x', \
                    api = 'image' }\n";
        let _ = rustls::crypto::ring::default_provider().install_default();
        let loaded = crate::machine::load_text("allclear.toml", text).unwrap();
        let charged = charged(&loaded.config, &loaded.catalog.probes);
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
    fn an_image_is_named_with_its_price_whether_it_is_made_or_not() {
        let image = "provider = 'xai', api_key = 'secret:xai', api = 'image'";
        let off = said(image);
        assert!(off.contains("no image is made: `steps.completion` must tell how often"), "{off}");
        assert!(off.contains("one costs about $0.0200"), "{off}");
        let daily = said(&format!("{image}, steps.completion = '1d'"));
        assert_eq!(daily, "`x`: an image every 1d costs about $0.0200 each, $0.60 a month");
        let often = said(&format!("{image}, steps.completion = '5m'"));
        assert!(
            often.contains("a completion every 5m may cost $172.80 a month, and pauses at $1.00"),
            "{often}"
        );
        let own =
            "provider = 'mistral.rs', base_url = 'http://127.0.0.1:1', api = 'image', model = 'x'";
        assert_eq!(said(own), "");
    }
}
