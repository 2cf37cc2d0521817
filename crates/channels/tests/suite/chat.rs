//! The messages of each chat, as a person reads them, and the structure of one request of each.

mod dingtalk;
mod discord;
mod feishu;
mod google_chat;
mod ntfy;
mod slack;
mod teams;
mod telegram;
mod texts;
mod wecom;

use allclear_core::delivery::Notification;

use self::texts::compact;
pub(crate) use self::texts::read;
use crate::chats::chat;
use crate::notices;

async fn text(kind: &str, notification: &Notification) -> String {
    read(kind, &chat(kind).sent(notification).await.json().unwrap())
}

async fn structure(kind: &str) -> String {
    let mut slow = notices::slow();
    slow.page_url = Some("https://status.example.com".to_owned());
    compact(&chat(kind).sent(&slow).await.json().unwrap())
}
