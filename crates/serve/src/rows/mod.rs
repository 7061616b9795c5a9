//! The rows of an experiment beside what its models say of them.

pub mod one;
pub mod parts;
pub mod table;
