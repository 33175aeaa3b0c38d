//! The application in a real browser, two or three people at once. `bin/test-browser` starts the driver that this needs.
//!
//! Each test has an application, a database and names of its own. All pages are tested alike for two things: none may answer
//! with a 500, and each is [readable to everybody](browser::Window::check).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

mod application;
mod browser;

mod accessible;
mod conflicts;
mod contacts;
mod deleted;
mod hours;
mod json;
mod lines;
mod orders;
mod pictures;
mod refused;
