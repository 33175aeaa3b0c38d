//! A database of one test.

use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use optlock_rest_api::database::{Connection, NAME};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) struct Scratch {
    pub(crate) url: String,
    what: What,
}

enum What {
    Folder(PathBuf),
    Database { server: String, name: String },
}

impl Scratch {
    pub(crate) async fn create() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("rest_api_{}_{number}", std::process::id());
        if NAME == "SQLite" {
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir(&folder).unwrap();
            let file = folder.join("contacts.sqlite3");
            return Self {
                url: file.to_string_lossy().into_owned(),
                what: What::Folder(folder),
            };
        }
        let variable = match NAME {
            "PostgreSQL" => "OPTLOCK_POSTGRES_URL",
            _ => "OPTLOCK_MYSQL_URL",
        };
        let server = std::env::var(variable)
            .unwrap_or_else(|_| panic!("{variable} names no server; bin/test starts one"));
        execute(&server, &format!("CREATE DATABASE {name}")).await;
        let (before, _) = server.rsplit_once('/').unwrap();
        Self {
            url: format!("{before}/{name}"),
            what: What::Database { server, name },
        }
    }

    pub(crate) async fn remove(self) {
        match self.what {
            What::Folder(folder) => std::fs::remove_dir_all(folder).unwrap(),
            What::Database { server, name } => {
                let force = if NAME == "PostgreSQL" {
                    " WITH (FORCE)"
                } else {
                    ""
                };
                execute(&server, &format!("DROP DATABASE {name}{force}")).await;
            }
        }
    }

    /// Another client of the database.
    pub(crate) async fn connect(url: &str) -> Connection {
        Connection::establish(url).await.unwrap()
    }
}

async fn execute(url: &str, sql: &str) {
    let mut conn = Connection::establish(url).await.unwrap();
    conn.batch_execute(sql).await.unwrap();
}
