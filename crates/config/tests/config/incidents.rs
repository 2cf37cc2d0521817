//! Tests of `[incidents]`.

use allclear_config::changes;
use allclear_core::incident::IncidentPublishing;

use crate::kinds::{loaded, problems};

fn text(incidents: &str) -> String {
    format!("[[monitor]]\nid = 'api'\ncheck.port.number = 1\n\n{incidents}\n")
}

fn publishing(incidents: &str) -> IncidentPublishing {
    loaded(&text(incidents)).config.settings.publish_incidents
}

#[test]
fn each_word_is_read_and_all_incidents_are_published_by_default() {
    assert_eq!(publishing(""), IncidentPublishing::All);
    assert_eq!(publishing("[incidents]"), IncidentPublishing::All);
    for one in IncidentPublishing::ALL {
        assert_eq!(publishing(&format!("[incidents]\npublish = '{}'", one.as_str())), one);
    }
}

#[test]
fn another_word_is_an_error_with_the_choices() {
    let wrong = problems(&text("[incidents]\npublish = 'critcal'\nupdates = true"));
    assert_eq!(
        wrong,
        "allclear.toml:6:11: `publish` cannot be `critcal`: did you mean `critical`?\n\
         allclear.toml:7:1: unknown key `updates`: choose from `publish`"
    );
}

#[test]
fn a_change_is_listed() {
    let (old, new) = (loaded(&text("")), loaded(&text("[incidents]\npublish = 'none'")));
    let said: Vec<String> =
        changes(&old.config, &new.config).iter().map(ToString::to_string).collect();
    assert_eq!(said, ["~ settings: incidents.publish \"all\" → \"none\""]);
}
