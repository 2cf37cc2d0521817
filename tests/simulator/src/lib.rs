//! A local server whose endpoints follow a script of faults.
