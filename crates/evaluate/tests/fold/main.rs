//! Tests of the fold: scenarios in one letter per outcome, and properties that hold for any log of runs.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod alerts;
#[cfg(test)]
mod attempts;
#[cfg(test)]
mod config_changes;
#[cfg(test)]
mod confirmation;
#[cfg(test)]
mod continued;
#[cfg(test)]
mod durations;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod grouping;
#[cfg(test)]
mod incidents;
#[cfg(test)]
mod model;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod operator_entries;
#[cfg(test)]
mod partial_failure;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod region_properties;
#[cfg(test)]
mod regions;
#[cfg(test)]
mod route_regions;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod rule_evaluation;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod scenario;
#[cfg(test)]
mod standing;
mod storm;
#[cfg(test)]
mod summaries;
#[cfg(test)]
mod suppression;
#[cfg(test)]
mod uptime;
#[cfg(test)]
mod window_revisions;
