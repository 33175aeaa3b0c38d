//! Chapters that tell of several items together.

#[doc = include_str!("../docs/conflicts.md")]
pub mod conflicts {}
