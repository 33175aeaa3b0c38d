//! An application of one test.

use crate::browser::{Browser, Window};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use diesel_async::SimpleAsyncConnection;
use optlock_demo::{App, Options, database, router};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

pub(crate) struct Application {
    pub(crate) app: App,
    pub(crate) port: u16,
    number: u32,
    browser: Browser,
}

/// What was answered with a status that no page may have.
type Errors = Arc<Mutex<Vec<String>>>;

/// Pages ask for news five times a second, and no lease ends while a test is slow.
pub(crate) const OPTIONS: Options = Options {
    poll: Duration::from_millis(200),
    lease: Duration::from_secs(600),
};

/// Runs a test with an application of its own.
pub(crate) fn with_application(test: impl AsyncFnOnce(&Application)) {
    with_options(OPTIONS, test);
}

pub(crate) fn with_options(options: Options, test: impl AsyncFnOnce(&Application)) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = Folder::create(number);
    let errors = Errors::default();
    let runtime = crate::browser::runtime();
    let (serving, application) = runtime.block_on(async {
        let browser = Browser::take().await;
        let file = folder.0.join("demo.sqlite3");
        let mut settings = database::settings(Some(file.to_string_lossy().into_owned())).unwrap();
        settings.on_connect = "PRAGMA synchronous = OFF".into(); // no test pulls the plug
        let app = App::open(&settings, options).await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let watched =
            router(app.clone()).layer(middleware::from_fn_with_state(Arc::clone(&errors), watch));
        let serving = tokio::spawn(async move { axum::serve(listener, watched).await });
        (
            serving,
            Application {
                app,
                port,
                number,
                browser,
            },
        )
    });
    let tested = catch_unwind(AssertUnwindSafe(|| runtime.block_on(test(&application))));
    runtime.block_on(async {
        serving.abort();
        let Application { app, browser, .. } = application;
        browser.give_back().await;
        app.finish().await;
        app.connections().close();
    });
    if let Err(panic) = tested {
        resume_unwind(panic);
    }
    assert_eq!(*errors.lock().unwrap(), Vec::<String>::new());
}

impl Application {
    /// A window of somebody who has signed in. Each person has a host of their own, and by that a cookie.
    pub(crate) async fn window(&self, name: &str) -> Window<'_> {
        let window = self.window_of_nobody(name).await;
        window.go("/sign-in?next=/contacts").await;
        window.type_into("name", name).await;
        window.press("Sign in").await;
        window.sees("h1", "Contacts").await;
        window
    }

    pub(crate) async fn window_of_nobody(&self, name: &str) -> Window<'_> {
        let host = format!("{}-{}.localhost", name.to_lowercase(), self.number);
        self.browser
            .window(format!("http://{host}:{}", self.port))
            .await
    }

    /// What another program does to the database.
    pub(crate) async fn execute(&self, sql: &str) {
        let mut conn = self.app.connections().get().await.unwrap();
        conn.batch_execute(sql).await.unwrap();
    }
}

async fn watch(State(errors): State<Errors>, request: Request, next: Next) -> Response {
    let what = format!("{} {}", request.method(), request.uri());
    let answer = next.run(request).await;
    if answer.status().is_server_error() {
        errors
            .lock()
            .unwrap()
            .push(format!("{what}: {}", answer.status()));
    }
    answer
}

struct Folder(PathBuf);

impl Folder {
    fn create(number: u32) -> Self {
        let folder =
            std::env::temp_dir().join(format!("optlock_demo_{}_{number}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _it_is_in_the_temporary_folder = std::fs::remove_dir_all(&self.0);
    }
}
