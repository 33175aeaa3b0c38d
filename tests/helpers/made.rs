//! Contacts whose versions the database makes, by a trigger whose next version nobody can guess.

use crate::prelude::*;
use crate::{CAPABILITIES, Conn, Scratch};
use optlock::backend::Database;
use optlock_tests::schema::contacts;

#[derive(
    Debug,
    Clone,
    PartialEq,
    Queryable,
    Selectable,
    Identifiable,
    Insertable,
    AsChangeset,
    Versioned,
    Diff,
)]
#[diesel(table_name = contacts, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct Made {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
    #[diesel(skip_update, skip_insertion)]
    #[optlock(version, generated)]
    pub(crate) version: i64,
}

impl Made {
    pub(crate) fn stored(id: i32, conn: &mut Conn) -> Self {
        let made = contacts::table.find(id).select(Self::as_select());
        made.first(conn).unwrap()
    }

    /// Another client saves it under that name.
    pub(crate) fn rename(id: i32, name: &str, conn: &mut Conn) {
        let mut theirs = Self::stored(id, conn);
        theirs.name = name.to_owned();
        theirs.save_checked(conn).unwrap();
    }
}

/// So much higher is each version than the one before.
pub(crate) const STEP: i64 = 7;

/// A trigger of the user's that makes each version, whatever the writer says.
pub(crate) fn trigger() -> String {
    match CAPABILITIES.database {
        Database::Sqlite => format!(
            "CREATE TRIGGER makes AFTER UPDATE ON contacts WHEN NEW.version = OLD.version
             BEGIN UPDATE contacts SET version = OLD.version + {STEP} WHERE id = NEW.id; END"
        ),
        Database::Postgres => format!(
            "CREATE FUNCTION makes() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN NEW.version := OLD.version + {STEP}; RETURN NEW; END $$;
             CREATE TRIGGER makes BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION makes()"
        ),
        _ => format!(
            "CREATE TRIGGER makes BEFORE UPDATE ON contacts FOR EACH ROW
             SET NEW.version = OLD.version + {STEP}"
        ),
    }
}

/// A database with that trigger.
pub(crate) fn scratch() -> (Scratch, Conn) {
    let scratch = Scratch::new();
    let mut conn = scratch.connect();
    conn.batch_execute(&trigger()).unwrap();
    (scratch, conn)
}

/// A trigger that runs at each update of the table: on SQLite statements, elsewhere assignments to `NEW`.
pub(crate) fn on_update(table: &str, [sqlite, postgres, mysql]: [&str; 3], conn: &mut Conn) {
    let sql = match CAPABILITIES.database {
        Database::Sqlite => {
            format!("CREATE TRIGGER makes AFTER UPDATE ON {table} BEGIN {sqlite}; END")
        }
        Database::Postgres => format!(
            "CREATE FUNCTION makes() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN {postgres}; RETURN NEW; END $$;
             CREATE TRIGGER makes BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION makes()"
        ),
        _ => {
            format!("CREATE TRIGGER makes BEFORE UPDATE ON {table} FOR EACH ROW BEGIN {mysql}; END")
        }
    };
    conn.batch_execute(&sql).unwrap();
}

/// A trigger that makes each version of the table, in this column.
pub(crate) fn count(table: &str, version: &str, conn: &mut Conn) {
    let assigned = format!("NEW.{version} = OLD.{version} + {STEP}");
    let sqlite =
        format!("UPDATE {table} SET {version} = OLD.{version} + {STEP} WHERE rowid = NEW.rowid");
    on_update(
        table,
        [&sqlite, &assigned, &format!("SET {assigned}")],
        conn,
    );
}
