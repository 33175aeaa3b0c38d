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
    /// The columns of each unique index that is about all rows.
    pub(super) unique: Vec<Vec<String>>,
    pub(super) triggers: Vec<Trigger>,
    pub(super) actions: Vec<Action>,
    /// The engine, if it has no transactions.
    pub(super) without_transactions: Option<String>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) ty: String,
    pub(super) is_nullable: bool,
    pub(super) has_default: bool,
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

impl Relation {
    pub(super) fn column(&self, name: &str, is_same: fn(&str, &str) -> bool) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| is_same(&column.name, name))
    }
}
