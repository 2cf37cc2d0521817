//! Tests of each behavior from the point of view of a client on a socket.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod client;
#[cfg(test)]
mod command;
#[cfg(test)]
mod dns;
#[cfg(test)]
mod http;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod llm;
#[cfg(test)]
mod tcp;
#[cfg(test)]
mod tls;
