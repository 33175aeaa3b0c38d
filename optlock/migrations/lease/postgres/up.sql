-- Edit leases of optlock: who edits a row, and until when. Times are microseconds since 1970 in UTC.
CREATE TABLE IF NOT EXISTS optlock_leases (
    table_name  TEXT NOT NULL,
    row_hash    TEXT NOT NULL, -- SHA-256 of the text of the key
    row_text    TEXT NOT NULL, -- the text of the key, or its beginning
    lease_id    TEXT NOT NULL, -- of this acquisition
    fence       BIGINT NOT NULL,
    owner       TEXT NOT NULL, -- the person
    holder      TEXT NOT NULL, -- the page or process
    acquired_at BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL, -- no renewal goes beyond
    stolen_from TEXT NOT NULL,
    wished_by   TEXT NOT NULL,
    wished_at   BIGINT NOT NULL,
    PRIMARY KEY (table_name, row_hash)
);
CREATE INDEX IF NOT EXISTS optlock_leases_owner ON optlock_leases (owner);

-- Who looks at a row, on which page, and until when.
CREATE TABLE IF NOT EXISTS optlock_presence (
    table_name TEXT NOT NULL,
    row_hash   TEXT NOT NULL, -- SHA-256 of the text of the key
    row_text   TEXT NOT NULL, -- the text of the key, or its beginning
    who        TEXT NOT NULL,
    page       TEXT NOT NULL,
    since      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (table_name, row_hash, who, page)
);
CREATE INDEX IF NOT EXISTS optlock_presence_who ON optlock_presence (who);
