//! The executors against real processes, a stub of `systemctl`, and container engines at a Unix socket.

#![cfg(unix)]

#[cfg(test)]
mod command;
#[cfg(test)]
mod container;
#[cfg(test)]
mod systemd;
#[cfg(test)]
mod webhook;
#[cfg(test)]
mod world;
