//! The generator: reduces the state to a public snapshot and publishes the page.
