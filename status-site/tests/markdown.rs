//! The Markdown of operators: a safe subset, with everything else shown as text.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use allclear_status_site::Language;
use allclear_status_site::snapshot::UpdateText;
use scraper::{Html, Selector};

fn html(text: &str) -> String {
    let html = UpdateText::Markdown(text.to_owned()).html_in(Language::English);
    let inner = html.strip_prefix("<div class=\"said\" dir=\"auto\">");
    inner.and_then(|inner| inner.strip_suffix("</div>")).unwrap().to_owned()
}

fn plain(text: &str) -> String {
    UpdateText::Markdown(text.to_owned()).plain_in(Language::English)
}

#[test]
fn the_subset_is_rendered() {
    let rows = [
        ("One.\n\nTwo.", "<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("a\nb", "<p>a\nb</p>", "a\nb"),
        ("*a* **b**", "<p><em>a</em> <strong>b</strong></p>", "a b"),
        ("run `x < y`", "<p>run <code>x &#60; y</code></p>", "run x < y"),
        ("```\na <b>\n```", "<pre><code>a &#60;b&#62;\n</code></pre>", "a <b>"),
        ("- a\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>", "- a\n- b"),
        ("1. a\n2. b\n\nc", "<ol><li><p>a</p></li><li><p>b</p></li></ol><p>c</p>", "- a\n- b\n\nc"),
        ("- a\n  - b", "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li></ul>", "- a\n- b"),
        (
            "see [our *notes*](https://acme.example/a?b=1&c=2).",
            "<p>see <a href=\"https://acme.example/a?b=1&#38;c=2\" rel=\"nofollow noopener\">our <em>notes</em></a>.</p>",
            "see our notes (https://acme.example/a?b=1&c=2).",
        ),
        (
            "<https://acme.example>",
            "<p><a href=\"https://acme.example\" rel=\"nofollow noopener\">https://acme.example</a></p>",
            "https://acme.example",
        ),
    ];
    for (text, expected, without) in rows {
        assert_eq!(html(text), expected, "{text}");
        assert_eq!(plain(text), without, "{text}");
    }
}

#[test]
fn everything_else_is_text() {
    let rows = [
        ("# Title", "<p>Title</p>"),
        ("> said", "<p>said</p>"),
        ("![a cat](https://acme.example/cat.png)", "<p>a cat</p>"),
        ("[plain](http://acme.example)", "<p>plain</p>"),
        ("a\n\n---\n\nb", "<p>a</p><p>b</p>"),
        ("<b>bold</b>", "<p>&#60;b&#62;bold&#60;/b&#62;</p>"),
        ("a | b\n--|--\n1 | 2", "<p>a | b\n--|--\n1 | 2</p>"),
    ];
    for (text, expected) in rows {
        assert_eq!(html(text), expected, "{text}");
    }
}

#[test]
fn an_address_that_is_not_plain_https_is_no_link() {
    for address in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//acme.example",
        "/relative",
        "https://user:key@acme.example/",
        "https://",
        "https:\\\\acme.example",
        "mailto:a@acme.example",
        "https://acme.example/\u{0}",
    ] {
        for text in
            [format!("[a](<{address}>)"), format!("<{address}>"), format!("[a]\n\n[a]: {address}")]
        {
            assert!(!html(&text).contains("<a "), "{text:?} gives {}", html(&text));
        }
    }
}

fn nested_lists() -> String {
    let lines: Vec<String> = (0..200).map(|n| format!("{}- x", "  ".repeat(n))).collect();
    lines.join("\n")
}

/// Texts that try to leave the element, to run a script, or to cost much.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "<script>alert(1)</script>",
        "</div></article></main><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<!-- <p> --> <![CDATA[ <p> ]]> <?php x ?>",
        "[a](https://acme.example/\"onmouseover=alert(1))",
        "[a](https://acme.example/'\"><script>alert(1)</script>)",
        "[<img src=x onerror=alert(1)>](https://acme.example)",
        "[a [b](https://b.example) c](https://a.example)",
        "![<script>](https://acme.example/\"onerror=x)",
        "```\"><script>alert(1)</script>\nx\n```",
        "&lt;script&gt; &#60;script&#62; &amp;lt;",
        "\u{202e}reversed \u{0}nul \u{feff}",
        "* <a href='javascript:alert(1)'>x</a>\n* </ul></li>",
        "<style>body{display:none}</style><iframe src=https://x.example></iframe>",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("[".repeat(5_000));
    texts.push("*a **b ".repeat(2_000));
    texts.push("> ".repeat(3_000) + "x");
    texts.push(nested_lists());
    texts.push("<".repeat(5_000));
    texts
}

#[test]
fn no_hostile_text_leaves_its_element_or_adds_one() {
    const ALLOWED: [&str; 10] = ["p", "em", "strong", "code", "pre", "ul", "ol", "li", "a", "div"];
    for text in hostile() {
        let html = UpdateText::Markdown(text.clone()).html_in(Language::English);
        let page = format!("<main>{html}<p id=\"after\"></p></main>");
        let parsed = Html::parse_fragment(&page);
        assert!(parsed.errors.is_empty(), "{:?} for {text:?}", parsed.errors);
        let all = |css: &str| Selector::parse(css).unwrap();
        assert_eq!(parsed.select(&all("main > #after")).count(), 1, "{html}");
        for element in parsed.select(&all(".said *")) {
            let name = element.value().name();
            assert!(ALLOWED.contains(&name), "<{name}> in {html}");
            for (attribute, value) in element.value().attrs() {
                let is_known = (name, attribute) == ("a", "rel")
                    || ((name, attribute) == ("a", "href") && value.starts_with("https://"));
                assert!(is_known, "{attribute}={value} in {html}");
            }
        }
        assert!(!plain(&text).contains("](") || text.contains("[a ["), "{text:?}");
    }
}

#[test]
fn deep_lists_stay_shallow() {
    assert_eq!(html(&nested_lists()).matches("<ul>").count(), 4);
}

#[test]
fn a_plain_text_is_not_interpreted() {
    let text = UpdateText::Plain("*a* <b> & \"c\"\nd".to_owned());
    let html = "<p class=\"said\" dir=\"auto\">*a* &#60;b&#62; &#38; &#34;c&#34;\nd</p>";
    assert_eq!(
        (text.html_in(Language::English).as_str(), text.plain_in(Language::English).as_str()),
        (html, "*a* <b> & \"c\"\nd")
    );
}
