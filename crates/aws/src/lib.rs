#![doc = include_str!("../README.md")]

pub mod aside;
pub mod cloud;
pub mod dynamo;
pub mod invoke;
pub mod secrets;
pub mod signed;
pub mod signing;
pub mod site;
pub mod sns;
