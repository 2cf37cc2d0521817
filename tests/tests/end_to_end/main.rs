//! The `allclear` command as a separate process in its own folder, with the simulator as its
//! environment. The tests use no internals of the product: they examine what it prints, serves,
//! sends and stores.

#[cfg(test)]
mod attack;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cadence;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod channels;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod first_look;
#[cfg(test)]
mod heartbeats;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod impaired;
#[cfg(test)]
mod incidents;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod llm_keys;
#[cfg(test)]
mod llm_models;
#[cfg(test)]
mod llm_ours;
#[cfg(test)]
mod llm_outage;
#[cfg(test)]
mod llm_rows;
#[cfg(test)]
mod llm_streams;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod notify;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod queries;
mod reload;
#[cfg(test)]
mod render;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod server;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod slow_clients;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod store_trouble;
#[cfg(test)]
mod summaries;
#[cfg(test)]
mod suppression;
#[cfg(test)]
mod takeover;
