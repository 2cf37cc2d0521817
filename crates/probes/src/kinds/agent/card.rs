//! The card of an agent: its skills and capabilities. Pure.

use std::collections::BTreeSet;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use serde_json::Value;

use super::{SKILL_COUNT, texts};
use crate::api::field;
use crate::excerpt::excerpt;
use crate::service::{ReadValue, ServiceReading};

/// A card, as far as the check uses it.
#[derive(Debug)]
pub(super) struct AgentCard<'a> {
    name: &'a str,
    version: Option<&'a str>,
    skill_ids: Vec<&'a str>,
    skill_names: Vec<&'a str>,
    /// The capabilities that are true, and the addresses of its extensions.
    capabilities: Vec<&'a str>,
}

impl<'a> AgentCard<'a> {
    /// Reads a card of any version.
    pub(super) fn read(document: &'a Value) -> Result<Self, Cause> {
        let invalid = |what: &str| Cause::of(Reason::ResponseInvalid, what.to_owned());
        let name = document.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| invalid("the document has no `name`"))?;
        // Since version 1.0 the addresses are in a list.
        let has_address = document.get("url").is_some_and(Value::is_string)
            || !texts(field(document, "supportedInterfaces"), "url").is_empty();
        if !has_address {
            return Err(invalid("the document has neither `url` nor `supportedInterfaces`"));
        }
        let flags = field(document, "capabilities").as_object().into_iter().flatten();
        let flags = flags.filter(|(_, value)| **value == Value::Bool(true));
        let mut capabilities: Vec<&str> = flags.map(|(name, _)| name.as_str()).collect();
        capabilities.extend(texts(field(field(document, "capabilities"), "extensions"), "uri"));
        Ok(Self {
            name,
            version: field(document, "version").as_str(),
            skill_ids: texts(field(document, "skills"), "id"),
            skill_names: texts(field(document, "skills"), "name"),
            capabilities,
        })
    }

    /// Checks that the skills, by id or name, and the capabilities are on the card.
    pub(super) fn check(
        &self,
        skills: &BTreeSet<String>,
        capabilities: &BTreeSet<String>,
    ) -> Result<(), Cause> {
        let has_skill =
            |one: &str| self.skill_ids.contains(&one) || self.skill_names.contains(&one);
        check_offered("skill", skills, has_skill, &self.skill_ids)?;
        let has_capability = |one: &str| self.capabilities.contains(&one);
        check_offered("capability", capabilities, has_capability, &self.capabilities)
    }

    /// Adds the values of the card.
    pub(super) fn add_to(&self, reading: &mut ServiceReading) {
        #[expect(clippy::cast_precision_loss, reason = "a card of 1 MiB has few skills")]
        reading.measure(SKILL_COUNT, self.skill_ids.len() as f64);
        reading.set("agent_name", ReadValue::Text(self.name.to_owned()));
        if let Some(version) = self.version {
            reading.set("agent_version", ReadValue::Text(version.to_owned()));
        }
        let owned =
            |all: &[&str]| ReadValue::Texts(all.iter().map(|&one| one.to_owned()).collect());
        reading.set("skills", owned(&self.skill_ids));
        reading.set("capabilities", owned(&self.capabilities));
    }
}

fn check_offered(
    what: &str,
    expected: &BTreeSet<String>,
    is_offered: impl Fn(&str) -> bool,
    offered: &[&str],
) -> Result<(), Cause> {
    let missing = expected.iter().filter(|one| !is_offered(one));
    let missing: Vec<String> = missing.map(|one| format!("`{one}`")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let offered = if offered.is_empty() { "none".to_owned() } else { excerpt(&offered.join(", ")) };
    let what = format!(
        "the agent card: the {what} {} is not on the card; it has {offered}",
        missing.join(", ")
    );
    Err(Cause::of(Reason::CapabilityMissing, what))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(all: &[&str]) -> BTreeSet<String> {
        all.iter().map(|&one| one.to_owned()).collect()
    }

    #[test]
    fn cards_of_each_version_state_skills_and_capabilities() {
        let skills = json!([{ "id": "search", "name": "Search the web" }]);
        let flags = json!({ "streaming": true, "pushNotifications": false });
        for address in [
            json!({ "url": "https://a.test" }),
            json!({ "supportedInterfaces": [{ "url": "https://a.test" }] }),
        ] {
            let mut document = address;
            document["name"] = json!("Agent");
            document["skills"] = skills.clone();
            document["capabilities"] = flags.clone();
            let card = AgentCard::read(&document).unwrap();
            card.check(&names(&["search", "Search the web"]), &names(&["streaming"])).unwrap();
            let cause = card.check(&names(&["write"]), &names(&[])).unwrap_err();
            assert_eq!(cause.reason, Reason::CapabilityMissing);
            assert_eq!(
                cause.message,
                "the agent card: the skill `write` is not on the card; it has search"
            );
            let cause = card.check(&names(&[]), &names(&["pushNotifications"])).unwrap_err();
            assert!(cause.message.contains("capability `pushNotifications`"), "{cause:?}");
        }
    }

    #[test]
    fn a_document_without_name_or_address_is_no_card() {
        for document in [json!({}), json!([]), json!({ "name": "Agent" }), json!({ "url": "x" })] {
            assert_eq!(AgentCard::read(&document).unwrap_err().reason, Reason::ResponseInvalid);
        }
    }
}
