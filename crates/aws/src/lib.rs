#![doc = include_str!("../README.md")]

pub mod actions;
pub mod cloud;
pub mod dead_letter;
pub mod dynamo;
pub mod invoke;
pub mod secrets;
pub mod ses;
pub mod signed;
pub mod signing;
pub mod site;
pub mod sns;
