-- The version that optlock checks. NOT NULL, because NULL equals nothing: with `i64` such a row could never be saved (only an
-- `Option<i64>` finds it). With a default, so that the rows that are there, and programs that do not know the column, start with the
-- first version.
-- SQLite writes no row for this: those that are there show the default.
ALTER TABLE contacts ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
