//! Chapters, each about something that concerns several items.

/// A chapter is a file of its own, and is read as a file too: there its links lead to files. The
/// definitions below come first, so in rustdoc the same links lead to pages of rustdoc.
macro_rules! chapters {
    ($($name:ident)*) => {$(
        #[doc = "[bump_version]: crate::guide::batches#bulk-updates-bump_version"]
        #[doc = "[clusters]: crate::guide::clusters"]
        #[doc = "[errors]: crate::guide::errors"]
        #[doc = "[fingerprints]: crate::guide::fingerprints"]
        #[doc = "[forms]: crate::guide::forms"]
        #[doc = "[generated_versions]: crate::guide::generated_versions"]
        #[doc = "[http]: crate::guide::http"]
        #[doc = "[isolation]: crate::guide::isolation"]
        #[doc = "[key_text]: crate::key_text()"]
        #[doc = "[leases]: crate::guide::leases"]
        #[doc = "[long_runs]: crate::guide::batches#long-runs-chunks"]
        #[doc = "[lost_writes]: crate::guide::lost_writes"]
        #[doc = "[poolers]: crate::guide::poolers"]
        #[doc = "[raw_begin]: crate::guide::transactions#never-call-it-inside-a-raw-begin"]
        #[doc = "[refused_tokens]: crate::guide::forms#when-a-token-is-refused"]
        #[doc = "[retry]: crate::guide::retry"]
        #[doc = "[scope]: crate::guide::scope"]
        #[doc = "[second_write]: crate::guide::triggers#another-trigger-that-updates-the-table"]
        #[doc = "[tokens]: crate::guide::tokens"]
        #[doc = "[transactions]: crate::guide::transactions"]
        #[doc = "[triggers]: crate::guide::triggers"]
        #[doc = "[unversioned]: crate::guide::unversioned"]
        #[doc = "[upsert]: crate::guide::upsert"]
        #[doc = "[verify]: crate::guide::verify"]
        #[doc = "[multi_connection]: crate::multi_connection"]
        #[doc = "[Chunks]: crate::Chunks"]
        #[doc = "[FailedChunk]: crate::FailedChunk"]
        #[doc = "[FingerprintValue]: crate::fingerprint::FingerprintValue"]
        #[doc = "[Timestamp]: crate::Timestamp"]
        #[doc = "[Tracked]: crate::Tracked"]
        #[doc = "[Unstored]: crate::Unstored"]
        #[doc = "[VersionToken]: crate::VersionToken"]
        #[doc = "[VersionValue]: crate::VersionValue"]
        #[doc = "[VersionedSliceDsl]: crate::VersionedSliceDsl"]
        #[doc = ""]
        #[doc = include_str!(concat!("../docs/", stringify!($name), ".md"))]
        pub mod $name {}
    )*};
}

chapters! {
    conflicts
    tokens
    transactions
    retry
    batches
    unversioned
    isolation
    poolers
    clusters
    proof
    errors
    lost_writes
    compile_errors
    moving_existing_code
    scope
    async_connections
    leases
    forms
    fingerprints
    http
    upsert
    triggers
    generated_versions
    verify
    testing
}
