//! How the rules are played: in one transaction that is rolled back, each in a savepoint of it.

use super::broken::{Broken, Rule};
use super::seen::{Seen, succeeds};
use crate::error::Error;
use crate::executes::{Executes, Wire};
use crate::operation::{OfVersion, ReadRow, lock_checked};
use crate::transaction::Open;
use crate::versioned::Versioned;

const TRANSACTION: Rule = Rule {
    name: "transaction",
    means: "the rules are played in a transaction that is rolled back",
};

const ROW: Rule = Rule {
    name: "row",
    means: "the value is one whose row is in the table, in its scope, and at its version: insert or load it before",
};

/// What is played, and what does not hold so far.
pub(super) struct Play<'t, X: Executes> {
    whole: Open<'t, X>,
    broken: Broken,
}

impl<'t, X: Executes> Play<'t, X> {
    /// Begins the transaction, and locks the row: other clients wait, and no write of theirs is taken for a broken rule.
    pub(super) async fn begin<M>(model: &M, conn: &'t mut Wire<'_, X>) -> Result<Self, Broken>
    where
        M: Versioned + ReadRow<OfVersion, X>,
    {
        let broken = Broken::nothing(model);
        match Open::atomic(conn).await {
            Ok(whole) => Self { whole, broken }.lock(model).await,
            Err(error) => Err(broken.because(TRANSACTION, error.into())),
        }
    }

    async fn lock<M>(mut self, model: &M) -> Result<Self, Broken>
    where
        M: Versioned + ReadRow<OfVersion, X>,
    {
        match lock_checked(model, self.whole.wire()).await {
            Ok(()) => Ok(self),
            Err(error) => {
                let _ = self.whole.end(false).await;
                Err(self.broken.because(ROW, error))
            }
        }
    }

    /// A savepoint, for one rule.
    pub(super) async fn savepoint<'p>(&'p mut self) -> Result<Open<'p, X>, Error>
    where
        't: 'p,
    {
        Ok(Open::atomic(self.whole.wire()).await?)
    }

    /// Keeps what was seen, and returns whether the rule holds.
    pub(super) fn keep(&mut self, rule: Rule, seen: Seen) -> bool {
        self.broken.keep(rule, seen)
    }

    /// Without a savepoint no other rule can be played.
    pub(super) fn cannot_go_on(&mut self, error: Error) {
        let seen = succeeds("its savepoint", Err(error));
        self.broken.keep(TRANSACTION, seen);
    }

    /// Rolls back.
    pub(super) async fn end(mut self) -> Result<(), Broken> {
        let _ = self.whole.end(false).await;
        self.broken.into_result()
    }
}

impl Broken {
    /// The only rule that is broken is this one, since none other could be played.
    fn because(mut self, rule: Rule, error: Error) -> Self {
        self.keep(rule, succeeds("its beginning", Err(error)));
        self
    }
}

/// Plays the rules of a list, one after the other. Behind a rule with `or stop` none is played if it is broken: it
/// would say the same in other words.
macro_rules! play {
    ($model:expr, ($subject:ident, $conn:ident) {
        $($name:literal, $means:literal $(, or $stop:ident)? => $check:path;)+
    }) => {{
        let mut play = Play::begin($model, $conn).await?;
        'rules: {
            $(
                let played = {
                    let begun = play.savepoint().await;
                    match begun {
                        Ok(mut open) => {
                            let seen = $check($subject, open.wire()).await;
                            // Its errors are ignored: without a transaction the next savepoint fails.
                            let _ = open.end(false).await;
                            Ok(seen)
                        }
                        Err(error) => Err(error),
                    }
                };
                let seen = match played {
                    Ok(seen) => seen,
                    Err(error) => {
                        play.cannot_go_on(error);
                        break 'rules;
                    }
                };
                let rule = Rule { name: $name, means: $means };
                let _holds = play.keep(rule, seen);
                $(play!($stop unless _holds in 'rules);)?
            )+
        }
        play.end().await
    }};
    (stop unless $holds:ident in $rules:lifetime) => {
        if !$holds {
            break $rules;
        }
    };
}

pub(super) use play;
