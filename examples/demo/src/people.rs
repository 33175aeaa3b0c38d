//! Who is there: signing in by a name, and what is kept for each person.
//!
//! **This is a demo: whoever says that they are Ann is Ann.** All else is as in a program with passwords: a session is a random
//! cookie, the person is known from it alone, and a form that was sent when the session had ended is not lost.

use crate::App;
use crate::address::Query;
use crate::card::pages::{OpenPage, Pages};
use crate::failed::Failed;
use crate::journal::Entry;
use crate::layout::{self, Page};
use crate::posted::Posted;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use optlock::diesel_async::lease;
use optlock_rest_api::database::Pooled;
use serde::Deserialize;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// How long a name is.
const LONGEST: usize = 40;

/// So that a program that signs in again and again does not fill the memory.
const MOST: usize = 10_000;

const COOKIE_NAME: &str = "optlock_demo";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    /// Whose orders they see.
    pub(crate) shop: String,
    pub(crate) is_admin: bool,
}

/// The shops that a person can be of.
pub(crate) const SHOPS: [&str; 2] = ["Mill Lane", "Harbour"];

/// What the program remembers until it ends.
#[derive(Debug, Default)]
pub(crate) struct People {
    known: Mutex<Known>,
    /// The pages that they have open.
    pub(crate) pages: Pages,
}

#[derive(Debug, Default)]
struct Known {
    sessions: HashMap<String, Person>,
    /// What was typed and not saved, by the person and the path of the form.
    drafts: HashMap<(String, String), Posted>,
}

impl People {
    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while it is locked.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sign_in(&self, person: Person) -> String {
        let id = Uuid::new_v4().to_string();
        make_room(&mut self.known().sessions, &id, |_| true).insert(id.clone(), person);
        id
    }

    fn find(&self, session: &str) -> Option<Person> {
        self.known().sessions.get(session).cloned()
    }

    fn sign_out(&self, session: &str) {
        self.known().sessions.remove(session);
    }

    /// Forgets what was typed, and which pages are open. Whoever has signed in stays so.
    pub(crate) fn reset(&self) {
        self.known().drafts.clear();
        self.pages.clear();
    }
}

/// Of a map that is full, forgets one entry before another one comes in: a spare one, if there is any.
pub(crate) fn make_room<'m, K: Clone + Eq + Hash, V>(
    map: &'m mut HashMap<K, V>,
    key: &K,
    is_spare: impl Fn(&V) -> bool,
) -> &'m mut HashMap<K, V> {
    if map.len() >= MOST && !map.contains_key(key) {
        let spare = map.iter().find(|(_, value)| is_spare(value));
        if let Some((any, _)) = spare.or_else(|| map.iter().next()) {
            let any = any.clone();
            map.remove(&any);
        }
    }
    map
}

/// What a handler knows of its request.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) app: App,
    pub(crate) me: Person,
    pub(crate) entry: Arc<Entry>,
}

impl Visit {
    /// A connection, for this request.
    pub(crate) async fn connection(&self) -> Result<Pooled, Failed> {
        Ok(self.app.connections.get().await?)
    }

    /// A page of this person, for this request alone.
    pub(crate) async fn page(&self, holder: &str, path: &str) -> OpenPage {
        self.app
            .people
            .pages
            .page(holder, &self.me.name, path)
            .await
    }

    pub(crate) fn keep_draft(&self, path: &str, typed: Posted) {
        let key = self.draft_key(path);
        make_room(&mut self.app.people.known().drafts, &key, |_| true).insert(key.clone(), typed);
    }

    pub(crate) fn draft(&self, path: &str) -> Option<Posted> {
        let key = self.draft_key(path);
        self.app.people.known().drafts.get(&key).cloned()
    }

    pub(crate) fn drop_draft(&self, path: &str) {
        let key = self.draft_key(path);
        self.app.people.known().drafts.remove(&key);
    }

    fn draft_key(&self, path: &str) -> (String, String) {
        (self.me.name.clone(), path.to_owned())
    }
}

/// The person, whom [`identify`] has found.
impl FromRequestParts<App> for Visit {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failed> {
        let me = parts.extensions.get::<Person>().cloned();
        let entry = parts.extensions.get::<Arc<Entry>>().cloned();
        match (me, entry) {
            (Some(me), Some(entry)) => Ok(Self {
                app: app.clone(),
                me,
                entry,
            }),
            _ => Err(Failed::Unknown(
                "This page needs a person who has signed in.",
            )),
        }
    }
}

