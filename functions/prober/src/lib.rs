//! The prober: runs the checks that are due and writes one run.
