//! A file of SQLite.

use super::{Failure, Folder};

#[derive(Debug)]
pub struct Sqlite {
    folder: Folder,
}

impl Sqlite {
    pub(super) fn create() -> Result<Self, Failure> {
        let folder = Folder::create("sqlite")?;
        Ok(Self { folder })
    }

    pub(super) fn url(&self) -> String {
        self.folder
            .path()
            .join("optlock.sqlite")
            .display()
            .to_string()
    }
}
