//! The reference documents `docs/configuration.md`, `docs/metrics.md` and `docs/reasons.md`.
//!
//! They are generated from the schema of the config, the declarations of the kinds of check, the variables
//! of conditions, the built-in rules and the table of reasons, and compared with the files. Accept a
//! change with `ALLCLEAR_ACCEPT=1 cargo test -p allclear-tests --test reference`.

#[cfg(test)]
mod configuration;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod markdown;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod reasons;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use crate::markdown::{anchor_links, anchors};
    use crate::{configuration, metrics, reasons};

    const ACCEPT: &str = "ALLCLEAR_ACCEPT=1 cargo test -p allclear-tests --test reference";

    fn file(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
    }

    /// Returns the first difference between the document and the file; `None` if there is none.
    fn difference(name: &str, document: &str, file: &str) -> Option<String> {
        if document == file {
            return None;
        }
        let same = document.lines().zip(file.lines()).take_while(|(a, b)| a == b).count();
        let line = document.lines().nth(same).unwrap_or("the end of the document");
        let shown: String = line.chars().take(160).collect();
        Some(format!("docs/{name}:{}: must be: {shown}", same + 1))
    }

    #[test]
    fn the_reference_documents_are_those_of_the_code() {
        #[expect(clippy::disallowed_methods, reason = "a test is an edge")]
        let accept = std::env::var_os("ALLCLEAR_ACCEPT").is_some();
        let mut differences = Vec::new();
        for (name, document) in [
            ("configuration.md", configuration::document()),
            ("metrics.md", metrics::document()),
            ("reasons.md", reasons::document()),
        ] {
            if accept {
                fs::write(file(name), &document).unwrap();
            }
            let current = fs::read_to_string(file(name)).unwrap_or_default();
            differences.extend(difference(name, &document, &current));
        }
        let differences = differences.join("\n");
        assert!(differences.is_empty(), "\n{differences}\nif this is meant, run `{ACCEPT}`\n");
    }

    #[test]
    fn every_link_to_an_anchor_leads_to_one() {
        let mut missing = Vec::new();
        let mut n_links = 0;
        for name in ["configuration.md", "metrics.md", "reasons.md", "checks.md", "llm.md"] {
            let document = fs::read_to_string(file(name)).unwrap();
            for (target, anchor) in anchor_links(&document) {
                n_links += 1;
                let target = if target.is_empty() { name } else { target };
                let text = fs::read_to_string(file(target)).unwrap();
                // The headings of a README are of any depth.
                let is_known =
                    anchors(&text.replace("\n# ", "\n## ")).iter().any(|one| one == anchor);
                if !is_known {
                    missing.push(format!("docs/{name}: `{target}` has no anchor `{anchor}`"));
                }
            }
        }
        assert!(n_links > 40, "{n_links}");
        assert!(missing.is_empty(), "\n{}", missing.join("\n"));
    }

    #[test]
    fn a_difference_is_reported_with_its_line() {
        assert_eq!(difference("a.md", "x\ny\n", "x\ny\n"), None);
        let said = difference("a.md", "x\ny\n", "x\nz\n").unwrap();
        assert_eq!(said, "docs/a.md:2: must be: y");
        assert!(difference("a.md", "x\n", "").unwrap().starts_with("docs/a.md:1: "));
    }
}
