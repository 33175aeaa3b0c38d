//! Any number of rows out of an iterator, in batches that commit one after the other.

use super::delete_all::delete_all_checked;
use super::dialect::BatchDialect;
use super::needs::{Batches, DeletedTogetherOn, SavedTogetherOn};
use super::save_all::save_all_checked;
use super::strategy::{DeleteMany, SaveMany};
use crate::error::{ConcurrentModification, Error};
#[cfg(feature = "tracing")]
use crate::events::Failures;
use crate::executes::Wire;
use crate::transaction::refuse_transaction;
use std::iter::{Chain, Fuse};
use std::mem::take;
use std::{fmt, vec};

/// The rows of an iterator, to be saved or deleted chunk by chunk: each chunk commits before the next one is taken from the
/// iterator. The methods that send one are [`ChunksDsl`](crate::ChunksDsl)'s.
///
/// Take it for a run over more rows than one transaction should hold: memory is that of one chunk, other clients wait for
/// the locks of one chunk only, and the loop can report progress, stop, or deal with the rows that lost. **A run is not all
/// or nothing**: what was committed before a failure stays. [`save_all_checked`](crate::VersionedSliceDsl::save_all_checked)
/// on a slice is.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
/// # fn main() -> Result<(), optlock::Error> {
/// # let conn = &mut establish_connection();
/// # let all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
/// let renamed = all.into_iter().map(|mut contact| {
///     contact.name.make_ascii_uppercase();
///     contact
/// });
/// let mut chunks = optlock::Chunks::new(renamed, 1_000);
/// while let Some(chunk) = chunks.save_next(conn)? {
///     println!("{} rows are saved", chunk.end());
/// }
/// # assert_eq!(contacts::table.filter(contacts::name.eq("ANN")).count().get_result(conn), Ok(1));
/// # Ok(())
/// # }
/// ```
///
/// The connection is passed to each call, so the loop can read and write on it between two chunks.
/// A chunk that fails is returned with its rows, as a [`FailedChunk`], and the next call goes on behind it.
///
/// The iterator may load the rows as they are asked for, on a second connection. Diesel's `load` has all rows of a
/// query in memory; pages of it (`id > last`, `ORDER BY id LIMIT 1000`) have not.
///
/// If the iterator panics, or the future of an async call is dropped, the rows taken so far stay in here. The next
/// call sends them, and [`into_rest`](Self::into_rest) returns them before all others.
#[must_use = "nothing is taken from the iterator and sent before `save_next` or `delete_next`"]
pub struct Chunks<I: Iterator> {
    chunk: Unsent<I::Item>,
    rows: Fuse<I>,
}

impl<I: Iterator> Chunks<I> {
    /// Splits rows into chunks of `size` rows; the last one may be shorter. Takes nothing from the iterator yet.
    ///
    /// A chunk is one transaction: a larger one has more rows in memory, and holds their locks for longer.
    ///
    /// # Panics
    ///
    /// If `size` is 0, as [`slice::chunks`] does.
    pub fn new(rows: impl IntoIterator<IntoIter = I>, size: usize) -> Self {
        assert!(size != 0, "a chunk has at least one row");
        Self {
            chunk: Unsent {
                size,
                first: 0,
                rows: Vec::new(),
            },
            rows: rows.into_iter().fuse(),
        }
    }

    /// Returns the rows that were in no chunk yet: to stop here, or to go on in chunks of another size.
    pub fn into_rest(self) -> Chain<vec::IntoIter<I::Item>, Fuse<I>> {
        self.chunk.rows.into_iter().chain(self.rows)
    }

    /// What an operation takes: the chunk, and the iterator that fills it.
    pub(crate) fn parts(&mut self) -> (&mut Unsent<I::Item>, &mut Fuse<I>) {
        (&mut self.chunk, &mut self.rows)
    }
}

impl<I: Iterator> fmt::Debug for Chunks<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks")
            .field("size", &self.chunk.size)
            .field("first", &self.chunk.first)
            .finish_non_exhaustive()
    }
}

/// Rows that were written by one batch, and committed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chunk<M> {
    /// How many rows the iterator returned before these.
    pub first: usize,
    /// The rows: with their new versions if they were saved, and as they were if they were deleted.
    pub rows: Vec<M>,
}

impl<M> Chunk<M> {
    /// How many rows the iterator has returned up to the end of the chunk.
    pub fn end(&self) -> usize {
        self.first + self.rows.len()
    }
}

/// A chunk that was not written, or of which nobody knows ([`Error::outcome_unknown`]). Its rows are returned as they
/// were.
///
/// `?` turns it into its [`Error`], and drops the rows. `{}` prints the error behind the numbers of the rows; `{:?}` shows
/// no row.
#[non_exhaustive]
pub struct FailedChunk<M> {
    /// How many rows the iterator returned before these.
    pub first: usize,
    /// The rows, as the iterator returned them. None if nothing was taken from it.
    pub rows: Vec<M>,
    /// Why.
    pub error: Error,
}

/// The rows of a chunk in which some lost. None of them was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SplitChunk<M> {
    /// The rows that other clients have changed or deleted, each with its conflict.
    pub losers: Vec<(M, ConcurrentModification)>,
    /// The rows that were given up because of those.
    pub others: Vec<M>,
}

