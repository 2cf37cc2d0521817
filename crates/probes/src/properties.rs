//! The properties of targets that several monitors can share. When monitors with a common property fail together, the
//! property is the likely root.

use std::net::IpAddr;

use allclear_core::alert_group::{CommonRoot, RootKind};
use serde_json::Value;
use url::Url;

/// Returns nothing: the targets of the kind share no property.
pub(crate) fn none(_: &Value) -> Vec<CommonRoot> {
    Vec::new()
}

/// Returns the host of the parameter `url`.
pub(crate) fn host_of_url(params: &Value) -> Vec<CommonRoot> {
    let url = text(params, "url").and_then(|text| Url::parse(text).ok());
    let host = url.as_ref().and_then(Url::host_str);
    host.map(|host| property(RootKind::Host, host)).into_iter().collect()
}

/// Returns the hosts of the parameter `url`, and of `url` in each of `steps`, each once.
pub(crate) fn hosts_of_steps(params: &Value) -> Vec<CommonRoot> {
    let steps = params.get("steps").and_then(Value::as_array).into_iter().flatten();
    let mut hosts = Vec::new();
    for host in std::iter::once(params).chain(steps).flat_map(host_of_url) {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// Returns the host of the parameter `address`, which is `host:port`, or the host alone.
pub(crate) fn host_of_address(params: &Value) -> Vec<CommonRoot> {
    let host = text(params, "address").map(host_with_brackets);
    host.map(|host| property(RootKind::Host, host)).into_iter().collect()
}

fn host_with_brackets(address: &str) -> &str {
    let host = address.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let is_address = address.parse::<IpAddr>().is_ok();
    host.filter(|_| !is_address).map_or(address, |(host, _)| host)
}

/// Returns the host of the parameter `endpoint`, or else the region of AWS as far as the parameters name it.
pub(crate) fn aws_region(params: &Value) -> Vec<CommonRoot> {
    let endpoint = text(params, "endpoint").and_then(|text| Url::parse(text).ok());
    if let Some(host) = endpoint.as_ref().and_then(Url::host_str) {
        return vec![property(RootKind::Host, host)];
    }
    let of_arn = |name| {
        let arn = text(params, name).filter(|text| text.starts_with("arn:"));
        arn.and_then(|arn| arn.split(':').nth(3))
    };
    let of_url = text(params, "queue").and_then(|text| {
        text.strip_prefix("https://sqs.")?.split_once(".amazonaws.").map(|(region, _)| region)
    });
    let region = text(params, "region").or(of_url).or(of_arn("queue")).or(of_arn("function"));
    let domain = |region: &str| format!("{region}.amazonaws.com");
    region.map(|region| property(RootKind::Host, &domain(region))).into_iter().collect()
}

/// Returns the LLM provider.
pub(crate) fn provider(params: &Value) -> Vec<CommonRoot> {
    let provider = text(params, "provider");
    provider.map(|provider| property(RootKind::Provider, provider)).into_iter().collect()
}

fn text<'a>(params: &'a Value, name: &str) -> Option<&'a str> {
    params.get(name)?.as_str()
}

fn property(kind: RootKind, value: &str) -> CommonRoot {
    CommonRoot { kind, value: value.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_host_of_a_target_is_its_property() {
        for (properties, params, shown) in [
            (
                host_of_url as fn(&Value) -> _,
                json!({"url": "https://db.example.com:8443/x"}),
                "host db.example.com",
            ),
            (host_of_address, json!({"address": "db.example.com:5432"}), "host db.example.com"),
            (host_of_address, json!({"address": "[::1]:5432"}), "host [::1]"),
            (host_of_address, json!({"address": "::1"}), "host ::1"),
            (host_of_address, json!({"address": "db.example.com"}), "host db.example.com"),
            (provider, json!({"provider": "openai"}), "provider openai"),
            (
                aws_region,
                json!({"queue": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"}),
                "host eu-west-1.amazonaws.com",
            ),
            (
                aws_region,
                json!({"function": "arn:aws:lambda:eu-west-1:123456789012:function:audit"}),
                "host eu-west-1.amazonaws.com",
            ),
            (aws_region, json!({"region": "eu-west-1"}), "host eu-west-1.amazonaws.com"),
            (aws_region, json!({"endpoint": "http://127.0.0.1:4566"}), "host 127.0.0.1"),
        ] {
            let found: Vec<String> = properties(&params).iter().map(ToString::to_string).collect();
            assert_eq!(found, [shown]);
        }
        assert_eq!(host_of_url(&json!({"url": "secret:hook"})), []);
        let steps = json!({"steps": [
            {"url": "https://login.example.com/"},
            {"url": "https://api.example.com/{{id}}"},
            {"url": "https://login.example.com/end"},
        ]});
        let found: Vec<String> = hosts_of_steps(&steps).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["host login.example.com", "host api.example.com"]);
    }
}
