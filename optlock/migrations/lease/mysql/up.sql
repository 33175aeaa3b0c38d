-- Edit leases of optlock: who edits a row, and until when. Times are microseconds since 1970 in UTC.
-- Texts are compared byte by byte: a collation would take 'amy' and 'amy ' for one owner.
CREATE TABLE IF NOT EXISTS optlock_leases (
    table_name  VARBINARY(512) NOT NULL,
    row_hash    VARBINARY(64) NOT NULL, -- SHA-256 of the text of the key
    row_text    VARBINARY(255) NOT NULL, -- the text of the key, or its beginning
    lease_id    VARBINARY(36) NOT NULL, -- of this acquisition
    fence       BIGINT NOT NULL,
    owner       VARBINARY(255) NOT NULL, -- the person
    holder      VARBINARY(255) NOT NULL, -- the page or process
    acquired_at BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL, -- no renewal goes beyond
    stolen_from VARBINARY(255) NOT NULL,
    wished_by   VARBINARY(255) NOT NULL,
    wished_at   BIGINT NOT NULL,
    PRIMARY KEY (table_name, row_hash),
    KEY optlock_leases_owner (owner)
) ENGINE = InnoDB;

-- Who looks at a row, on which page, and until when.
CREATE TABLE IF NOT EXISTS optlock_presence (
    table_name VARBINARY(512) NOT NULL,
    row_hash   VARBINARY(64) NOT NULL, -- SHA-256 of the text of the key
    row_text   VARBINARY(255) NOT NULL, -- the text of the key, or its beginning
    who        VARBINARY(255) NOT NULL,
    page       VARBINARY(255) NOT NULL,
    since      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (table_name, row_hash, who, page),
    KEY optlock_presence_who (who)
) ENGINE = InnoDB;
