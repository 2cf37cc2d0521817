//! The `allclear` command from outside: its own process, its own folder, and the simulator as the
//! world that it watches. Nothing here reaches into the product; what is judged is what it prints,
//! serves, sends and keeps.

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
mod takeover;
