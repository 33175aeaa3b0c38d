//! Contacts as a REST service that loses no update.
//!
//! ```sh
//! cargo run -p optlock-rest-api # SQLite, in the temporary folder
//! DATABASE_URL=postgres://localhost/contacts cargo run -p optlock-rest-api --features postgres
//! DATABASE_URL=mysql://root@127.0.0.1/contacts cargo run -p optlock-rest-api --features mysql
//! ```
//!
//! `PORT` is the port, 3000 if it is not set. Ctrl-C ends it after the requests that are under way.

use optlock_rest_api::database::{self, Settings};
use optlock_rest_api::{App, examples, seed, serve};
use std::env;
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_url(env::var("DATABASE_URL").ok())?;
    let app = App::open(&settings).await?;
    seed(&app).await?;

    let port = env::var("PORT").map_or(Ok(3000), |port| port.parse::<u16>())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let address = listener.local_addr()?;
    eprintln!("{}", examples::text(address, database::NAME, &settings.url));
    serve(listener, app, async {
        // Without a handler of signals Ctrl-C ends the program at once, as elsewhere.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
    .await?;
    Ok(())
}
