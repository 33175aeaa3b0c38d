//! One operation of a client, and what is recorded of it.

use super::part::Part;
use crate::history::names;
use crate::history::{
    Call, Face, LeaseAnswer, LeaseCall, LeaseKind, LeaseName, Name, Refused, Row, Stamp,
};
use serde::{Deserialize, Serialize};

/// An operation that was begun.
#[derive(Debug, Serialize, Deserialize)]
#[must_use = "an operation without an answer has an unknown outcome"]
pub struct Open {
    place: usize,
    session: u32,
    face: Face,
    #[serde(deserialize_with = "names::known")]
    name: Name,
    unit: u64,
    began: u64,
}

/// What an operation did and saw, or may do.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Answered {
    pub parts: Vec<Part>,
    /// The stamps that it was to write, and that are in no row.
    pub refused: Vec<(Row, Stamp)>,
    pub lease: Option<LeasePart>,
}

/// A [`LeaseCall`] without its client and its times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeasePart {
    pub row: Row,
    pub kind: LeaseKind,
    pub owner: String,
    pub lease: Option<LeaseName>,
    pub answer: LeaseAnswer,
}

/// What is in the place of an operation.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) calls: Vec<Call>,
    pub(super) refused: Vec<Refused>,
    pub(super) lease: Option<LeaseCall>,
}

impl From<Vec<Part>> for Answered {
    fn from(parts: Vec<Part>) -> Self {
        Self {
            parts,
            ..Self::default()
        }
    }
}

impl From<Part> for Answered {
    fn from(part: Part) -> Self {
        vec![part].into()
    }
}

impl Answered {
    pub fn with_lease(self, lease: impl Into<Option<LeasePart>>) -> Self {
        Self {
            lease: lease.into(),
            ..self
        }
    }
}

impl Open {
    pub(super) fn new(
        place: usize,
        session: u32,
        face: Face,
        name: &'static str,
        unit: u64,
        began: u64,
    ) -> Self {
        Self {
            place,
            session,
            face,
            name,
            unit,
            began,
        }
    }

    pub(super) fn place(&self) -> usize {
        self.place
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn record(&self, answered: Answered, ended: Option<u64>) -> Record {
        let Self {
            session,
            face,
            name,
            unit,
            began,
            ..
        } = *self;
        let call = |part: Part| Call {
            session,
            unit,
            face,
            name,
            row: part.row,
            began,
            ended,
            requires: part.requires,
            makes: part.makes,
            leaves: part.leaves,
        };
        let refused = |(row, stamp)| Refused {
            session,
            unit,
            face,
            name,
            row,
            began,
            ended: ended.unwrap_or(u64::MAX),
            stamp,
        };
        let lease = |part: LeasePart| LeaseCall {
            session,
            face,
            name,
            row: part.row,
            began,
            ended,
            kind: part.kind,
            owner: part.owner,
            lease: part.lease,
            answer: part.answer,
        };
        Record {
            calls: answered.parts.into_iter().map(call).collect(),
            refused: answered.refused.into_iter().map(refused).collect(),
            lease: answered.lease.map(lease),
        }
    }
}
