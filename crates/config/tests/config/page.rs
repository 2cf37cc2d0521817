//! Tests of invalid settings of the page.

use crate::kinds::{loaded, problems};
use allclear_core::page_tokens::TokenColors;
use insta::assert_snapshot;

/// A valid monitor, for texts that test something else.
const MONITOR: &str = "\n[[monitor]]\nid = \"a\"\ncheck.port.number = 1\n";

#[test]
fn groups_of_the_page_name_groups_of_monitors_and_have_ids_of_their_own() {
    let monitors = ["One", "Two"].map(|group| {
        let id = group.to_lowercase();
        format!("[[monitor]]\nid = \"{id}\"\ngroup = \"{group}\"\ncheck.port.number = 1\n")
    });
    let monitors = monitors.concat();
    let group =
        |name: &str, id: &str| format!("[[page.group]]\nname = \"{name}\"\nid = \"{id}\"\n");
    let text = [group("One", "first"), group("Two", "first"), group("Three", "Third")].concat();
    assert_snapshot!(problems(&(text + &monitors)), @"
    allclear.toml:6:6: two groups have the id `first`: choose another id
    allclear.toml:8:8: unknown group `Three`: choose from `One`, `Two`
    allclear.toml:9:7: `Third` is not an id: an id has only `a-z`, `0-9`, `-`, `_` and `.`, and begins with a letter or a digit: write `third`
    ");
    let text = [group("One", "first"), group("One", "second")].concat();
    assert_snapshot!(problems(&(text + &monitors)), @"allclear.toml:5:8: `One` is defined twice in `page.group`: remove one of them");
    let valid = loaded(&(group("One", "first") + &monitors));
    let groups = valid.config.page.groups.iter();
    let ids: Vec<&str> = groups.filter_map(|group| Some(group.id.as_ref()?.as_str())).collect();
    assert_eq!(ids, ["first"]);
}

#[test]
fn an_origin_of_the_page_is_a_scheme_and_a_host_and_stands_once() {
    let origins = "['https://a.example/', '*.a.example', 'https://A.example', 'https://b.example', 'https://b.example']";
    let text = format!("[page]\nembed_origins = {origins}\n{MONITOR}");
    assert_snapshot!(problems(&text), @r"
    allclear.toml:2:18: `https://a.example/` is not the origin of a website: it must end after the host or the port, without a path or a slash: write `https://a.example`
    allclear.toml:2:40: `*.a.example` is not the origin of a website: it must begin with `https://` or `http://`: write `https://www.example.com`
    allclear.toml:2:55: `https://A.example` is not the origin of a website: its host must consist of lower-case letters, digits, `-` and `.`: write `https://a.example`
    allclear.toml:2:97: `https://b.example` is written twice in `page.embed_origins`: remove one of them
    ");
}

#[test]
fn a_language_of_the_page_is_a_known_one_and_stands_once() {
    let text = format!("[page]\nlanguages = ['de', 'German', 'de']\n{MONITOR}");
    assert_snapshot!(problems(&text), @r"
    allclear.toml:2:20: `languages` cannot be `German`: choose from `en`, `de`, `fr`, `es`, `ja`, `zh`, `ar`
    allclear.toml:2:30: `de` is written twice in `page.languages`: remove one of them
    ");
}

#[test]
fn readers_subscribe_at_a_link_or_at_a_topic_that_takes_mail_addresses() {
    let topic = "arn:aws:sns:eu-central-1:123456789012:status";
    let page = |link: &str, topic: &str| {
        format!("[page]\nsubscribe.link = '{link}'\nsubscribe.sns_topic = '{topic}'\n{MONITOR}")
    };
    assert_snapshot!(problems(&page("javascript:alert(1)", "status")), @r"
    allclear.toml:2:18: `javascript:alert(1)` is not a link: write `mailto:ops@example.com` or `https://example.com/support`
    allclear.toml:3:23: `status` is not the ARN of a topic: write it as `arn:aws:sns:eu-central-1:123456789012:status`
    ");
    assert_snapshot!(problems(&page("ops@acme.com", &format!("{topic}.fifo"))), @r"
    allclear.toml:2:18: `ops@acme.com` is not a link: write `mailto:ops@example.com` or `https://example.com/support`
    allclear.toml:3:23: `arn:aws:sns:eu-central-1:123456789012:status.fifo` keeps an order, and no mail address can subscribe to it: create a topic of the type `standard`
    ");
    assert_snapshot!(problems(&format!("[page]\nsubscribe.mail = 'ops@acme.com'\n{MONITOR}")), @"allclear.toml:2:11: unknown key `mail`: choose from `link`, `sns_topic`");
    let subscribe = loaded(&page("mailto:ops@acme.com", topic)).config.page.subscribe;
    assert_eq!(subscribe.link.as_deref(), Some("mailto:ops@acme.com"));
    assert_eq!(subscribe.sns_topic.map(|topic| topic.arn().to_owned()).as_deref(), Some(topic));
    assert!(loaded(MONITOR).config.page.subscribe.is_empty());
}

#[test]
fn a_theme_has_known_tokens_of_limited_sizes() {
    let text = format!(
        "[page.theme]\nradius = 17\nwidth = 29\nfont = 'Comic Sans'\nlight = {{ background = 'white', link = '#000000' }}\n{MONITOR}"
    );
    assert_snapshot!(problems(&text), @"
    allclear.toml:2:10: `radius` cannot be 17: write a number from 0 to 16
    allclear.toml:3:9: `width` cannot be 29: write a number from 30 to 80
    allclear.toml:4:1: unknown key `font`: choose from `dark`, `light`, `radius`, `width`
    allclear.toml:5:24: `white` is not a color: it must be `#` and six hexadecimal digits: write `#0b57d0`
    allclear.toml:5:33: unknown key `link`: did you mean `line`?
    ");
}

#[test]
fn a_theme_leaves_texts_and_bars_readable() {
    let theme = |light: &str| format!("[page]\ntheme.light = {{ {light} }}\n{MONITOR}");
    assert_snapshot!(problems(&theme("background = '#ffffff', muted = '#aaaaaa'")), @"
    allclear.toml:2:49: `#aaaaaa` of `muted` has a contrast of 2.2 with `#f6f8fa` of `surface` on the light page, and texts need 4.5: write `#717171` for `muted`, the nearest color that can be read
    allclear.toml:2:49: `#aaaaaa` of `muted` has a contrast of 2.3 with `#ffffff` of `background` on the light page, and texts need 4.5: write `#757575` for `muted`, the nearest color that can be read
    ");
    assert_snapshot!(problems(&theme("background = '#909090'")), @"
    allclear.toml:2:30: `#0b57d0` of `accent` has a contrast of 2.0 with `#909090` of `background` on the light page, and texts need 4.5: write `#04275d` for `accent`, the nearest color that can be read
    allclear.toml:2:30: `#57606a` of `muted` has a contrast of 2.0 with `#909090` of `background` on the light page, and texts need 4.5: write `#262a2e` for `muted`, the nearest color that can be read
    allclear.toml:2:30: `#909090` of `background` has a contrast of 1.16 with the bars of the state `operational` on the light page, and they need 3: choose a lighter background
    allclear.toml:2:30: `#909090` of `background` has a contrast of 1.42 with the bars of the state `no data` on the light page, and they need 3: choose a lighter background
    allclear.toml:2:30: `#909090` of `background` has a contrast of 1.44 with the bars of the state `degraded` on the light page, and they need 3: choose a lighter background
    allclear.toml:2:30: `#909090` of `background` has a contrast of 2.99 with the bars of the state `maintenance` on the light page, and they need 3: choose a lighter background
    ");
    let accent = "[page]\naccent = { light = '#0b57d0', dark = '#5f82e0' }\ntheme.dark.surface = '#303030'\n";
    assert_snapshot!(problems(&format!("{accent}{MONITOR}")), @"allclear.toml:3:22: `#5f82e0` of `accent` has a contrast of 3.6 with `#303030` of `surface` on the dark page, and texts need 4.5: write `#7896e4` for `accent`, the nearest color that can be read");
    let valid = loaded(&theme("background = '#fffaf0', text = '#2a2118'"));
    let tokens = valid.config.page.brand.tokens;
    assert_eq!(tokens.light.background.map(|color| color.to_string()).as_deref(), Some("#fffaf0"));
    assert_eq!((tokens.dark, tokens.radius_px), (TokenColors::default(), None));
}

#[test]
fn an_accent_must_be_readable_on_its_page_and_a_logo_a_part_of_it() {
    let look = "accent = { light = '#ffcc00', dark = '#123' }\nlogo = 'https://a.example/logo.svg'\n\
                hide = ['services']\nannouncement = { until = '2026-12-24 18:00', text = 'x' }";
    let text = format!("[page]\n{look}\n{MONITOR}");
    assert_snapshot!(problems(&text), @r"
    allclear.toml:2:20: `#ffcc00` has a contrast of 1.4 on the light page, and links need 4.5: write `#896e00`, the nearest color that can be read
    allclear.toml:2:38: `#123` is not a color: it must be `#` and six hexadecimal digits: write `#0b57d0`
    allclear.toml:3:8: `https://a.example/logo.svg` is not an image for the page: it must begin with `data:image/svg+xml;base64,` or `data:image/png;base64,`: print one with `echo data:image/svg+xml;base64,$(base64 -w0 logo.svg)`
    allclear.toml:4:9: `hide` cannot be `services`: choose from `subscribe`, `past_incidents`, `response_times`
    ");
}
