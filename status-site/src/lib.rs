//! A public snapshot to the files of a static status page.
