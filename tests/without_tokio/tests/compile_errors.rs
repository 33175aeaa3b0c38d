//! Without the feature `tokio` a retry on an async connection has to be told how to wait.

#[test]
fn a_retry_says_what_it_needs() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
