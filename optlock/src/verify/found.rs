//! What was read of a database.

/// The table, and the connection.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// `None` if there is no such table.
    pub(super) relation: Option<Relation>,
    pub(super) connection: Connection,
}

/// A table or a view.
#[derive(Debug, Default)]
pub(super) struct Relation {
    pub(super) is_view: bool,
    pub(super) columns: Vec<Column>,
    pub(super) unique: Vec<Unique>,
    pub(super) triggers: Vec<Trigger>,
    /// The tables whose rows are those of the table too.
    pub(super) heirs: Vec<Heir>,
    pub(super) actions: Vec<Action>,
    /// The engine, if it has no transactions.
    pub(super) without_transactions: Option<String>,
    /// MariaDB keeps each row that was.
    pub(super) keeps_history: bool,
    pub(super) kept: Kept,
}

/// What belongs to the version column beside its type, its NOT NULL and its default, and is to be kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// For `MODIFY`, which states the whole column: ` COMMENT 'since 2020' CHECK (..)`.
    pub(super) clauses: String,
    /// What SQL of ours cannot keep: `trigger touch on table contacts`.
    pub(super) obstacles: Vec<String>,
}

/// A unique index that is about all rows.
#[derive(Debug, Default)]
pub(super) struct Unique {
    pub(super) columns: Vec<String>,
    /// A NULL in it equals a NULL.
    pub(super) nulls_are_same: bool,
    /// SQLite's `VACUUM` may give each row another value.
    pub(super) is_renumbered: bool,
    /// If it is checked at the end of a transaction, how `ALTER TABLE` makes it one that is not.
    pub(super) immediate: Option<String>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) ty: String,
    pub(super) is_nullable: bool,
    /// Its text, as the database shows it, or [`IDENTITY`].
    pub(super) default: Option<String>,
    /// The database computes each value, and takes none: `GENERATED ALWAYS`.
    pub(super) is_computed: bool,
}

/// A trigger of the table.
#[derive(Debug)]
pub(super) struct Trigger {
    pub(super) name: String,
    /// When it fires.
    pub(super) definition: String,
    /// What it does. On SQLite that is in the definition.
    pub(super) body: String,
    pub(super) is_enabled: bool,
}

/// A partition of a table of PostgreSQL's, or a table that inherits from it, or from such a one.
#[derive(Debug)]
pub(super) struct Heir {
    /// As SQL names it.
    pub(super) name: String,
    pub(super) is_partition: bool,
    /// Those that fire before the update of a row.
    pub(super) triggers: Vec<Trigger>,
}

/// A foreign key that changes rows of the table when their parents change.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) constraint: String,
    pub(super) parent: String,
    /// `ON UPDATE CASCADE`
    pub(super) what: String,
}

/// What is seen of the connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    /// By what a pooler is seen.
    pub(super) pooler: Option<String>,
    pub(super) counts_changed_rows: bool,
}

/// The default of an identity column of PostgreSQL's.
pub(super) const IDENTITY: &str = "IDENTITY";

impl Column {
    pub(super) fn is_identity(&self) -> bool {
        self.default.as_deref() == Some(IDENTITY)
    }
}

impl Unique {
    pub(super) fn of(columns: Vec<String>) -> Self {
        Self {
            columns,
            ..Self::default()
        }
    }
}

impl Relation {
    pub(super) fn column(&self, name: &str, is_same: fn(&str, &str) -> bool) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| is_same(&column.name, name))
    }
}
