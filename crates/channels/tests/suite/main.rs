//! Tests of the channels, from the config to the request that the destination receives.

#[cfg(test)]
mod chat;
#[cfg(test)]
mod chats;
#[cfg(test)]
mod datadog;
#[cfg(test)]
mod email;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod log;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod pagerduty;
#[cfg(test)]
mod params;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod slack;
#[cfg(test)]
mod smtp_server;
#[cfg(test)]
mod templates;
#[cfg(test)]
mod threads;
#[cfg(test)]
mod webhook;
