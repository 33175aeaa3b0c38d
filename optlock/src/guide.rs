//! Chapters that tell of several items together.

#[doc = include_str!("../docs/conflicts.md")]
pub mod conflicts {}

#[doc = include_str!("../docs/scope.md")]
pub mod scope {}
