//! Decides whether the answers of an epoch can have come from rows that are written one call after another.
