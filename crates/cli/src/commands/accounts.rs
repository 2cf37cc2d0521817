//! The accounts with LLM providers that a config watches.

use std::time::Duration;

use allclear_core::config::Config;
use allclear_core::cost::Cost;
use allclear_core::duration;
use allclear_core::monitor::Monitor;
use allclear_llm::task::Task;
use allclear_probes::Probes;
use allclear_probes::llm::{Spending, Used};
use serde::Serialize;

/// A month, in seconds: 30 days.
const MONTH: Duration = Duration::from_hours(30 * 24);

/// A monitor of a provider, and what it uses of it.
pub(crate) struct Watched<'a> {
    pub(crate) monitor: &'a Monitor,
    pub(crate) used: Used,
}

/// The monitors of providers, in the order of the config.
pub(crate) fn watched<'a>(config: &'a Config, probes: &Probes) -> Vec<Watched<'a>> {
    let monitors = config.monitors.iter();
    monitors
        .filter_map(|monitor| Some(Watched { monitor, used: probes.used(&monitor.check)? }))
        .collect()
}

/// What is valid in a config and may yet not be what was meant, a sentence each.
pub(crate) fn doubts(config: &Config, probes: &Probes) -> Vec<String> {
    let watched = watched(config, probes);
    let of_money = watched
        .iter()
        .filter_map(|one| Some((one, one.used.spending()?)))
        .flat_map(|(one, spending)| [no_price(one, &spending), too_dear(one, &spending)])
        .flatten();
    of_money.chain(watched.iter().filter_map(images)).collect()
}

fn no_price(one: &Watched<'_>, spending: &Spending) -> Option<String> {
    if spending.has_price {
        return None;
    }
    let model = one.used.account().model.as_deref().unwrap_or_default();
    Some(format!(
        "`{}`: what `{model}` costs is not known here; unless its provider tells, the dearest price \
         of all is assumed: set `price`",
        one.monitor.id
    ))
}

/// Of a price that is only assumed, nothing follows.
fn too_dear(one: &Watched<'_>, spending: &Spending) -> Option<String> {
    if !spending.has_price {
        return None;
    }
    let every = spending.every.max(one.monitor.interval);
    let month = monthly(spending.worst_case, every);
    (month > spending.cap).then(|| {
        format!(
            "`{}`: a completion every {} may cost {month} a month, and pauses at {}: make it seldomer \
             with `steps.completion`, or raise `max_cost_per_month`",
            one.monitor.id,
            duration::format(every),
            spending.cap
        )
    })
}

/// The most that a provider charges for the completions of a monitor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Charged {
    pub(crate) monitor: String,
    /// A completion, or the task.
    pub(crate) asks_for: String,
    /// The interval between two.
    pub(crate) every: String,
    /// The most that one can cost, in US dollars.
    pub(crate) usd: f64,
    /// Whether the price is that of the dearest model, because it is not known.
    pub(crate) is_assumed: bool,
    /// The most that a month can cost in US dollars, by the interval and the cap.
    pub(crate) usd_per_month: f64,
}

/// Returns the most that providers charge for the monitors of a config, in its order.
pub(crate) fn charged(config: &Config, probes: &Probes) -> Vec<Charged> {
    let of = |one: &Watched<'_>| {
        let spending = one.used.spending()?;
        let every = spending.every.max(one.monitor.interval);
        let task = one.used.account().route.task();
        Some(Charged {
            monitor: one.monitor.id.to_string(),
            asks_for: task.map_or("completion", Task::noun).to_owned(),
            every: duration::format(every),
            usd: spending.worst_case.dollars(),
            is_assumed: !spending.has_price,
            usd_per_month: monthly(spending.worst_case, every).min(spending.cap).dollars(),
        })
    };
    watched(config, probes).iter().filter_map(of).collect()
}

/// Returns a sentence on what the images of a monitor cost, which are dear.
fn images(one: &Watched<'_>) -> Option<String> {
    let cost = one.used.image_cost()?;
    let (id, about) = (&one.monitor.id, if cost.has_price { "about" } else { "perhaps" });
    Some(match cost.every {
        None => format!(
            "`{id}`: no image is made: `steps.completion` must tell how often, such as `1d`; one \
             costs {about} {}",
            cost.one
        ),
        Some(every) => {
            let every = every.max(one.monitor.interval);
            format!(
                "`{id}`: an image every {} costs {about} {} each, {} a month",
                duration::format(every),
                cost.one,
                monthly(cost.one, every)
            )
        }
    })
}

/// Returns what something costs in a month that costs `one` at each interval.
pub(crate) fn monthly(one: Cost, every: Duration) -> Cost {
    Cost::from_dollars(one.dollars() * MONTH.as_secs_f64() / every.as_secs_f64())
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
