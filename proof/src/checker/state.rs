//! A row as a register: what a call requires of it, and makes of it.
//!
//! Versions are compared as ids. A write without an answer makes a version that nobody was told. A
//! number is the next one. A token is *unknown* until a later call sees it: a requirement of a
//! token that no call of the history is known to make can be met by an unknown one, which then is
//! that token, and no other write may become it (tokens are unique). That an unknown version is
//! another one than such a token is remembered too.

use super::row::{After, RowHistory};
use super::sets::{SetId, Sets};
use crate::history::{Contents, Makes, Requires, Stamp, Version};
use std::collections::{HashMap, HashSet};

/// What a row holds, and which tokens are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct State {
    row: Option<Present>,
    /// The tokens that unknown versions turned out to be.
    taken: SetId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Present {
    version: Held,
    left: Stamp,
    right: Stamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Held {
    Is(VersionId),
    /// Nobody was told, and it is none of these.
    Unknown {
        not: SetId,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum VersionId {
    Number(i64),
    Token(u32),
}

/// Contents with the id of their version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Whole {
    version: VersionId,
    left: Stamp,
    right: Stamp,
}

/// A stamp or a token that no call saw, whichever: one state in place of many.
const UNSEEN: Stamp = Stamp(u64::MAX);
const UNSEEN_TOKEN: u32 = 0;

/// [`Requires`] and [`Makes`] with ids. Calls that are equal here are interchangeable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Move {
    needs: Need,
    makes: Make,
    leaves: Option<Whole>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Need {
    Nothing,
    Present,
    Columns {
        left: Option<Stamp>,
        right: Option<Stamp>,
    },
    Absent,
    Version(VersionId),
    NotVersion(VersionId),
    Whole(Whole),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Make {
    Nothing,
    Absent,
    Whole(Whole),
    Change {
        version: Option<VersionId>,
        left: Option<Stamp>,
        right: Option<Stamp>,
    },
}

impl Move {
    /// The version that the row has to have.
    pub(super) fn needs_version(&self) -> Option<VersionId> {
        match self.needs {
            Need::Version(version) | Need::Whole(Whole { version, .. }) => Some(version),
            _ => None,
        }
    }

    /// The version that it makes, if that is known.
    fn sets(&self) -> Option<VersionId> {
        match self.makes {
            Make::Whole(Whole { version, .. }) => Some(version),
            Make::Change { version, .. } => version,
            Make::Nothing | Make::Absent => None,
        }
    }

    /// Can it make this number or a lower one, of a row that has a higher one or is not there?
    fn goes_back_to(&self, number: i64) -> bool {
        match (self.needs_version(), self.sets()) {
            (Some(VersionId::Number(from)), Some(VersionId::Number(to))) if from < to => false,
            (_, Some(VersionId::Number(to))) => to <= number,
            _ => false,
        }
    }
}

/// The register that the calls of one history are tried on.
#[derive(Debug)]
pub(super) struct Register<'h> {
    names: Names<'h>,
    sets: Sets,
}

/// The ids of tokens, and what is known of them.
#[derive(Debug)]
struct Names<'h> {
    ids: HashMap<&'h str, u32>,
    texts: Vec<&'h str>,
    /// Tokens that the history names, but that no call is known to make; and all times.
    of_nobody: HashSet<u32>,
    stamps_seen: HashSet<Stamp>,
}

impl<'h> Names<'h> {
    fn of(history: &'h RowHistory) -> Self {
        let mut names = Self {
            ids: HashMap::new(),
            texts: vec!["?"],
            of_nobody: HashSet::new(),
            stamps_seen: HashSet::new(),
        };
        let after = match &history.after {
            After::Row(contents) => contents.as_ref(),
            After::Unknown => None,
        };
        for contents in history.before.iter().chain(after) {
            names.see(contents);
        }
        for step in &history.steps {
            step.seen().for_each(|contents| names.see(contents));
            match &step.call.requires {
                Requires::Version(version) | Requires::NotVersion(version) => {
                    names.see_version(version);
                }
                Requires::Columns { left, right } => {
                    names.stamps_seen.extend(left.iter().chain(right));
                }
                Requires::Nothing
                | Requires::Present
                | Requires::Absent
                | Requires::Contents(_) => {}
            }
        }
        names.of_nobody = names.ids.values().copied().collect();
        let before = history.before.iter().map(|contents| &contents.version);
        let made = history
            .steps
            .iter()
            .filter_map(|step| match &step.call.makes {
                Makes::Contents(Contents { version, .. }) => Some(version),
                Makes::Change { version, .. } => version.as_ref(),
                Makes::Nothing | Makes::Absent => None,
            });
        // A time may be that of another write too, which was refused.
        let unique = before
            .chain(made)
            .filter(|version| version.time().is_none());
        for version in unique {
            if let VersionId::Token(id) = names.version(version) {
                names.of_nobody.remove(&id);
            }
        }
        names
    }

    fn see(&mut self, contents: &'h Contents) {
        self.stamps_seen.extend([contents.left, contents.right]);
        self.see_version(&contents.version);
    }

    fn see_version(&mut self, version: &'h Version) {
        if let Version::Token(token) = version {
            let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
            if *self.ids.entry(token).or_insert(next) == next {
                self.texts.push(token);
            }
        }
    }

    fn version(&self, version: &Version) -> VersionId {
        match version {
            Version::Number(number) => VersionId::Number(*number),
            Version::Token(token) => {
                let id = self.ids.get(token.as_str()).copied();
                VersionId::Token(id.unwrap_or(UNSEEN_TOKEN))
            }
        }
    }

    fn stamp(&self, stamp: Stamp) -> Stamp {
        if self.stamps_seen.contains(&stamp) {
            stamp
        } else {
            UNSEEN
        }
    }

    fn whole(&self, contents: &Contents) -> Whole {
        Whole {
            version: self.version(&contents.version),
            left: self.stamp(contents.left),
            right: self.stamp(contents.right),
        }
    }
}

impl<'h> Register<'h> {
    pub(super) fn of(history: &'h RowHistory) -> Self {
        Self {
            names: Names::of(history),
            sets: Sets::new(),
        }
    }

    /// The state of a row that holds this.
    pub(super) fn state(&self, contents: Option<&Contents>) -> State {
        State {
            row: contents.map(|contents| self.names.whole(contents).into()),
            taken: Sets::EMPTY,
        }
    }

    pub(super) fn make_move(
        &self,
        requires: &Requires,
        makes: &Makes,
        leaves: Option<&Contents>,
    ) -> Move {
        let names = &self.names;
        Move {
            needs: match requires {
                Requires::Nothing => Need::Nothing,
                Requires::Present => Need::Present,
                Requires::Columns { left, right } => Need::Columns {
                    left: left.map(|stamp| names.stamp(stamp)),
                    right: right.map(|stamp| names.stamp(stamp)),
                },
                Requires::Absent => Need::Absent,
                Requires::Version(version) => Need::Version(names.version(version)),
                Requires::NotVersion(version) => Need::NotVersion(names.version(version)),
                Requires::Contents(contents) => Need::Whole(names.whole(contents)),
            },
            makes: match makes {
                Makes::Nothing => Make::Nothing,
                Makes::Absent => Make::Absent,
                Makes::Contents(contents) => Make::Whole(names.whole(contents)),
                Makes::Change {
                    version,
                    left,
                    right,
                } => Make::Change {
                    version: version.as_ref().map(|version| names.version(version)),
                    left: left.map(|stamp| names.stamp(stamp)),
                    right: right.map(|stamp| names.stamp(stamp)),
                },
            },
            leaves: leaves.map(|contents| names.whole(contents)),
        }
    }

    /// The state behind the move, if the move can be made.
    pub(super) fn step(&mut self, mut state: State, by: &Move) -> Option<State> {
        let allowed = match by.needs {
            Need::Nothing => true,
            Need::Present => state.row.is_some(),
            Need::Columns { left, right } => state.row.is_some_and(|row| {
                left.is_none_or(|left| row.left == left)
                    && right.is_none_or(|right| row.right == right)
            }),
            Need::Absent => state.row.is_none(),
            Need::Version(version) => self.has_version(&mut state, version),
            Need::NotVersion(version) => self.has_another_version(&mut state, version),
            Need::Whole(whole) => self.holds(&mut state, whole),
        };
        if !allowed {
            return None;
        }
        match by.makes {
            Make::Nothing => {}
            Make::Absent => state.row = None,
            Make::Whole(whole) => state.row = Some(whole.into()),
            Make::Change {
                version,
                left,
                right,
            } => {
                let unknown = Held::Unknown { not: Sets::EMPTY };
                let next = match (version, state.row.map(|row| row.version)) {
                    (Some(version), _) => Held::Is(version),
                    (None, Some(Held::Is(VersionId::Number(number)))) => {
                        Held::Is(VersionId::Number(number.checked_add(1)?))
                    }
                    (None, _) => unknown,
                };
                // Without a row it is an insert, which writes both columns.
                state.row = Some(Present {
                    version: next,
                    left: left.or(state.row.map(|row| row.left))?,
                    right: right.or(state.row.map(|row| row.right))?,
                });
            }
        }
        match by.leaves {
            Some(whole) if !self.holds(&mut state, whole) => None,
            _ => Some(state),
        }
    }

    fn holds(&mut self, state: &mut State, whole: Whole) -> bool {
        let has_stamps = state
            .row
            .is_some_and(|row| row.left == whole.left && row.right == whole.right);
        has_stamps && self.has_version(state, whole.version)
    }

    /// Has the row this version? An unknown one becomes it, if it can.
    fn has_version(&mut self, state: &mut State, version: VersionId) -> bool {
        let Some(row) = &mut state.row else {
            return false;
        };
        match (row.version, version) {
            (Held::Is(held), _) => held == version,
            (Held::Unknown { .. }, VersionId::Number(_)) => false,
            (Held::Unknown { not }, VersionId::Token(token)) => {
                if !self.can_become(state.taken, not, token) {
                    return false;
                }
                row.version = Held::Is(version);
                state.taken = self.sets.with(state.taken, token);
                true
            }
        }
    }

    /// Has the row another version than this, or is there none?
    fn has_another_version(&mut self, state: &mut State, version: VersionId) -> bool {
        let Some(row) = &mut state.row else {
            return true;
        };
        match (row.version, version) {
            (Held::Is(held), _) => held != version,
            (Held::Unknown { .. }, VersionId::Number(_)) => true,
            (Held::Unknown { not }, VersionId::Token(token)) => {
                if self.can_become(state.taken, not, token) {
                    let not = self.sets.with(not, token);
                    row.version = Held::Unknown { not };
                }
                true
            }
        }
    }

    /// Can an unknown version be this token?
    fn can_become(&self, taken: SetId, not: SetId, token: u32) -> bool {
        self.names.of_nobody.contains(&token)
            && !self.sets.has(taken, token)
            && !self.sets.has(not, token)
    }

    /// Can a call that needs this version still find it, if only these moves may come before it?
    /// `true` if it is not known. A number that was passed comes again only by a move that sets a
    /// lower one.
    pub(super) fn can_come<'m>(
        &self,
        state: State,
        version: VersionId,
        mut before: impl Iterator<Item = &'m Move>,
    ) -> bool {
        let held = state.row.map(|row| row.version);
        match version {
            VersionId::Token(token) => {
                held == Some(Held::Is(version))
                    || self.names.of_nobody.contains(&token)
                    || before.any(|by| by.sets() == Some(version))
            }
            VersionId::Number(number) => match held {
                Some(Held::Is(VersionId::Number(held))) if held > number => {
                    before.any(|by| by.goes_back_to(number))
                }
                Some(_) => true,
                None => before.any(|by| by.goes_back_to(number)),
            },
        }
    }

    /// The state, for a reader.
    pub(super) fn describe(&self, state: State) -> String {
        let Some(row) = state.row else {
            return "no row".to_owned();
        };
        let version = match row.version {
            Held::Is(VersionId::Number(number)) => number.to_string(),
            Held::Is(VersionId::Token(token)) => self.names.texts[token as usize].to_owned(),
            Held::Unknown { .. } => "?".to_owned(),
        };
        let stamp = |stamp: Stamp| {
            if stamp == UNSEEN {
                "?".to_owned()
            } else {
                stamp.0.to_string()
            }
        };
        let (left, right) = (stamp(row.left), stamp(row.right));
        format!("version {version}, left {left}, right {right}")
    }
}

impl From<Whole> for Present {
    fn from(whole: Whole) -> Self {
        Self {
            version: Held::Is(whole.version),
            left: whole.left,
            right: whole.right,
        }
    }
}