impl<M> FailedChunk<M> {
    /// Splits the rows, after a conflict of the batch: the losers, and the others, which can be saved now.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
    /// all[1].delete_checked(conn)?; // another client
    ///
    /// let (mut chunks, mut losers) = (optlock::Chunks::new(all, 1_000), Vec::new());
    /// loop {
    ///     match chunks.save_next(conn) {
    ///         Ok(Some(_)) => {}
    ///         Ok(None) => break,
    ///         Err(failed) => {
    ///             let mut split = failed.split()?; // any other error ends the run
    ///             split.others.save_all_checked(conn)?;
    ///             losers.append(&mut split.losers);
    ///         }
    ///     }
    /// }
    /// let [(bob, conflict)] = &losers[..] else { panic!("only Bob is gone") };
    /// assert_eq!((bob.name.as_str(), conflict.found()), ("Bob", &optlock::Found::Missing));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The chunk itself, if its error is not [`Error::BatchConflict`]: which rows are in the way is not known then.
    pub fn split(self) -> Result<SplitChunk<M>, Self> {
        let conflict = match self.error {
            Error::BatchConflict(conflict) => conflict,
            error => return Err(Self { error, ..self }),
        };
        let mut conflicts = conflict.into_conflicts().into_iter().peekable();
        let (mut losers, mut others) = (Vec::new(), Vec::new());
        for (index, row) in self.rows.into_iter().enumerate() {
            match conflicts.next_if(|(of, _)| *of == index) {
                Some((_, conflict)) => losers.push((row, conflict)),
                None => others.push(row),
            }
        }
        Ok(SplitChunk { losers, others })
    }
}

impl<M> From<FailedChunk<M>> for Error {
    fn from(failed: FailedChunk<M>) -> Self {
        failed.error
    }
}

impl<M> fmt::Display for FailedChunk<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.rows.is_empty() {
            write!(f, "rows {}..{}: ", self.first, self.first + self.rows.len())?;
        }
        self.error.fmt(f)
    }
}

impl<M> fmt::Debug for FailedChunk<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailedChunk")
            .field("rows", &(self.first..self.first + self.rows.len()))
            .field("error", &self.error)
            .finish()
    }
}

/// The message has that of the [`Error`], so the source is that of the [`Error`].
impl<M> std::error::Error for FailedChunk<M> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

#[cfg(feature = "tracing")]
impl<T, M> Failures for Result<T, FailedChunk<M>> {
    fn each(&self, show: &mut dyn FnMut(&Error)) {
        if let Err(failed) = self {
            show(&failed.error);
        }
    }
}

/// The chunk that is to be sent. Its rows stay in here until there is an answer: a future that is dropped loses none.
#[derive(Debug)]
pub struct Unsent<M> {
    size: usize,
    /// How many rows were in other chunks.
    first: usize,
    rows: Vec<M>,
}

impl<M> Unsent<M> {
    fn fill<I: Iterator<Item = M> + ?Sized>(&mut self, rows: &mut I) {
        while self.rows.len() < self.size {
            // One by one, so that a panic of the iterator leaves those that it has returned.
            let Some(row) = rows.next() else { break };
            self.rows.push(row);
        }
    }

    /// Returns the rows. The next chunk begins behind them.
    fn answered(&mut self, result: Result<(), Error>) -> Result<Option<Chunk<M>>, FailedChunk<M>> {
        let (first, rows) = (self.first, take(&mut self.rows));
        self.first += rows.len();
        match result {
            Ok(()) if rows.is_empty() => Ok(None),
            Ok(()) => Ok(Some(Chunk { first, rows })),
            Err(error) => Err(FailedChunk { first, rows, error }),
        }
    }

    /// Fails inside an open transaction, where a chunk would not be committed. Nothing is taken from the iterator, and
    /// what was taken before stays in here.
    fn refuse_transaction<X: Batches>(&self, conn: &mut Wire<'_, X>) -> Result<(), FailedChunk<M>> {
        refuse_transaction("a chunk commits by itself: it", conn).map_err(|error| FailedChunk {
            first: self.first,
            rows: Vec::new(),
            error,
        })
    }
}

/// Saves the next chunk.
pub(crate) async fn save_next<M, I, X>(
    chunk: &mut Unsent<M>,
    rows: &mut I,
    conn: &mut Wire<'_, X>,
) -> Result<Option<Chunk<M>>, FailedChunk<M>>
where
    X: Batches<Backend: BatchDialect<Strategy: SaveMany<M, X::Backend>>>,
    M: SavedTogetherOn<X>,
    I: Iterator<Item = M> + ?Sized,
{
    chunk.refuse_transaction(conn)?;
    chunk.fill(rows);
    let saved = save_all_checked(&mut chunk.rows, conn).await;
    chunk.answered(saved)
}

/// Deletes the rows of the next chunk.
pub(crate) async fn delete_next<M, I, X>(
    chunk: &mut Unsent<M>,
    rows: &mut I,
    conn: &mut Wire<'_, X>,
) -> Result<Option<Chunk<M>>, FailedChunk<M>>
where
    X: Batches<Backend: BatchDialect<Strategy: DeleteMany<M, X::Backend>>>,
    M: DeletedTogetherOn<X>,
    I: Iterator<Item = M> + ?Sized,
{
    chunk.refuse_transaction(conn)?;
    chunk.fill(rows);
    let deleted = delete_all_checked(&chunk.rows, conn).await;
    chunk.answered(deleted)
}
