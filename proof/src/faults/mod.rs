//! What is broken while clients work. Each fault is drawn from the seed, and mended before the epoch ends.

mod clocks;
mod file;
mod network;
mod processes;
mod proxy;
mod sessions;

pub use file::PAGES;
pub use proxy::{Loss, Proxy};

use crate::clients::ClientProcess;
use crate::clock::Clock;
use crate::servers::{Failure, Folder, Server};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// What a fault can break.
#[derive(Debug)]
pub struct World {
    pub server: Server,
    /// In front of a server. A file has none.
    pub proxy: Option<Proxy>,
    /// Clients in processes of their own.
    pub clients: Vec<ClientProcess>,
    /// The clock of these processes, if it can be set.
    pub clients_clock: Option<Clock>,
    /// Was the clock set by which leases expire?
    pub clock_stepped: bool,
    // Has the file of the clock.
    _folder: Folder,
}

/// A kind of fault.
#[derive(Clone, Copy)]
struct Fault {
    name: &'static str,
    /// Does it, mends it, and says what it did.
    inflict: fn(&mut World, &mut ChaCha8Rng) -> Result<String, Failure>,
}

/// Those of a file.
const OF_FILES: [Fault; 4] = [
    Fault {
        name: "file locked",
        inflict: file::lock,
    },
    Fault {
        name: "disk full",
        inflict: file::fill,
    },
    Fault {
        name: "client process killed",
        inflict: processes::kill_client,
    },
    Fault {
        name: "clock of client processes set",
        inflict: clocks::of_clients,
    },
];

/// Those of a server.
const OF_SERVERS: [Fault; 11] = [
    Fault {
        name: "client process killed",
        inflict: processes::kill_client,
    },
    Fault {
        name: "clock of client processes set",
        inflict: clocks::of_clients,
    },
    Fault {
        name: "clock of the server set",
        inflict: clocks::of_server,
    },
    Fault {
        name: "server killed",
        inflict: processes::kill,
    },
    Fault {
        name: "server stopped for a while",
        inflict: processes::stop,
    },
    Fault {
        name: "sessions ended by the server",
        inflict: sessions::end,
    },
    Fault {
        name: "all connections cut",
        inflict: network::cut,
    },
    Fault {
        name: "requests delayed",
        inflict: network::delay,
    },
    Fault {
        name: "answers held back",
        inflict: network::hold,
    },
    Fault {
        name: "requests or answers lost",
        inflict: network::lose,
    },
    Fault {
        name: "COMMITs lost, or their answers",
        inflict: network::lose_commits,
    },
];

/// What was done.
#[derive(Debug)]
pub struct Inflicted {
    pub kind: &'static str,
    pub what: String,
}

impl World {
    pub fn new(server: Server) -> Result<Self, Failure> {
        let proxy = server.port().map(Proxy::to).transpose()?;
        let folder = Folder::create("clients")?;
        Ok(Self {
            server,
            proxy,
            clients: Vec::new(),
            clients_clock: Clock::new(folder.path().join("clock"))?,
            clock_stepped: false,
            _folder: folder,
        })
    }

    /// The URL by which clients connect.
    pub fn url(&self) -> String {
        self.server.url(self.proxy.as_ref().map(Proxy::port))
    }

    /// Inflicts a fault that is drawn.
    pub fn inflict(&mut self, rng: &mut ChaCha8Rng) -> Result<Inflicted, Failure> {
        let faults: &[Fault] = match self.server {
            Server::Sqlite(_) => &OF_FILES,
            Server::Postgres(_) | Server::Mariadb(_) => &OF_SERVERS,
        };
        let fault = faults[rng.random_range(0..faults.len())];
        let what = (fault.inflict)(self, rng)?;
        self.heal();
        Ok(Inflicted {
            kind: fault.name,
            what,
        })
    }

    pub fn heal(&self) {
        if let Some(proxy) = &self.proxy {
            proxy.heal();
        }
    }

    /// Ends all connections of clients.
    pub fn cut(&self) {
        if let Some(proxy) = &self.proxy {
            proxy.cut();
        }
    }

    fn proxy(&self) -> Result<&Proxy, Failure> {
        self.proxy
            .as_ref()
            .ok_or_else(|| "there is no network".into())
    }
}

fn millis(rng: &mut ChaCha8Rng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(rng.random_range(range))
}
