//! What a check has found.

use std::error::Error;
use std::fmt;

/// What [`verify`](crate::verify()) has found: nothing, or findings, the errors first.
///
/// Its `Display` is a report of several lines for a log. [`into_result`](Self::into_result) turns it into an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a report is for a log, or for `into_result()`"]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(findings: Vec<Finding>) -> Self {
        let mut report = Self::default();
        report.add(findings);
        report
    }

    /// Takes the findings of another report over.
    pub fn append(&mut self, other: Report) {
        self.add(other.findings);
    }

    /// One of the connection is found with each model.
    fn add(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
        self.findings.sort_by_key(|finding| finding.severity);
    }

    /// All findings, the errors first.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Is there no finding, not even a hint?
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Is one of the findings an error?
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(Finding::is_error)
    }

    /// Fails if one of the findings is an error. Log the report first: with hints only it is `Ok`, and they are gone.
    ///
    /// # Errors
    ///
    /// [`Unverified`], with the whole report.
    pub fn into_result(self) -> Result<(), Unverified> {
        if self.has_errors() {
            Err(Unverified(self))
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing found");
        }
        for (index, finding) in self.findings.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

/// A table that is not as the code believes: the error of [`Report::into_result`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified(Report);

impl Unverified {
    /// The report, hints included.
    pub fn report(&self) -> &Report {
        &self.0
    }
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the database is not as the models need it\n{}", self.0)
    }
}

impl Error for Unverified {}

/// Something that is not as a model needs it, or that may be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub(super) kind: Kind,
    pub(super) severity: Severity,
    pub(super) table: Option<String>,
    pub(super) message: String,
    pub(super) remedy: Remedy,
}

impl Finding {
    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Is it an error, and no hint?
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The table, with its schema if the model names it. `None` if it is about the connection.
    pub fn table(&self) -> Option<&str> {
        self.table.as_deref()
    }

    /// What to do about it.
    pub fn remedy(&self) -> &Remedy {
        &self.remedy
    }
}

/// `error: contacts.version can be NULL, ..`, and what to do in a second line.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Hint => "hint",
        };
        write!(f, "{severity}: {}\n    {}", self.message, self.remedy)
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A write can fail, or be lost.
    Error,
    /// Perhaps all is well: look at it.
    Hint,
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// SQL for a migration, or for `batch_execute`.
    Sql(String),
    /// What no SQL of ours can do.
    Steps(String),
}

impl Remedy {
    /// The SQL, if there is one.
    pub fn sql(&self) -> Option<&str> {
        match self {
            Self::Sql(sql) => Some(sql),
            Self::Steps(_) => None,
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sql(sql) => f.write_str(&sql.trim_end().replace('\n', "\n    ")),
            Self::Steps(steps) => f.write_str(steps),
        }
    }
}

/// What a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// An error: there is no such table.
    TableMissing,
    /// An error: the table lacks a column that `table!` names, or one of the version, the scope or the audit stamp.
    ColumnMissing,
    /// An error: the version can be NULL, which the token cannot. In SQL nothing equals NULL, so such a row is never saved.
    VersionNullable,
    /// An error: the version column has a type that does not hold each token.
    VersionType,
    /// An error: the version column cuts a timestamp, so that the second save of a value is refused.
    VersionPrecision,
    /// The version column has no default, so that a program which does not know the column inserts nothing. An error if
    /// the version is an integer, and else a hint.
    VersionWithoutDefault,
    /// An error: the default of the version column is a version that says that a value was never stored, 0 for example, so
    /// that [`upsert_checked`](crate::VersionedDsl::upsert_checked) inserts such a row again when it was deleted.
    VersionDefaultUnstored,
    /// An error: the version column is `GENERATED ALWAYS`, so that no save can write it.
    VersionComputed,
    /// An error: the column of a `#[optlock(scope = none)]` is NOT NULL, so that no row is in scope.
    ScopeNeverNull,
    /// An error: several rows can have one key, and a save could write them all.
    KeyNotUnique,
    /// A hint: the key is `DEFERRABLE`, so that [`upsert_checked`](crate::VersionedDsl::upsert_checked) cannot insert, and
    /// before a COMMIT two rows can have one key.
    KeyDeferrable,
    /// A hint: the key is SQLite's rowid, without a column that keeps it, so that `VACUUM` changes it.
    KeyRenumbered,
    /// An error: the database is to [generate](crate::Versioned::GENERATED) the version, and no trigger of the table that is
    /// switched on speaks of it.
    VersionNotGenerated,
    /// An error: the trigger is not there ([`Checks::with_trigger`](super::Checks::with_trigger)).
    TriggerMissing,
    /// An error: the trigger has another text.
    TriggerDiffers,
    /// An error: the trigger is there, and switched off.
    TriggerDisabled,
    /// An error: the table's engine has no transactions, so that nothing is rolled back.
    NoTransactions,
    /// An error: the connection counts the rows that a statement changes, and not those that it matches.
    CountsChangedRows,
    /// A hint: another trigger speaks of the version.
    OtherTrigger,
    /// A hint: beside optlock's trigger, another one updates the table in its turn.
    SecondWrite,
    /// A hint: on PostgreSQL, other tables inherit from the table.
    Inheritance,
    /// A hint: a foreign key changes rows of the table, and nothing advances their version.
    ForeignKeyAction,
    /// A hint: a pooler is between the program and PostgreSQL.
    Pooler,
    /// A hint: it is no table but a view, of which only the columns can be checked.
    View,
}
