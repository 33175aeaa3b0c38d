//! Chapters that tell of several items together.

#[doc = include_str!("../docs/conflicts.md")]
pub mod conflicts {}

#[doc = include_str!("../docs/scope.md")]
pub mod scope {}

#[doc = include_str!("../docs/moving_existing_code.md")]
pub mod moving_existing_code {}
