//! Monitors and the config file, named side by side.

use std::path::{Path, PathBuf, is_separator};

use allclear_core::id::MonitorId;
use anyhow::Context as _;

/// Path of the config file and the monitors that a command line names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) file: Option<PathBuf>,
    pub(crate) ids: Vec<MonitorId>,
}

impl Named {
    /// Sorts names. The form of a name decides, and never the files that exist: one that ends in
    /// `.toml` or has a `/` in it is the config, each other one is the id of a monitor.
    pub(crate) fn read(names: &[String]) -> anyhow::Result<Self> {
        let (files, ids): (Vec<&String>, Vec<&String>) =
            names.iter().partition(|name| is_file(name));
        let file = match files.as_slice() {
            [] => None,
            [file] => Some(PathBuf::from(file)),
            [one, other, ..] => {
                anyhow::bail!("two configs given, `{one}` and `{other}`: remove one")
            }
        };
        let ids = ids.into_iter().map(|id| {
            MonitorId::new(id).with_context(|| {
                format!("`{id}` is not the id of a monitor{}", file_of_this_name(id))
            })
        });
        Ok(Self { file, ids: ids.collect::<anyhow::Result<_>>()? })
    }
}

/// Returns the end of an error about a name that is no monitor's: the way to name the file of this
/// name, if there is one.
pub(crate) fn file_of_this_name(name: &str) -> String {
    if Path::new(name).is_file() {
        format!("; if the file is meant as the config, write `./{name}`")
    } else {
        String::new()
    }
}

fn is_file(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "toml")
        || name.contains(is_separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> anyhow::Result<(Option<String>, Vec<String>)> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let Named { file, ids } = Named::read(&names)?;
        let ids = ids.iter().map(ToString::to_string).collect();
        Ok((file.map(|file| file.display().to_string()), ids))
    }

    #[test]
    fn the_form_of_an_argument_distinguishes_config_and_monitor() {
        let (api, toml) = (vec!["api".to_owned()], Some("a.toml".to_owned()));
        assert_eq!(named(&["api"]).unwrap(), (None, api.clone()));
        assert_eq!(named(&["api", "a.toml"]).unwrap(), (toml.clone(), api.clone()));
        assert_eq!(named(&["a.toml"]).unwrap(), (toml, Vec::new()));
        assert_eq!(named(&["conf/a", "api"]).unwrap(), (Some("conf/a".to_owned()), api));
        let dotted = vec!["api.example.com".to_owned()];
        assert_eq!(named(&["api.example.com"]).unwrap(), (None, dotted));
        assert_eq!(named(&["./README.md"]).unwrap(), (Some("./README.md".to_owned()), Vec::new()));
        assert!(named(&["a.toml", "b.toml"]).unwrap_err().to_string().contains("two configs"));
    }

    #[test]
    fn a_file_named_like_an_id_is_mentioned_in_the_error() {
        // The folder in which the tests run has this file.
        let error = named(&["README.md"]).unwrap_err().to_string();
        assert_eq!(
            error,
            "`README.md` is not the id of a monitor; if the file is meant as the config, write \
             `./README.md`"
        );
        let error = named(&["No-such-file"]).unwrap_err().to_string();
        assert_eq!(error, "`No-such-file` is not the id of a monitor");
    }
}
