-- The version that optlock checks. NOT NULL, because NULL equals nothing: with `i64` such a row could never be saved (only an
-- `Option<i64>` finds it). With a default, so that the rows that are there, and programs that do not know the column, start with the
-- first version.
-- A constant default rewrites no row (MariaDB 10.3, MySQL 8.0 and later).
ALTER TABLE contacts ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
