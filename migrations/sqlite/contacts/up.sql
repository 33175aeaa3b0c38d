-- A table that was made without a thought of two users at once.
CREATE TABLE contacts (
    id    INTEGER NOT NULL PRIMARY KEY,
    name  TEXT NOT NULL,
    email TEXT
);
