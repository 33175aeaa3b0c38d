//! An application to click: two people edit one thing, and nobody's change is lost.
//!
//! ```sh
//! cargo run -p optlock-demo # SQLite, in the temporary folder
//! cargo run -p optlock-demo -- --port 8080
//! DATABASE_URL=postgres://localhost/demo cargo run -p optlock-demo --features postgres
//! DATABASE_URL=mysql://root@127.0.0.1/demo cargo run -p optlock-demo --features mysql
//! ```
//!
//! The port is 3000, or the next one that is free. Ctrl-C ends it after the requests that are under way.

use optlock_demo::{App, Options, database, serve};
use std::env;
use std::error::Error;
use std::io;
use tokio::net::TcpListener;

/// How many ports are tried.
const PORTS: u16 = 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let first = port(env::args().skip(1))?;
    let settings = database::settings(env::var("DATABASE_URL").ok())?;
    let app = App::open(&settings, Options::default()).await?;

    let listener = listen(first).await?;
    let address = listener.local_addr()?;
    eprintln!(
        "http://{address} (built for {}, stored in {})",
        database::NAME,
        settings.url
    );
    eprintln!(
        "For a second person at once: http://localhost:{}",
        address.port()
    );
    serve(listener, app, async {
        // Without a handler of signals Ctrl-C ends the program at once, as elsewhere.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
    .await?;
    Ok(())
}

fn port(mut arguments: impl Iterator<Item = String>) -> Result<u16, String> {
    let usage = "usage: optlock-demo [--port PORT]";
    match (
        arguments.next().as_deref(),
        arguments.next(),
        arguments.next(),
    ) {
        (None, None, None) => Ok(3000),
        (Some("--port"), Some(port), None) => port
            .parse()
            .map_err(|_| format!("{port} is no port; {usage}")),
        _ => Err(usage.to_owned()),
    }
}

async fn listen(first: u16) -> io::Result<TcpListener> {
    let mut port = first;
    loop {
        match TcpListener::bind(("127.0.0.1", port)).await {
            Err(error)
                if error.kind() == io::ErrorKind::AddrInUse
                    && port < first.saturating_add(PORTS) =>
            {
                eprintln!("Port {port} is taken.");
                port += 1;
            }
            bound => return bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port_of(arguments: &[&str]) -> Result<u16, String> {
        port(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn the_port_is_3000_or_the_one_that_is_given() {
        assert_eq!(port_of(&[]), Ok(3000));
        assert_eq!(port_of(&["--port", "8080"]), Ok(8080));
        let usage = "usage: optlock-demo [--port PORT]";
        assert_eq!(
            port_of(&["--port", "x"]),
            Err(format!("x is no port; {usage}"))
        );
        for arguments in [&["--port"][..], &["8080"], &["--port", "1", "2"]] {
            assert_eq!(port_of(arguments), Err(usage.to_owned()));
        }
    }

    #[tokio::test]
    async fn the_next_free_port_is_taken() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let next = listen(port).await.unwrap().local_addr().unwrap().port();
        assert!(next > port && next <= port + PORTS, "{port}, {next}");
    }
}
