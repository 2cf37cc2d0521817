//! A page of the listing of a bucket's objects.

use roxmltree::{Document, Node};

/// The content of one response.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ListingPage {
    /// Keys with their tags, without the quotation marks.
    pub(super) tags: Vec<(String, String)>,
    /// The token of the next page, if there is one.
    pub(super) next: Option<String>,
}

/// Reads the XML, in which keys are percent-encoded.
pub(super) fn read(body: &[u8]) -> Result<ListingPage, String> {
    let text = std::str::from_utf8(body).map_err(|_| "it is not UTF-8".to_owned())?;
    let document = Document::parse(text).map_err(|error| format!("it is not XML: {error}"))?;
    let root = document.root_element();
    if root.tag_name().name() != "ListBucketResult" {
        return Err(format!("it is a `{}`", root.tag_name().name()));
    }
    let contents = root.children().filter(|node| node.tag_name().name() == "Contents");
    let tags = contents.filter_map(|object| {
        let tag = part(object, "ETag")?.trim_matches('"');
        Some((decoded(part(object, "Key")?), tag.to_owned()))
    });
    let is_cut = part(root, "IsTruncated") == Some("true");
    let next = part(root, "NextContinuationToken").filter(|_| is_cut).map(str::to_owned);
    if is_cut && next.is_none() {
        return Err("it is cut and has no continuation token".to_owned());
    }
    Ok(ListingPage { tags: tags.collect(), next })
}

fn part<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children().find(|child| child.tag_name().name() == name)?.text()
}

/// Decodes form encoding. Bytes that are not UTF-8 are kept encoded; no file of a site has such a
/// name.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = after;
            }
            (first, _) => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(inner: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><ListBucketResult \
             xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{inner}</ListBucketResult>"
        )
    }

    #[test]
    fn keys_are_decoded_with_their_etags() {
        let page = read(
            list(
                "<IsTruncated>true</IsTruncated><NextContinuationToken>a+b=\
                 </NextContinuationToken><Contents><Key>a%20b+c%2Fd%C3%A4.svg</Key>\
                 <ETag>&quot;0123&quot;</ETag><Size>4</Size></Contents>\
                 <Contents><Key>x%2</Key><ETag>9</ETag></Contents>",
            )
            .as_bytes(),
        );
        let tags = vec![
            ("a b c/dä.svg".to_owned(), "0123".to_owned()),
            ("x%2".to_owned(), "9".to_owned()),
        ];
        assert_eq!(page, Ok(ListingPage { tags, next: Some("a+b=".to_owned()) }));
    }

    #[test]
    fn an_empty_bucket_has_no_tags() {
        let page = read(list("<IsTruncated>false</IsTruncated>").as_bytes());
        assert_eq!(page, Ok(ListingPage { tags: Vec::new(), next: None }));
    }

    #[test]
    fn a_malformed_listing_is_an_error_with_its_reason() {
        let cut = list("<IsTruncated>true</IsTruncated>");
        for (body, why) in [
            (&b"<html>"[..], "not XML"),
            (b"\xff", "not UTF-8"),
            (b"<Error/>", "`Error`"),
            (cut.as_bytes(), "is cut"),
        ] {
            let error = read(body).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
