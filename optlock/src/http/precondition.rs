//! Which precondition a request had, for the status of its error.

use super::evaluate::Preconditions;
use super::if_match::IfMatch;
use super::if_none_match::IfNoneMatch;

/// Which precondition a request had. An error alone does not know it, and [`status`](super::status()) depends
/// on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Precondition {
    header: Header,
    may_create: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Header {
    #[default]
    None,
    IfMatch,
    IfMatchAny,
    IfNoneMatch,
}

impl Precondition {
    /// None: the version came in the body, or in a form.
    pub const NONE: Self = Self::of(Header::None);
    /// `If-Match` with tags.
    pub const IF_MATCH: Self = Self::of(Header::IfMatch);
    /// `If-Match: *`.
    pub const IF_MATCH_ANY: Self = Self::of(Header::IfMatchAny);
    /// `If-None-Match`, on a PUT that may only create.
    pub const IF_NONE_MATCH: Self = Self::of(Header::IfNoneMatch);

    const fn of(header: Header) -> Self {
        Self {
            header,
            may_create: false,
        }
    }

    /// The request is a PUT that creates the row if there is none. If it came with `If-Match`, a row that is
    /// missing is a failed precondition then, and not a 404.
    pub const fn may_create(self) -> Self {
        Self {
            may_create: true,
            ..self
        }
    }

    /// Did the client name the versions that it is willing to change?
    pub(super) fn is_if_match(self) -> bool {
        matches!(self.header, Header::IfMatch | Header::IfMatchAny)
    }

    /// Was there a header?
    pub(super) fn is_some(self) -> bool {
        self.header != Header::None
    }

    /// Is a row that is missing a failed precondition? Where the request would be a 404 without its header,
    /// it stays one: preconditions are evaluated only where the answer would be a success (RFC 9110, section
    /// 13.2.1). But `*` asks whether there is a row.
    pub(super) fn asks_for_a_row(self) -> bool {
        match self.header {
            Header::None | Header::IfNoneMatch => false,
            Header::IfMatch => self.may_create,
            Header::IfMatchAny => true,
        }
    }
}

impl From<&IfMatch> for Precondition {
    fn from(if_match: &IfMatch) -> Self {
        if if_match.is_any() {
            Self::IF_MATCH_ANY
        } else {
            Self::IF_MATCH
        }
    }
}

impl From<&IfNoneMatch> for Precondition {
    fn from(_: &IfNoneMatch) -> Self {
        Self::IF_NONE_MATCH
    }
}

/// `If-Match` if there are both: it is evaluated first.
impl From<&Preconditions> for Precondition {
    fn from(preconditions: &Preconditions) -> Self {
        match (preconditions.if_match(), preconditions.if_none_match()) {
            (Some(if_match), _) => if_match.into(),
            (None, Some(if_none_match)) => if_none_match.into(),
            (None, None) => Self::NONE,
        }
    }
}
