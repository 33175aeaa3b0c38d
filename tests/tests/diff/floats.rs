//! Values that do not equal themselves.

use super::{differing, in_conflict};
use optlock::Diff;

#[derive(Debug, Clone, Diff)]
struct Measurement {
    #[allow(dead_code)]
    id: i32,
    value: f64,
    series: Vec<f64>,
}

fn measurement(value: f64, series: &[f64]) -> Measurement {
    Measurement {
        id: 1,
        value,
        series: series.to_vec(),
    }
}

const NAN: f64 = f64::NAN;

#[test]
fn a_nan_that_nobody_touched_is_no_change() {
    let base = measurement(NAN, &[1.0, NAN]);
    assert!(differing(&base, &base.clone()).is_empty());
    let merged = Measurement::merge(&base, &base, &base);
    assert!(merged.conflicts.is_empty() && merged.taken_from_theirs.is_empty());
}

#[test]
fn a_nan_that_was_replaced_is_a_change() {
    let base = measurement(NAN, &[1.0, NAN]);
    let mine = measurement(1.0, &[2.0, NAN]);
    assert_eq!(differing(&base, &mine), ["value", "series"]);
    let merged = Measurement::merge(&base, &mine, &base).value;
    assert_eq!(merged.value, 1.0);
    assert_eq!(merged.series[0], 2.0);
    let merged = Measurement::merge(&base, &base, &mine);
    assert_eq!(merged.taken_from_theirs.len(), 2);
}

#[test]
fn a_number_that_became_nan_is_a_change() {
    let (base, mine) = (measurement(1.0, &[]), measurement(NAN, &[]));
    assert!(Measurement::merge(&base, &mine, &base).value.value.is_nan());
    // Both did: they agree.
    assert!(Measurement::merge(&base, &mine, &mine).conflicts.is_empty());
    let theirs = measurement(2.0, &[]);
    let merged = Measurement::merge(&base, &mine, &theirs);
    assert_eq!(in_conflict(&merged.conflicts), ["value"]);
}

#[test]
fn minus_zero_equals_zero() {
    assert!(differing(&measurement(0.0, &[]), &measurement(-0.0, &[])).is_empty());
}