/// Finds out who sends a request, and asks those to sign in who have not. What they have typed goes with the question, and
/// comes back by the answer.
pub(crate) async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let session = session_of(request.headers());
    if let Some(person) = session.and_then(|session| app.people.find(session)) {
        if let Some(entry) = request.extensions().get::<Arc<Entry>>() {
            let _only_once = entry.who.set(person.clone());
        }
        request.extensions_mut().insert(person);
        return next.run(request).await;
    }
    let path = request.uri().path().to_owned();
    if request.method() == Method::GET {
        let query = Posted::query("next", &path);
        return Redirect::to(&format!("/sign-in?{query}")).into_response();
    }
    match Posted::from_request(request, &()).await {
        Ok(typed) => ask(StatusCode::UNAUTHORIZED, &path, Some(&typed), None).into_response(),
        Err(failed) => failed.into_response(),
    }
}

fn session_of(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok());
    let mut cookies = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='));
    cookies
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, value)| value)
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    next: String,
}

/// GET /sign-in
pub(crate) async fn page(Query(asked): Query<Asked>) -> Response {
    ask(StatusCode::OK, &asked.next, None, None).into_response()
}

/// The question who somebody is, and behind it the form that they have sent, if they have sent one.
fn ask(
    status: StatusCode,
    next: &str,
    typed: Option<&Posted>,
    wrong: Option<&str>,
) -> impl IntoResponse + use<> {
    let body = html! {
        h1 { "Who are you?" }
        @if typed.is_some() {
            p.notice.warn role="alert" {
                "You were signed out, so nothing was saved. " strong { "What you typed is kept" }
                ": sign in with the same name, and send it again."
            }
        }
        @if let Some(wrong) = wrong { p.notice.warn role="alert" id="wrong" { (wrong) } }
        form.card method="post" action="/sign-in" {
            input type="hidden" name="next" value=(next);
            @if let Some(typed) = typed { input type="hidden" name="typed" value=(typed.encode()); }
            p.field {
                label for="name" { "Name" }
                input id="name" name="name" required maxlength=(LONGEST) autocomplete="off" autofocus;
                span.hint { "Any name will do. This is a demo: there are no passwords." }
            }
            p.field {
                label for="shop" { "Shop" }
                select id="shop" name="shop" { @for shop in SHOPS { option { (shop) } } }
                span.hint { "You see the orders of your own shop only." }
            }
            p.field.check {
                input type="checkbox" id="admin" name="admin" value="yes";
                label for="admin" { "I am an administrator, who may take orders over" }
            }
            p.buttons { button.primary type="submit" { "Sign in" } }
        }
        section.card {
            h2 { "Be two people at once" }
            p {
                "What this is about needs two people who edit the same thing. Open a second window beside this one, at "
                strong { "localhost" } " where this one says " strong { "127.0.0.1" }
                " (or a private window), and sign in there as somebody else."
            }
        }
    };
    (status, Page::of_nobody("Sign in").show(body))
}

/// POST /sign-in
pub(crate) async fn sign_in(State(app): State<App>, posted: Posted) -> Response {
    let next = posted.get("next").unwrap_or_default();
    let typed = posted.get("typed").map(Posted::decode);
    let name = posted.get("name").unwrap_or_default().trim();
    if name.is_empty() || name.chars().count() > LONGEST || name.chars().any(char::is_control) {
        let wrong = format!("A name has 1 to {LONGEST} characters.");
        return ask(
            StatusCode::UNPROCESSABLE_ENTITY,
            next,
            typed.as_ref(),
            Some(&wrong),
        )
        .into_response();
    }
    let shop = posted.get("shop").unwrap_or_default();
    let shop = SHOPS
        .into_iter()
        .find(|known| *known == shop)
        .unwrap_or(SHOPS[0]);
    let session = app.people.sign_in(Person {
        name: name.to_owned(),
        shop: shop.to_owned(),
        is_admin: posted.get("admin").is_some(),
    });
    let next = if is_of_this_site(next) { next } else { "/" };
    let cookie = format!("{COOKIE_NAME}={session}; Path=/; HttpOnly; SameSite=Lax");
    let cookie = AppendHeaders([(SET_COOKIE, cookie)]);
    match typed {
        Some(typed) => (cookie, send_again(next, &typed)).into_response(),
        None => (cookie, Redirect::to(next)).into_response(),
    }
}

