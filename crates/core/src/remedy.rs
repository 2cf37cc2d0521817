//! The remedy of a reason for one monitor: the general one, with the values of the monitor beside the names of its
//! settings.

use std::net::Ipv6Addr;

use serde_json::Value;
use url::{Host, Url};

use crate::duration;
use crate::monitor::Monitor;
use crate::reason::Reason;
use crate::text;

/// The longest value that is shown, in characters.
const MAX_VALUE_CHARS: usize = 80;

/// The prefix of the name of a secret in a parameter.
const SECRET_PREFIX: &str = "secret:";

/// The beginning of a placeholder of a secret within a longer text.
const SECRET_PLACEHOLDER: &str = "{{secret:";

/// Returns the first step for the party that has to act, with the values of `monitor`: ``raise `timeout` (now `10s`)``.
#[must_use]
pub fn for_monitor(reason: Reason, monitor: &Monitor) -> String {
    let mut shown = String::new();
    // Each second piece is between backticks.
    for (i, piece) in reason.remedy().split('`').enumerate() {
        if i % 2 == 0 {
            shown.push_str(piece);
            continue;
        }
        shown.push_str(&filled_in(piece, monitor));
    }
    shown
}

/// Returns a piece of code with its value.
fn filled_in(code: &str, monitor: &Monitor) -> String {
    let plain = format!("`{code}`");
    match code {
        "allclear keys set NAME" => {
            let names = secret_names(&monitor.check.params);
            let commands = names.iter().map(|name| format!("`allclear keys set {name}`"));
            let commands: Vec<String> = commands.collect();
            if commands.is_empty() { plain } else { commands.join(" or ") }
        }
        "dig" | "mtr" => server(monitor).map_or(plain, |(host, _)| format!("`{code} {host}`")),
        "openssl s_client" => match server(monitor) {
            Some((host, Some(port))) => format!("`openssl s_client -connect {host}:{port}`"),
            Some((_, None)) | None => plain,
        },
        key => match value(key, monitor) {
            Some(value) => format!("{plain} (now `{}`)", text::one_line(&value, MAX_VALUE_CHARS)),
            None => plain,
        },
    }
}

/// Returns the value of a setting of the monitor or a parameter of its check.
fn value(key: &str, monitor: &Monitor) -> Option<String> {
    match key {
        "timeout" => return Some(duration::format(monitor.timeout)),
        "interval" => return Some(duration::format(monitor.interval)),
        _ => {}
    }
    let mut found = &monitor.check.params;
    for part in key.split('.') {
        found = found.get(part)?;
    }
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Returns the names of all secrets in the parameters, in their order, each once.
fn secret_names(params: &Value) -> Vec<String> {
    let mut names = Vec::new();
    collect_secrets(params, &mut names);
    names
}

fn collect_secrets(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let whole = text.strip_prefix(SECRET_PREFIX);
            let placeholders = text.split(SECRET_PLACEHOLDER).skip(1);
            let within =
                placeholders.filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name);
            for name in whole.into_iter().chain(within).map(str::trim) {
                if !names.iter().any(|one| one == name) {
                    names.push(name.to_owned());
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_secrets(value, names)),
        Value::Object(values) => values.values().for_each(|value| collect_secrets(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Returns the host of the target and its port, if the config has one. A host that a shell would interpret is left out.
fn server(monitor: &Monitor) -> Option<(Host, Option<u16>)> {
    let text = |key: &str| monitor.check.params.get(key).and_then(Value::as_str);
    if let Some(url) = text("url").or_else(|| text("base_url")) {
        let url = Url::parse(url).ok()?;
        return Some((url.host()?.to_owned(), url.port_or_known_default()));
    }
    let written = text("address").or_else(|| text("name"))?;
    if let Ok(address) = written.parse::<Ipv6Addr>() {
        return Some((Host::Ipv6(address), None));
    }
    let with_port =
        written.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let (host, port) = with_port.map_or((written, None), |(host, port)| (host, Some(port)));
    let host = Host::parse(host).ok()?;
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    host.to_string().chars().all(is_plain).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::id::MonitorId;
    use crate::monitor::CheckSpec;

    fn monitor(params: Value) -> Monitor {
        let check = CheckSpec { kind: "http".to_owned(), params };
        Monitor::new(MonitorId::new("shop").unwrap(), check)
    }

    #[test]
    fn settings_have_their_values() {
        let shop = monitor(json!({ "url": "https://user@shop.example.com/a", "follow": 3 }));
        let timeout = for_monitor(Reason::Timeout, &shop);
        assert!(timeout.ends_with("raise `timeout` (now `10s`)."), "{timeout}");
        let redirect = for_monitor(Reason::RedirectRefused, &shop);
        assert!(redirect.contains("or raise `follow` (now `3`)"), "{redirect}");
        let unset = for_monitor(Reason::RedirectRefused, &monitor(json!({})));
        assert_eq!(unset, Reason::RedirectRefused.remedy());
    }

    #[test]
    fn commands_have_their_arguments() {
        let shop = monitor(json!({
            "url": "https://user@shop.example.com/a",
            "headers": { "x-key": "secret:shop_key", "x-other": "secret:other" },
            "auth": { "password": "secret:shop_key" },
        }));
        assert!(for_monitor(Reason::DnsFailed, &shop).contains("`dig shop.example.com`"));
        let tls = for_monitor(Reason::TlsFailed, &shop);
        assert!(tls.contains("`openssl s_client -connect shop.example.com:443`"), "{tls}");
        let key = for_monitor(Reason::AuthInvalid, &shop);
        assert!(key.contains("`allclear keys set shop_key` or `allclear keys set other`"), "{key}");
        let body = "user={{secret:user}}&password={{secret:password}}&again={{secret:user}}";
        let steps = monitor(json!({ "steps": [{ "body": body }] }));
        let key = for_monitor(Reason::AuthInvalid, &steps);
        assert!(key.contains("`allclear keys set user` or `allclear keys set password`"), "{key}");
    }

    #[test]
    fn a_host_may_have_no_port_and_be_an_address() {
        for (address, dig, tls) in [
            ("db.example.com:5432", "`dig db.example.com`", "-connect db.example.com:5432`"),
            ("db.example.com", "`dig db.example.com`", "`openssl s_client`"),
            ("[::1]:5432", "`dig [::1]`", "-connect [::1]:5432`"),
            ("::1", "`dig [::1]`", "`openssl s_client`"),
        ] {
            let one = monitor(json!({ "address": address }));
            let shown = for_monitor(Reason::DnsFailed, &one);
            assert!(shown.contains(dig), "{shown}");
            let shown = for_monitor(Reason::TlsFailed, &one);
            assert!(shown.contains(tls), "{shown}");
        }
    }

    #[test]
    fn an_address_that_a_shell_would_interpret_is_not_part_of_a_command() {
        let odd = monitor(json!({ "address": "$(id):5432" }));
        assert!(for_monitor(Reason::DnsFailed, &odd).contains("`dig`"));
    }
}
