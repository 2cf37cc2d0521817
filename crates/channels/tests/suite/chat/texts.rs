//! The messages of chats as a person reads them, without the structure around the texts.

use serde_json::Value;

/// Returns the text of a request to a chat.
pub(crate) fn read(kind: &str, payload: &Value) -> String {
    let lines = match kind {
        "slack" | "slack_bot" => slack(payload),
        "teams" => teams(&payload["attachments"][0]["content"]),
        "discord" => discord(&payload["embeds"][0]),
        "telegram" => vec![text(&payload["text"])],
        "google_chat" => google_chat(payload),
        "feishu" => feishu(&payload["card"]),
        "dingtalk" => vec![text(&payload["markdown"]["text"])],
        "wecom" => vec![text(&payload["markdown"]["content"])],
        "ntfy" => ntfy(payload),
        other => panic!("no reader for `{other}`"),
    };
    lines.join("\n")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn slack(payload: &Value) -> Vec<String> {
    let mentions = payload["text"].as_str().filter(|text| !text.is_empty());
    let mut lines: Vec<String> = mentions.map(str::to_owned).into_iter().collect();
    for attachment in each(&payload["attachments"]) {
        lines.push(format!("{} {}", text(&attachment["color"]), text(&attachment["title"])));
        lines.push(text(&attachment["text"]));
        let fields = each(&attachment["fields"]);
        lines.extend(fields.map(|field| labelled(&field["title"], &field["value"])));
    }
    lines
}

fn labelled(label: &Value, value: &Value) -> String {
    let (label, value) = (text(label), text(value));
    let separator = if value.contains('\n') { "\n" } else { " " };
    format!("{label}:{separator}{value}")
}

fn teams(card: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let line = |block: &Value| -> String {
        let runs = each(&block["inlines"]).map(|run| {
            let bold = if run["weight"] == "Bolder" { "**" } else { "" };
            [bold, run["text"].as_str().unwrap(), bold].concat()
        });
        runs.collect()
    };
    for block in each(&card["body"]) {
        if block["type"] == "Container" {
            let style = text(&block["style"]);
            lines.extend(each(&block["items"]).map(|item| format!("{style} | {}", line(item))));
        } else {
            lines.push(line(block));
        }
    }
    let action = |one: &Value| format!("[{}] {}", text(&one["title"]), text(&one["url"]));
    lines.extend(each(&card["actions"]).map(action));
    lines
}

fn discord(embed: &Value) -> Vec<String> {
    let mut lines =
        vec![format!("#{:06x} {}", embed["color"].as_u64().unwrap(), text(&embed["title"]))];
    lines.push(text(&embed["description"]));
    lines.extend(each(&embed["fields"]).map(|field| labelled(&field["name"], &field["value"])));
    lines
}

fn google_chat(payload: &Value) -> Vec<String> {
    let card = &payload["cardsV2"][0]["card"];
    let mut lines = vec![text(&payload["fallbackText"]), text(&card["header"]["title"])];
    for widget in each(&card["sections"]).flat_map(|section| each(&section["widgets"])) {
        if let Some(paragraph) = widget.get("textParagraph") {
            lines.push(text(&paragraph["text"]));
        } else if let Some(fact) = widget.get("decoratedText") {
            lines.push(labelled(&fact["topLabel"], &fact["text"]));
        } else {
            lines.extend(each(&widget["buttonList"]["buttons"]).map(|button| {
                format!(
                    "[{}] {}",
                    text(&button["text"]),
                    text(&button["onClick"]["openLink"]["url"])
                )
            }));
        }
    }
    lines
}

fn feishu(card: &Value) -> Vec<String> {
    let header = &card["header"];
    let mut lines =
        vec![format!("{} {}", text(&header["template"]), text(&header["title"]["content"]))];
    for element in each(&card["elements"]) {
        lines.extend(element["text"]["content"].as_str().map(str::to_owned));
        lines.extend(each(&element["fields"]).map(|field| text(&field["text"]["content"])));
        lines.extend(each(&element["actions"]).map(|button| {
            format!("[{}] {}", text(&button["text"]["content"]), text(&button["url"]))
        }));
    }
    lines
}

fn ntfy(payload: &Value) -> Vec<String> {
    let heading = format!(
        "{} {} {}",
        payload["priority"],
        text(&payload["tags"][0]),
        text(&payload["title"])
    );
    let click = payload["click"].as_str().map(|url| format!("click: {url}"));
    [heading, text(&payload["message"])].into_iter().chain(click).collect()
}

/// The longest value that stands in one line.
const MAX_LINE_CHARS: usize = 110;

/// Returns a JSON document in which short values stand in one line.
pub(crate) fn compact(value: &Value) -> String {
    indented(value, 0)
}

fn indented(value: &Value, depth: usize) -> String {
    let line = value.to_string();
    if line.chars().count() <= MAX_LINE_CHARS {
        return line;
    }
    let indent = "  ".repeat(depth + 1);
    let end = "  ".repeat(depth);
    let inner = |one: &Value| indented(one, depth + 1);
    match value {
        Value::Array(all) => {
            let all: Vec<String> =
                all.iter().map(|one| format!("{indent}{}", inner(one))).collect();
            format!("[\n{}\n{end}]", all.join(",\n"))
        }
        Value::Object(all) => {
            let all: Vec<String> =
                all.iter().map(|(key, one)| format!("{indent}\"{key}\": {}", inner(one))).collect();
            format!("{{\n{}\n{end}}}", all.join(",\n"))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => line,
    }
}
