//! The queue of a check, by its URL, its ARN or its name.

use url::Url;

use crate::aws::Arn;
use crate::params::ParamProblems;

/// The longest text that names a queue, in bytes.
const MAX_BYTES: usize = 512;

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CheckedQueue {
    pub(super) name: String,
    pub(super) place: QueuePlace,
}

/// The place of a queue, as far as the config has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum QueuePlace {
    /// The whole URL.
    Url {
        url: String,
        /// The region in the host of AWS; `None` for another host.
        region: Option<String>,
    },
    /// The region and the account of an ARN.
    Account { region: String, account: String },
    /// Neither: the queue is in the account of the credentials.
    OwnAccount,
}

impl CheckedQueue {
    /// Reads the parameter `queue`.
    pub(super) fn read(text: &str, problems: &mut ParamProblems) -> Option<Self> {
        let hint = "write its URL, its ARN or its name, such as \
                    `https://sqs.eu-central-1.amazonaws.com/123456789012/jobs`";
        let queue = (text.len() <= MAX_BYTES).then(|| Self::parse(text)).flatten();
        if queue.is_none() {
            problems.add(&["queue"], "the text names no queue", Some(hint));
        }
        queue
    }

    fn parse(text: &str) -> Option<Self> {
        if text.starts_with("arn:") {
            let arn = Arn::parse(text).filter(|arn| arn.service == "sqs")?;
            let (region, account) = (arn.region.to_owned(), arn.account.to_owned());
            return Self::new(arn.resource, QueuePlace::Account { region, account });
        }
        if text.contains("://") {
            let url = Url::parse(text).ok()?;
            let is_http = ["http", "https"].contains(&url.scheme());
            let is_bare = url.query().is_none() && url.username().is_empty();
            let name = url.path_segments()?.next_back()?.to_owned();
            let region = url.host_str().and_then(region_of_host);
            let place = QueuePlace::Url { url: text.to_owned(), region };
            return if is_http && is_bare { Self::new(&name, place) } else { None };
        }
        Self::new(text, QueuePlace::OwnAccount)
    }

    fn new(name: &str, place: QueuePlace) -> Option<Self> {
        let stem = name.strip_suffix(".fifo").unwrap_or(name);
        let is_character = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_name = !stem.is_empty() && name.len() <= 80 && stem.bytes().all(is_character);
        is_name.then(|| Self { name: name.to_owned(), place })
    }

    /// Returns the region that is part of the text; `None` if none is.
    pub(super) fn region(&self) -> Option<&str> {
        match &self.place {
            QueuePlace::Url { region, .. } => region.as_deref(),
            QueuePlace::Account { region, .. } => Some(region),
            QueuePlace::OwnAccount => None,
        }
    }

    /// Returns the resource of its permissions.
    pub(super) fn arn(&self, region: &str) -> String {
        let account = match &self.place {
            QueuePlace::Account { account, .. } => account.as_str(),
            QueuePlace::Url { url, .. } => {
                url.rsplit('/').nth(1).filter(|part| part.len() == 12).unwrap_or("*")
            }
            QueuePlace::OwnAccount => "*",
        };
        let partition = if region.starts_with("cn-") { "aws-cn" } else { "aws" };
        format!("arn:{partition}:sqs:{region}:{account}:{}", self.name)
    }
}

/// Returns the region of a host of SQS: `sqs.eu-central-1.amazonaws.com`.
fn region_of_host(host: &str) -> Option<String> {
    let (region, domain) = host.strip_prefix("sqs.")?.split_once('.')?;
    domain.starts_with("amazonaws.").then(|| region.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_named_by_its_url_its_arn_or_its_name() {
        for (text, name, region, arn) in [
            (
                "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs",
                "jobs",
                Some("eu-central-1"),
                "arn:aws:sqs:eu-central-1:123456789012:jobs",
            ),
            (
                "http://127.0.0.1:4566/000000000000/jobs",
                "jobs",
                None,
                "arn:aws:sqs:R:000000000000:jobs",
            ),
            (
                "arn:aws:sqs:us-east-1:123456789012:mail.fifo",
                "mail.fifo",
                Some("us-east-1"),
                "arn:aws:sqs:us-east-1:123456789012:mail.fifo",
            ),
            ("jobs_1-a", "jobs_1-a", None, "arn:aws:sqs:R:*:jobs_1-a"),
        ] {
            let queue = CheckedQueue::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((queue.name.as_str(), queue.region()), (name, region), "{text}");
            assert_eq!(queue.arn(region.unwrap_or("R")), arn);
        }
    }

    #[test]
    fn another_text_names_no_queue() {
        for text in [
            "",
            "two words",
            "jobs.first",
            "arn:aws:sns:us-east-1:123456789012:topic",
            "ftp://sqs.us-east-1.amazonaws.com/123456789012/jobs",
            "https://sqs.us-east-1.amazonaws.com/",
            "https://user:pw@sqs.us-east-1.amazonaws.com/123456789012/jobs",
            &"x".repeat(81),
        ] {
            assert_eq!(CheckedQueue::parse(text), None, "{text}");
        }
    }
}
