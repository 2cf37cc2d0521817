//! The parameters of the channel `ses`.

use allclear_core::checker::ParamProblem;
use allclear_core::params;
use schemars::JsonSchema;
use serde::Deserialize;

/// The limit of SES.
const MAX_RECIPIENTS: usize = 50;

/// Sends a mail over Amazon SES.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The address of the sender, which is a verified identity of SES: `alerts@example.com` or
    /// `Allclear <alerts@example.com>`.
    from: String,
    /// The addresses of the recipients, at most 50. In the sandbox of SES they must be verified too.
    to: Vec<String>,
    /// The text in front of each subject: `[prod]`.
    #[serde(default)]
    subject_prefix: Option<String>,
    /// The region of SES. Default: the region of the stack, or that of the credentials.
    #[serde(default)]
    region: Option<String>,
    /// The configuration set of SES to send with. Default: that of the identity, if it has one.
    #[serde(default)]
    configuration_set: Option<String>,
}

/// The valid parameters.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) subject_prefix: Option<String>,
    pub(super) region: Option<String>,
    pub(super) configuration_set: Option<String>,
}

impl Addresses {
    /// Returns the domain of the sender.
    pub(super) fn domain(&self) -> &str {
        self.from.rsplit('@').next().unwrap_or_default().trim_end_matches('>')
    }
}

/// Reads the parameters. The error lists all problems.
pub(super) fn read(params: &serde_json::Value) -> Result<Addresses, Vec<ParamProblem>> {
    let Params { from, to, subject_prefix, region, configuration_set } = params::read(params)?;
    let senders = std::iter::once(("from", &from));
    let recipients = to.iter().map(|one| ("to", one));
    let wrong = senders.chain(recipients).filter(|(_, address)| !is_address(address));
    let mut problems: Vec<ParamProblem> =
        wrong.map(|(key, address)| problem(key, address)).collect();
    if to.is_empty() || to.len() > MAX_RECIPIENTS {
        let what = format!("`to` names {} recipients", to.len());
        let hint = format!("name 1 to {MAX_RECIPIENTS}");
        problems.push(ParamProblem::at(["to"], what, Some(&hint)));
    }
    if let Some(region) = region.as_deref().filter(|region| !is_region(region)) {
        let what = format!("`{region}` is not a region of AWS");
        problems.push(ParamProblem::at(["region"], what, Some("write for example `eu-central-1`")));
    }
    if problems.is_empty() {
        Ok(Addresses { from, to, subject_prefix, region, configuration_set })
    } else {
        Err(problems)
    }
}

fn problem(key: &'static str, address: &str) -> ParamProblem {
    let what = format!("`{address}` is not a mail address");
    let hint = "write `ann@example.com` or `Ann <ann@example.com>`, in ASCII";
    ParamProblem::at([key], what, Some(hint))
}

/// Checks an address with or without a name in front of it. SES checks the rest.
fn is_address(text: &str) -> bool {
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let is_visible =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic());
    let parts = address.split_once('@');
    text.is_ascii()
        && !text.contains(|c: char| c.is_control())
        && parts.is_some_and(|(user, domain)| {
            is_visible(user) && is_visible(domain) && !domain.contains(['@', '<', '>', ','])
        })
}

fn is_region(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.matches('-').count() >= 2 && text.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_a_name() {
        for good in ["a@example.com", "Ann <a@example.com>", "\"Ann, B\" <a.b+c@mail.example.com>"]
        {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "a", "a@", "@example.com", "a b@example.com", "a@b@c", "a@exämple.com"] {
            assert!(!is_address(bad), "{bad}");
        }
        for bad in
            ["Ann <a@example.com", "a@example.com,b@example.com", "a@example.com\r\nBcc: b@c"]
        {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
