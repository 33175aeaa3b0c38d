//! The operations on many rows in chunks that commit one after the other.

use crate::batch::{Chunk, Chunks, FailedChunk};
use crate::methods;

/// What sends the chunks of [`Chunks`], on the connection `Conn`.
///
/// **A chunk is one batch, all or nothing, and commits by itself**, so it is refused inside an open transaction
/// ([`Error::AlreadyInTransaction`]), also by [`optlock::transaction`](crate::transaction()). Diesel's
/// `begin_test_transaction` does not count, and neither does a transaction that a raw `BEGIN` has opened, which Diesel does not
/// know of.
///
/// [`Error::AlreadyInTransaction`]: crate::Error::AlreadyInTransaction
pub trait ChunksDsl<M, Conn> {
    /// Takes the next chunk from the iterator, saves its rows, all or none, and commits.
    ///
    /// Returns `None` when the iterator has no rows left. Examples are at [`Chunks`] and [`FailedChunk::split`].
    ///
    /// **Sends** a [`save_all_checked`](crate::VersionedSliceDsl::save_all_checked) of the chunk, and nothing if no rows are
    /// left.
    ///
    /// **In memory** there is one chunk, which is returned: with the new versions if it was committed, and as it was if not.
    /// After a panic in the iterator or in the save, the rows stay in the [`Chunks`], as they were.
    ///
    /// # Errors
    ///
    /// A [`FailedChunk`] with the rows and the error of
    /// [`save_all_checked`](crate::VersionedSliceDsl::save_all_checked). The next call goes on with the rows behind it.
    ///
    /// [`Error::AlreadyInTransaction`] and [`Error::ConnectionBroken`] come without rows: nothing was taken from the
    /// iterator, nothing was sent, and each further call on that connection fails in the same way.
    ///
    /// [`Error::OutcomeUnknown`]: the connection was lost. The chunk was committed or not; if it was, a second save of
    /// its rows is a conflict, with one's own write. Load the rows again to see which it was.
    ///
    /// [`Error::AlreadyInTransaction`]: crate::Error::AlreadyInTransaction
    /// [`Error::ConnectionBroken`]: crate::Error::ConnectionBroken
    /// [`Error::OutcomeUnknown`]: crate::Error::OutcomeUnknown
    fn save_next(&mut self, conn: &mut Conn) -> Result<Option<Chunk<M>>, FailedChunk<M>>
    where
        M: methods::SaveAll<Conn>;

    /// Takes the next chunk from the iterator, deletes its rows, all or none, and commits.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctest_setup.rs"));
    /// # fn main() -> Result<(), optlock::Error> {
    /// # let conn = &mut establish_connection();
    /// let all: Vec<Contact> = contacts::table.select(Contact::as_select()).load(conn)?;
    /// let mut chunks = optlock::Chunks::new(all, 1_000);
    /// while let Some(chunk) = chunks.delete_next(conn)? {
    ///     println!("{} rows are gone", chunk.end());
    /// }
    /// # assert_eq!(contacts::table.count().get_result(conn), Ok(0));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// As [`save_next`](Self::save_next), by a
    /// [`delete_all_checked`](crate::VersionedSliceDsl::delete_all_checked), which changes nothing in memory. **Rows that
    /// others take with them** (`ON DELETE CASCADE` to the same table) must be in the chunk of those, or before it:
    /// in a later chunk they are gone, which is a conflict.
    ///
    /// # Errors
    ///
    /// As [`save_next`](Self::save_next).
    fn delete_next(&mut self, conn: &mut Conn) -> Result<Option<Chunk<M>>, FailedChunk<M>>
    where
        M: methods::DeleteAll<Conn>;
}

impl<M, I, Conn> ChunksDsl<M, Conn> for Chunks<I>
where
    I: Iterator<Item = M>,
{
    fn save_next(&mut self, conn: &mut Conn) -> Result<Option<Chunk<M>>, FailedChunk<M>>
    where
        M: methods::SaveAll<Conn>,
    {
        let (chunk, rows) = self.parts();
        M::save_next_chunk(chunk, rows, conn)
    }

    fn delete_next(&mut self, conn: &mut Conn) -> Result<Option<Chunk<M>>, FailedChunk<M>>
    where
        M: methods::DeleteAll<Conn>,
    {
        let (chunk, rows) = self.parts();
        M::delete_next_chunk(chunk, rows, conn)
    }
}
