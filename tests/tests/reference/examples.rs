//! The examples of the configuration reference: parts of a config, each valid beside a monitor and a channel.

use std::fs;
use std::path::{Path, PathBuf};

use toml::Value;

/// Returns the folder of the examples.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/examples")
}

/// Returns the names and the texts of all examples, sorted by name.
pub(crate) fn all() -> Vec<(String, String)> {
    let mut all: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

/// Returns the text of the example `name`; `None` if there is none.
pub(crate) fn text(name: &str) -> Option<String> {
    fs::read_to_string(folder().join(format!("{name}.toml"))).ok()
}

/// Returns a value of a key in the examples, in TOML, preferably one of an example that is named after the
/// table of the key. Lists of tables count as their elements.
pub(crate) fn value(path: &str) -> Option<String> {
    let mut all = all();
    let is_of_table = |name: &str| path.split('.').any(|part| name.trim_end_matches('s') == part);
    all.sort_by_key(|(name, _)| !is_of_table(name));
    let values = all.into_iter().filter_map(|(_, text)| {
        let root = Value::Table(toml::from_str(&text).unwrap());
        find(&root, path).map(|value| toml_of(&value))
    });
    values.into_iter().next()
}

fn find(value: &Value, path: &str) -> Option<Value> {
    if path.is_empty() {
        return Some(value.clone());
    }
    match value {
        Value::Array(elements) => elements.iter().find_map(|one| find(one, path)),
        Value::Table(table) => {
            let (key, rest) = path.split_once('.').unwrap_or((path, ""));
            table.get(key).and_then(|inner| find(inner, rest))
        }
        Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_) => None,
    }
}

/// Returns a value in TOML, in one line.
fn toml_of(value: &Value) -> String {
    value.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration;
    use crate::kinds::AllKinds;

    /// The monitor of an example without one.
    const MONITOR: &str = "
[[monitor]]
id = 'checkout'
group = 'Shop'
tags = ['payments']
check.http = { url = 'https://shop.example.com/health' }
";

    /// The channel of an example without one.
    const CHANNEL: &str = "
[[channel]]
id = 'team'
send.log = {}
";

    /// The file of certificate authorities that the examples name.
    const CA: &str = "/etc/ssl/internal-ca.pem";

    #[test]
    fn every_example_is_valid_without_warnings() {
        let kinds = AllKinds::new();
        let ca = tempfile::NamedTempFile::new().unwrap();
        let certificate = rcgen::generate_simple_self_signed(["internal".to_owned()]).unwrap();
        fs::write(ca.path(), certificate.cert.pem()).unwrap();
        let problems: Vec<String> = all()
            .into_iter()
            .filter_map(|(name, text)| {
                let mut text = text.replace(CA, ca.path().to_str().unwrap());
                for (table, missing) in [("[[monitor]]", MONITOR), ("[[channel]]", CHANNEL)] {
                    if !text.contains(table) {
                        text.push_str(missing);
                    }
                }
                kinds.check(&format!("{name}.toml"), &text).err()
            })
            .collect();
        assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    }

    #[test]
    fn every_key_of_the_config_has_an_example() {
        let schema = AllKinds::new().schema();
        let missing: Vec<String> = configuration::paths(&schema)
            .into_iter()
            .filter(|path| value(path).is_none())
            .map(|path| format!("`{path}` is in no file of tests/tests/reference/examples"))
            .collect();
        assert!(missing.is_empty(), "\n{}", missing.join("\n"));
    }

    #[test]
    fn a_value_is_found_through_lists_of_tables() {
        let text = "[[a]]\nx = 1\n[[a]]\nb.c = [\"d\", \"e\"]";
        let root = Value::Table(toml::from_str(text).unwrap());
        assert_eq!(find(&root, "a.b.c").map(|it| toml_of(&it)).as_deref(), Some(r#"["d", "e"]"#));
        assert_eq!(find(&root, "a.y"), None);
    }
}
