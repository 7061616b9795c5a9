//! One file a detector, and the table that lists them.

pub mod constant;
pub mod random;

use crate::kinds::Kind;

/// Every kind, in the order of `oddbench models`.
pub(crate) const KINDS: &[Kind] = &[constant::KIND, random::KIND];
