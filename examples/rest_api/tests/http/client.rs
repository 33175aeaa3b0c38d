//! A client that speaks as much HTTP/1.1 as the tests need, over a connection that it can cut at any point, which no library
//! of clients lets it do.

use crate::document;
use serde_json::Value;
use std::fmt::Write as _;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: &'static str,
    path: String,
    /// With the body.
    text: String,
}

impl Request {
    pub(crate) fn new(
        method: &'static str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Self {
        let body = body.map(Value::to_string);
        Self::with_text(method, path, headers, body.as_deref())
    }

    pub(crate) fn with_text(
        method: &'static str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Self {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        if let Some(body) = body {
            if !headers.iter().any(|(name, _)| *name == "Content-Type") {
                text.push_str("Content-Type: application/json\r\n");
            }
            write!(text, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        } else {
            text.push_str("\r\n");
        }
        Self {
            method,
            path: path.to_owned(),
            text,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
        }
    }

    /// Sends a request, whose answer is for the caller to read.
    pub(crate) async fn write(&mut self, request: &Request) -> &mut TcpStream {
        if self.stream.is_none() {
            self.stream = Some(TcpStream::connect(self.address).await.unwrap());
        }
        let stream = self.stream.as_mut().unwrap();
        stream.write_all(request.text.as_bytes()).await.unwrap();
        stream
    }

    /// Sends a request and hangs up, sooner or later.
    pub(crate) async fn cut(&mut self, request: &Request, turns: u8) {
        self.write(request).await;
        // The turns of other tasks, in which the service goes on with the request.
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        self.stream = None;
    }

    /// Sends a request and reads the answer, which has to be one that the document of the service knows.
    pub(crate) async fn send(&mut self, request: &Request) -> Answer {
        let stream = self.write(request).await;
        let mut read = Vec::new();
        let head = loop {
            if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let body = read.split_off(end + 4);
                break String::from_utf8(std::mem::replace(&mut read, body)).unwrap();
            }
            let count = stream.read_buf(&mut read).await.unwrap();
            assert_ne!(count, 0, "no answer to {request:?}");
        };
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer {
            status,
            head,
            body: String::new(),
        };
        let length = match status {
            204 | 304 => 0,
            _ => answer.header("content-length").unwrap().parse().unwrap(),
        };
        while read.len() < length {
            let count = stream.read_buf(&mut read).await.unwrap();
            assert_ne!(count, 0, "half an answer to {request:?}");
        }
        answer.body = String::from_utf8(read).unwrap();
        document::check(request.method, &request.path, status);
        // A request that is refused because of another client's change is refused again.
        let may_repeat = answer.header("retry-after").is_some();
        assert_eq!(may_repeat, matches!(status, 423 | 503), "{answer:?}");
        answer
    }

    pub(crate) async fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(&Request::new("GET", path, headers, None)).await
    }

    pub(crate) async fn put(&mut self, id: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let path = format!("/contacts/{id}");
        self.send(&Request::new("PUT", &path, headers, Some(body)))
            .await
    }

    pub(crate) async fn patch(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        self.send(&Request::new("PATCH", path, headers, Some(body)))
            .await
    }

    pub(crate) async fn delete(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(&Request::new("DELETE", path, headers, None))
            .await
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The tag in the body.
    pub(crate) fn tag(&self) -> String {
        self.json()["etag"].as_str().unwrap().to_owned()
    }

    /// The problem, of this type.
    pub(crate) fn problem(&self, name: &str) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let problem = self.json();
        assert_eq!(
            problem["type"],
            format!("urn:problem-type:optlock:{name}"),
            "{problem}"
        );
        assert_eq!(problem["status"], self.status, "{problem}");
        problem
    }
}
