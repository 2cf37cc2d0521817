//! The checks against a simulator whose endpoints follow a script of faults.

#[cfg(test)]
mod authority;
#[cfg(test)]
mod aws;
#[cfg(test)]
mod chains;
#[cfg(test)]
mod client_certificates;
#[cfg(test)]
mod command;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod cookies;
#[cfg(test)]
mod dns;
#[cfg(test)]
mod dns_answers;
#[cfg(test)]
mod domain;
#[cfg(test)]
mod encodings;
#[cfg(test)]
mod heartbeat;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hostile_apis;
#[cfg(test)]
mod hostile_mysql;
#[cfg(test)]
mod hostile_services;
#[cfg(test)]
mod http;
#[cfg(test)]
mod http2_frames;
#[cfg(test)]
mod http2_server;
#[cfg(test)]
mod http_versions;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod llm;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod name_server;
#[cfg(test)]
mod params;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod redirects;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod statuspage;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tcp;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod unbounded_answers;
