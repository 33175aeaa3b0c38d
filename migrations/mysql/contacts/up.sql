-- A table that was made without a thought of two users at once.
CREATE TABLE contacts (
    id    INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name  VARCHAR(100) NOT NULL,
    email VARCHAR(100)
);
