//! A client of HTTP that fills in forms.

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{Method, Request};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub(crate) struct Client {
    http: hyper_util::client::legacy::Client<HttpConnector, Body>,
    address: SocketAddr,
    cookie: String,
    /// How long each answer took.
    pub(crate) took: Vec<Duration>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Client {
    /// Somebody of the first shop.
    pub(crate) async fn sign_in(address: SocketAddr, name: &str) -> Self {
        Self::sign_in_to(address, name, "Mill Lane").await
    }

    pub(crate) async fn sign_in_to(address: SocketAddr, name: &str, shop: &str) -> Self {
        let mut client = Self::nobody(address);
        let inputs = [("name", name), ("shop", shop)];
        let answer = client.post("/sign-in", &typed(Vec::new(), &inputs)).await;
        assert_eq!(answer.status, 303);
        client
    }

    pub(crate) fn nobody(address: SocketAddr) -> Self {
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        Self {
            http,
            address,
            cookie: String::new(),
            took: Vec::new(),
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, String::new()).await
    }

    pub(crate) async fn post(&mut self, path: &str, inputs: &[(String, String)]) -> Answer {
        self.send(
            Method::POST,
            path,
            serde_urlencoded::to_string(inputs).unwrap(),
        )
        .await
    }

    async fn send(&mut self, method: Method, path: &str, body: String) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header(COOKIE, &self.cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let begun = Instant::now();
        let (parts, body) = self.http.request(request).await.unwrap().into_parts();
        let body = to_bytes(Body::new(body), 1 << 20).await.unwrap();
        self.took.push(begun.elapsed());
        if let Some(cookie) = parts.headers.get(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        Answer {
            status: parts.status.as_u16(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

impl Answer {
    /// What a hidden input of the page has.
    pub(crate) fn input(&self, name: &str) -> String {
        let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
        let (_, rest) = self
            .body
            .split_once(&start)
            .unwrap_or_else(|| panic!("{name} is not in {}", self.body));
        unescape(rest.split('"').next().unwrap())
    }

    /// What the form of the page sends if nobody types into it: its inputs but for radios and buttons.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        let (_, form) = self
            .body
            .split_once(" id=\"card\"")
            .unwrap_or_else(|| panic!("no form is in {}", self.body));
        let form = form.split("</form>").next().unwrap();
        let mut inputs = Vec::new();
        for tag in form.split('<').skip(1) {
            let (attributes, text) = tag.split_once('>').unwrap();
            let value = match attributes.split(' ').next().unwrap() {
                "input" if !attributes.contains("type=\"radio\"") => attribute(attributes, "value"),
                "textarea" => Some(text.strip_prefix('\n').unwrap_or(text)),
                _ => None,
            };
            if let Some(value) = value {
                let name = attribute(attributes, "name").unwrap();
                inputs.push((name.to_owned(), unescape(value)));
            }
        }
        inputs
    }

    /// What the form of a contact sends if nobody types into it, but for the calls.
    pub(crate) fn card(&self) -> Vec<(String, String)> {
        let mut inputs = vec![
            ("token".to_owned(), self.input("token")),
            ("page".to_owned(), self.input("page")),
        ];
        for name in ["name", "email", "phone", "calls", "notes"] {
            let was = format!("was_{name}");
            let value = self.input(&was);
            if name != "calls" {
                inputs.push((name.to_owned(), value.clone()));
            }
            inputs.push((was, value));
        }
        inputs
    }
}

/// An attribute of a tag, as the page has it.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// A form with some of its inputs set, whether it had them or not.
pub(crate) fn typed(form: Vec<(String, String)>, inputs: &[(&str, &str)]) -> Vec<(String, String)> {
    let is_set = |name: &str| inputs.iter().any(|(set, _)| *set == name);
    let mut typed: Vec<_> = form.into_iter().filter(|(name, _)| !is_set(name)).collect();
    typed.extend(
        inputs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    typed
}
