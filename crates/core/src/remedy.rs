//! The remedy of a reason for one monitor: the general one, with the values of the monitor beside the names of its
//! settings.

use serde_json::Value;

use crate::duration;
use crate::monitor::Monitor;
use crate::reason::Reason;
use crate::text;

/// The longest value that is shown, in characters.
const MAX_VALUE_CHARS: usize = 80;

/// The prefix of the name of a secret in a parameter.
const SECRET_PREFIX: &str = "secret:";

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
        "dig" => host(monitor).map_or(plain, |host| format!("`dig {host}`")),
        "mtr" => host(monitor).map_or(plain, |host| format!("`mtr {host}`")),
        "openssl s_client" => match address(monitor) {
            Some(address) => format!("`openssl s_client -connect {address}`"),
            None => plain,
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
            let name = text
                .strip_prefix(SECRET_PREFIX)
                .filter(|name| !names.iter().any(|one| one == name));
            names.extend(name.map(str::to_owned));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_secrets(value, names)),
        Value::Object(values) => values.values().for_each(|value| collect_secrets(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Returns the host of the target.
fn host(monitor: &Monitor) -> Option<String> {
    let address = address(monitor)?;
    let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
    Some(host.trim_start_matches('[').trim_end_matches(']').to_owned())
}

/// Returns the host and the port of the target, in a form without characters that a shell interprets.
fn address(monitor: &Monitor) -> Option<String> {
    let params = &monitor.check.params;
    let text = |key: &str| params.get(key).and_then(Value::as_str);
    let written = match text("url").or_else(|| text("base_url")) {
        Some(url) => {
            let (scheme, rest) = url.split_once("://")?;
            let authority = rest.split(['/', '?', '#']).next()?;
            let authority = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
            let has_port =
                authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            let port = if matches!(scheme, "https" | "wss") { 443 } else { 80 };
            if has_port { authority.to_owned() } else { format!("{authority}:{port}") }
        }
        None => text("address").or_else(|| text("name"))?.to_owned(),
    };
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    written.chars().all(is_plain).then_some(written)
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
    }

    #[test]
    fn an_address_that_a_shell_would_interpret_is_not_part_of_a_command() {
        let odd = monitor(json!({ "address": "$(id):5432" }));
        assert!(for_monitor(Reason::DnsFailed, &odd).contains("`dig`"));
    }
}