/// Whether an address leads to this site, whatever a browser makes of it: browsers take tabs and line breaks away, and a
/// backslash for a slash. Only what is visible can be in a header.
fn is_of_this_site(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The form that was sent when the session had ended. Its person sends it: what is saved is saved by who they are now.
fn send_again(path: &str, typed: &Posted) -> Markup {
    let body = html! {
        h1 { "Send it again" }
        p.lead { "You are signed in. What you sent before is kept, and has not arrived yet." }
        form.card method="post" action=(path) {
            @for (name, value) in typed.iter() { input type="hidden" name=(name) value=(value); }
            p.buttons {
                button.primary type="submit" { "Send it again" }
                a.button href="/" { "Forget it" }
            }
        }
    };
    Page::of_nobody("Send it again").show(body)
}

/// POST /sign-out: their leases end, and their pages are shown to nobody any more.
pub(crate) async fn sign_out(visit: Visit, headers: HeaderMap) -> Result<Response, Failed> {
    let conn = &mut visit.connection().await?;
    // First, so that no page of theirs that waits takes a lease in between.
    if let Some(session) = session_of(&headers) {
        visit.app.people.sign_out(session);
    }
    lease::release_all(&visit.me.name, conn).await?;
    let cookie = format!("{COOKIE_NAME}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    Ok((
        AppendHeaders([(SET_COOKIE, cookie)]),
        Redirect::to("/sign-in"),
    )
        .into_response())
}

/// POST /reset: everybody's rows are as they were at first.
pub(crate) async fn reset(visit: Visit) -> Result<Redirect, Failed> {
    crate::database::reset(&mut *visit.connection().await?).await?;
    visit.app.people.reset();
    Ok(Redirect::to("/contacts"))
}

const THINGS: [(&str, &str, &str); 6] = [
    (
        "/contacts",
        "Contacts",
        "Who edits or looks at what, live. Each row has a version, and each save checks it.",
    ),
    (
        "/orders",
        "Orders",
        "One person edits one at a time; all others see who, and for how much longer. Lines of one order are for several.",
    ),
    (
        "/products",
        "Products",
        "The same with the time of the last change as the version.",
    ),
    (
        "/hours",
        "Hours",
        "A table without a version: the form knows what its page has shown.",
    ),
    (
        "/json",
        "JSON",
        "The same between programs: requests, answers, statuses.",
    ),
    (
        "/inside",
        "Behind the pages",
        "What each request has asked of the database.",
    ),
];

/// GET /
pub(crate) async fn home(visit: Visit) -> Response {
    let body = html! {
        h1 { "Two people edit one thing" }
        p.lead {
            "Usually whoever saves last wins, and the other change is gone without a word. Here whoever comes second is "
            "told, sees both changes, and decides: nothing is lost unseen."
        }
        ol.steps {
            li {
                "You are " strong { (visit.me.name) } ". Open a " a href="/contacts" { "contact" }
                ", and change something. Do not save yet."
            }
            li {
                "Let somebody else save a change to the same contact: in a second window (" strong { "localhost" }
                " in place of " strong { "127.0.0.1" } "), or by the button under the form that lets Bob do it."
            }
            li { "Now save. You see both changes beside each other, and nothing of yours is lost." }
        }
        h2 { "What else there is" }
        dl.things {
            @for (path, name, what) in THINGS { dt { a href=(path) { (name) } } dd { (what) } }
        }
        (layout::reset_form())
    };
    Page::of(&visit, "optlock demo").show(body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_site() {
        for next in ["/", "/orders/1001", "/hours?done=saved"] {
            assert!(is_of_this_site(next), "{next}");
        }
        for next in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n",
            "/ä",
        ] {
            assert!(!is_of_this_site(next), "{next:?}");
        }
    }

    #[test]
    fn a_new_key_takes_the_place_of_a_spare_one() {
        let mut full: HashMap<usize, usize> = (0..MOST).map(|key| (key, key)).collect();
        let is_spare = |value: &usize| *value == 7;
        assert_eq!(make_room(&mut full, &7, is_spare).len(), MOST); // it is there
        assert!(!make_room(&mut full, &MOST, is_spare).contains_key(&7));
        full.insert(MOST, MOST);
        assert_eq!(make_room(&mut full, &7, is_spare).len(), MOST - 1); // any other
    }
}
