//! The operations on many rows in chunks that commit one after the other, on an async connection.

use super::methods;
use crate::batch::{Chunk, Chunks, FailedChunk};
use crate::diesel_async::Sending;

/// What sends the chunks of [`Chunks`], on the async connection `Conn`: the methods of
/// [`optlock::ChunksDsl`](crate::ChunksDsl), under the same names. The iterator is `Send`.
///
/// **A future that is dropped leaves the rows of its chunk in the [`Chunks`]**, as they were, and the next call sends them
/// again: on another connection, where this one was given up (see
/// [async connections](crate::guide::async_connections)). If the dropped chunk has landed, that is a conflict, with one's own
/// write. [`into_rest`](Chunks::into_rest) returns the rows, to load them again instead.
pub trait ChunksDsl<M, Conn> {
    /// Takes the next chunk from the iterator, saves its rows, all or none, and commits.
    ///
    /// As the [blocking one](crate::ChunksDsl::save_next).
    fn save_next<'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Option<Chunk<M>>, FailedChunk<M>>>
    where
        M: methods::SaveAll<Conn> + 'a;

    /// Takes the next chunk from the iterator, deletes its rows, all or none, and commits.
    ///
    /// As the [blocking one](crate::ChunksDsl::delete_next).
    fn delete_next<'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Option<Chunk<M>>, FailedChunk<M>>>
    where
        M: methods::DeleteAll<Conn> + 'a;
}

impl<M, I, Conn> ChunksDsl<M, Conn> for Chunks<I>
where
    I: Iterator<Item = M> + Send,
{
    fn save_next<'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Option<Chunk<M>>, FailedChunk<M>>>
    where
        M: methods::SaveAll<Conn> + 'a,
    {
        let (chunk, rows) = self.parts();
        Box::pin(M::save_next_chunk(chunk, rows, conn))
    }

    fn delete_next<'a>(
        &'a mut self,
        conn: &'a mut Conn,
    ) -> Sending<'a, Result<Option<Chunk<M>>, FailedChunk<M>>>
    where
        M: methods::DeleteAll<Conn> + 'a,
    {
        let (chunk, rows) = self.parts();
        Box::pin(M::delete_next_chunk(chunk, rows, conn))
    }
}
