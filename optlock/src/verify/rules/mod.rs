//! What is wrong with what was read: nothing here sends anything.

mod default;
mod fits;
mod generated;
mod key;
mod mend;
mod others;
mod trigger;
mod version;

use super::checks::Asked;
use super::found::{Column, Connection, Found, Relation};
use super::report::{Finding, Kind, Remedy, Severity};
use crate::backend::Database;
use crate::shape::Shape;

/// All findings but those that are allowed.
pub(super) fn findings(asked: &Asked, database: Database, found: &Found) -> Vec<Finding> {
    let rules = Rules {
        shape: &asked.shape,
        database,
    };
    let mut findings = rules.connection(&found.connection);
    match &found.relation {
        None => findings.push(rules.table_missing()),
        Some(relation) => rules.relation(asked, relation, &mut findings),
    }
    findings.retain(|finding| !asked.allowed.contains(&finding.kind));
    findings
}

/// What is asked of a table.
struct Rules<'r> {
    shape: &'r Shape,
    database: Database,
}

impl Rules<'_> {
    fn relation(&self, asked: &Asked, relation: &Relation, findings: &mut Vec<Finding>) {
        findings.extend(self.columns_missing(relation));
        if relation.is_view {
            findings.push(self.view());
        } else {
            findings.extend(self.without_transactions(relation));
            findings.extend(self.key(relation));
            findings.extend(self.scope_never_null(relation));
            if let Some(version) = self.column(relation, self.shape.version.column) {
                findings.extend(self.version(version, relation));
                findings.extend(self.not_generated(version, asked, relation));
            }
        }
        let sql = asked.trigger.map(|trigger| trigger(self.database));
        if let Some(sql) = &sql {
            findings.extend(self.trigger(sql, relation));
            findings.extend(self.triggers_of_heirs(sql, relation));
        }
        findings.extend(self.other_triggers(relation));
        findings.extend(self.second_writes(asked, relation));
        findings.extend(self.inheritance(relation));
        findings.extend(self.actions(relation));
    }

    fn finding(&self, kind: Kind, severity: Severity, message: String, remedy: Remedy) -> Finding {
        Finding {
            kind,
            severity,
            table: Some(self.table_name()),
            message,
            remedy,
        }
    }

    fn error(&self, kind: Kind, message: String, remedy: Remedy) -> Finding {
        self.finding(kind, Severity::Error, message, remedy)
    }

    fn hint(&self, kind: Kind, message: String, remedy: Remedy) -> Finding {
        self.finding(kind, Severity::Hint, message, remedy)
    }

    /// As messages name it.
    fn table_name(&self) -> String {
        match &self.shape.schema {
            Some(schema) => format!("{schema}.{}", self.shape.table),
            None => self.shape.table.clone(),
        }
    }

    /// The version column, as messages name it.
    fn version_name(&self) -> String {
        format!("{}.{}", self.table_name(), self.shape.version.column)
    }

    /// Are two names of columns one?
    fn is_same(&self) -> fn(&str, &str) -> bool {
        match self.database {
            Database::Postgres => |one, other| one == other,
            Database::Sqlite | Database::Mysql => |one, other| one.eq_ignore_ascii_case(other),
        }
    }

    fn column<'f>(&self, relation: &'f Relation, name: &str) -> Option<&'f Column> {
        relation.column(name, self.is_same())
    }

    fn table_missing(&self) -> Finding {
        self.error(
            Kind::TableMissing,
            format!("there is no table {}", self.table_name()),
            steps("run the migrations, or look for it in another schema, or as another role"),
        )
    }

    fn view(&self) -> Finding {
        self.hint(
            Kind::View,
            format!(
                "{} is no table, so that only its columns were checked",
                self.table_name()
            ),
            steps("verify a model of the table beneath"),
        )
    }

    fn columns_missing(&self, relation: &Relation) -> Vec<Finding> {
        let columns = self.shape.columns.iter();
        let missing = columns.filter(|name| self.column(relation, name).is_none());
        missing
            .map(|name| {
                let (role, remedy) = self.role_of(name, relation);
                let table = self.table_name();
                self.error(
                    Kind::ColumnMissing,
                    format!("{table} has no column {name}{role}"),
                    remedy,
                )
            })
            .collect()
    }

    /// What the model needs a column for, and how to add it.
    fn role_of(&self, name: &str, relation: &Relation) -> (&'static str, Remedy) {
        let steps = steps("add it in a migration, or remove it from `table!`");
        let shape = self.shape;
        if name == shape.version.column {
            let sql = (!relation.is_view)
                .then(|| self.add_version(relation))
                .flatten();
            return (", the version", sql.map_or(steps, Remedy::Sql));
        }
        let is_scope = shape.scope.iter().any(|column| column.name == name);
        let is_stamp = shape.stamp.is_some_and(|stamp| stamp.column == name);
        let role = match (is_scope, is_stamp) {
            (true, _) => ", the scope",
            (_, true) => ", the audit stamp",
            _ if shape.key.iter().any(|column| column == name) => ", the key",
            _ => "",
        };
        (role, steps)
    }

    /// A row is in scope while the column is NULL.
    fn scope_never_null(&self, relation: &Relation) -> Vec<Finding> {
        let scope = self.shape.scope.iter().filter(|column| !column.has_value);
        let never = scope.filter(|column| {
            let found = self.column(relation, column.name);
            found.is_some_and(|found| !found.is_nullable)
        });
        never
            .map(|column| self.scope_not_null(column.name))
            .collect()
    }

    fn scope_not_null(&self, name: &str) -> Finding {
        let (table, quoted) = (self.quoted_table(), self.database.quote(name));
        let sql = (self.database == Database::Postgres)
            .then(|| format!("ALTER TABLE {table} ALTER COLUMN {quoted} DROP NOT NULL;"));
        self.error(
            Kind::ScopeNeverNull,
            format!(
                "{}.{name} is NOT NULL, and rows are in scope while it is NULL: none is ever found",
                self.table_name()
            ),
            mended_by(
                sql,
                "let it be NULL, and set it to NULL in the rows that are in scope",
            ),
        )
    }

    fn without_transactions(&self, relation: &Relation) -> Option<Finding> {
        let engine = relation.without_transactions.as_ref()?;
        let table = self.table_name();
        // Another engine would copy the rows of the tables beneath, which go on without it.
        let remedy = if engine.eq_ignore_ascii_case("MRG_MyISAM") {
            steps("make one InnoDB table of those beneath it: no key is unique across them either")
        } else if relation.keeps_history {
            steps(
                "MariaDB changes no engine of a table that keeps its history: make a new one, and copy the rows",
            )
        } else {
            let alter = format!("ALTER TABLE {} ENGINE = InnoDB;", self.quoted_table());
            Remedy::Sql(alter)
        };
        Some(self.error(
            Kind::NoTransactions,
            format!("{table} is of the engine {engine}, which rolls nothing back"),
            remedy,
        ))
    }

    /// Not about the table, which they leave out, so that many models report them once.
    fn connection(&self, connection: &Connection) -> Vec<Finding> {
        let of_connection = |kind, severity, message, steps_| Finding {
            kind,
            severity,
            table: None,
            message,
            remedy: steps(steps_),
        };
        let pooler = connection.pooler.as_ref().map(|sign| {
            of_connection(
                Kind::Pooler,
                Severity::Hint,
                format!("a pooler is before PostgreSQL, seen by {sign}"),
                "in transaction mode without prepared statements, PgBouncer runs the statement of another client: \
                 read the chapter `poolers`",
            )
        });
        let counts = connection.counts_changed_rows.then(|| {
            of_connection(
                Kind::CountsChangedRows,
                Severity::Error,
                "the connection counts changed rows, and not those that match".to_owned(),
                "open it by `AsyncMysqlConnection::establish`, or with `client_found_rows(true)` in the options of mysql_async",
            )
        });
        pooler.into_iter().chain(counts).collect()
    }
}

/// The SQL where there is one, and else the steps.
fn mended_by(sql: Option<String>, otherwise: &str) -> Remedy {
    sql.map_or_else(|| steps(otherwise), Remedy::Sql)
}

fn steps(steps: &str) -> Remedy {
    Remedy::Steps(steps.to_owned())
}
