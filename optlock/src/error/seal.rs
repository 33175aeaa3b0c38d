//! Why a signed text is refused.

/// Why nothing was sealed, or why a text that a page sent back is refused. See [`seal`](mod@crate::seal).
///
/// The last three come from what a client has sent. They name no reason that would help a forger, nor
/// a row or a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// A secret is too short to be one. (From [`Keys`](crate::seal::Keys).)
    #[error("a secret has 32 random bytes or more, and this one has {bytes} bytes")]
    #[non_exhaustive]
    ShortSecret {
        /// How many bytes it has.
        bytes: usize,
    },

    /// The session that a text was to be bound to is empty, and would be everybody's. (From
    /// [`Purpose::session`](crate::seal::Purpose::session).)
    #[error("the session that a page is bound to is empty: log in again")]
    EmptySession,

    /// The text is none that was ever sealed: it is cut off, or damaged, or not there. It is also a
    /// genuine one with a version that the model cannot have any more, because the type of its version
    /// has changed.
    #[error("the hidden field of the page is damaged: load the page again")]
    Malformed,

    /// The text was not sealed for this: it is of another row, purpose or session, was sealed with a
    /// secret that is not among the keys, or was forged. Which of them is not told.
    #[error("the hidden field of the page does not belong to this request: load the page again")]
    NotGenuine,

    /// The text is genuine, and its [time](crate::seal::Seal::expires_in) is over.
    #[error("the page was open for too long: load it again")]
    Expired,
}
