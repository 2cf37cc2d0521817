//! Names of resources.

/// The parts of an ARN: `arn:aws:sqs:eu-central-1:123456789012:jobs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// The service: `sqs`.
    pub(crate) service: &'a str,
    /// The region.
    pub(crate) region: &'a str,
    /// The account, 12 digits.
    pub(crate) account: &'a str,
    /// The name of the resource in its service, with its type if it has one: `function:audit`.
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN; `None` if the text is none of a resource in a region.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (Some("arn"), Some(partition)) = (parts.next(), parts.next()) else { return None };
        let [service, region, account, resource] =
            [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let is_complete = partition.starts_with("aws")
            && is_region(region)
            && is_account(account)
            && !resource.is_empty();
        is_complete.then_some(Self { service, region, account, resource })
    }
}

/// Checks whether the text has the form of a region: `eu-central-1`.
pub(super) fn is_region(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.len() <= 32
        && text.split('-').count() >= 3
        && text.split('-').all(is_word)
        && text.ends_with(|c: char| c.is_ascii_digit())
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_all_of_its_parts() {
        let arn = Arn::parse("arn:aws-cn:lambda:cn-north-1:123456789012:function:audit:live");
        let wanted = Arn {
            service: "lambda",
            region: "cn-north-1",
            account: "123456789012",
            resource: "function:audit:live",
        };
        assert_eq!(arn, Some(wanted));
        for text in [
            "audit",
            "arn:aws:sqs:eu-central-1:123456789012",
            "arn:aws:sqs:eu-central-1:123456789012:",
            "arn:aws:sqs::123456789012:jobs",
            "arn:aws:sqs:eu-central-1:1234:jobs",
            "arn:other:sqs:eu-central-1:123456789012:jobs",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_region_is_told_from_other_words() {
        for (text, is) in [
            ("eu-central-1", true),
            ("us-gov-west-1", true),
            ("eusc-de-east-1", true),
            ("Frankfurt", false),
            ("eu-central", false),
            ("eu-central-1.evil.test/", false),
            ("", false),
        ] {
            assert_eq!(is_region(text), is, "{text}");
        }
    }
}
