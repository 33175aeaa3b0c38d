//! Browsers, and what a person does in a window of one.

use axum::http::Method;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::iter;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;
use tokio::runtime::Runtime;
use url::{ParseError, Url};

/// How long a person waits for something to appear. A test that passes waits for none of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Of all tests: a browser that one of them has used is used by the next one.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

static FREE: Mutex<Vec<Client>> = Mutex::new(Vec::new());

/// A browser, which one test has at a time. bin/test-browser ends them all with their driver.
pub(crate) struct Browser {
    client: Client,
    first: WindowHandle,
}

impl Browser {
    pub(crate) async fn take() -> Self {
        let free = FREE.lock().unwrap().pop();
        let client = match free {
            Some(client) => client,
            None => start().await,
        };
        let first = client.window().await.unwrap();
        Self { client, first }
    }

    /// Closes all windows but the first one.
    pub(crate) async fn give_back(self) {
        for window in self.client.windows().await.unwrap() {
            if window != self.first {
                self.client.switch_to_window(window).await.unwrap();
                self.client.close_window().await.unwrap();
            }
        }
        self.client.switch_to_window(self.first).await.unwrap();
        FREE.lock().unwrap().push(self.client);
    }

    pub(crate) async fn window(&self, origin: String) -> Window<'_> {
        // No tab, which would be hidden as soon as another one is looked at.
        let handle = self.client.new_window(false).await.unwrap().handle;
        let window = Window {
            client: &self.client,
            handle,
            origin,
        };
        window
            .client()
            .await
            .set_window_size(1100, 900)
            .await
            .unwrap();
        window
    }
}

async fn start() -> Client {
    let Ok(url) = std::env::var("OPTLOCK_WEBDRIVER_URL") else {
        panic!("OPTLOCK_WEBDRIVER_URL names no driver of a browser; bin/test-browser starts one");
    };
    let mut arguments = vec![
        "--headless=new",
        "--disable-gpu",
        "--hide-scrollbars",
        "--lang=en",
    ];
    if is_root() {
        arguments.push("--no-sandbox"); // Chromium's sandbox needs an ordinary user
    }
    let mut capabilities = Capabilities::new();
    capabilities.insert("goog:chromeOptions".into(), json!({ "args": arguments }));
    let mut builder = ClientBuilder::new(HttpConnector::new());
    let client = builder.capabilities(capabilities).connect(&url).await;
    client.unwrap_or_else(|error| panic!("the driver at {url} starts no browser: {error}"))
}

fn is_root() -> bool {
    std::env::var("USER").is_ok_and(|user| user == "root")
        || std::env::var("HOME").is_ok_and(|home| home == "/root")
}

/// What one person sees.
pub(crate) struct Window<'b> {
    client: &'b Client,
    handle: WindowHandle,
    pub(crate) origin: String,
}

impl Window<'_> {
    /// The client, in this window.
    pub(crate) async fn client(&self) -> &Client {
        self.client
            .switch_to_window(self.handle.clone())
            .await
            .unwrap();
        self.client
    }

    pub(crate) async fn go(&self, path: &str) {
        self.client()
            .await
            .goto(&format!("{}{path}", self.origin))
            .await
            .unwrap();
    }

    /// The address without the origin.
    pub(crate) async fn path(&self) -> String {
        let url = self.client().await.current_url().await.unwrap();
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    }

    async fn wait(&self, locator: Locator<'_>) -> Element {
        match self
            .client()
            .await
            .wait()
            .at_most(PATIENCE)
            .for_element(locator)
            .await
        {
            Ok(element) => element,
            Err(error) => panic!(
                "{error}: {locator:?} is not on\n{}",
                self.text("body").await
            ),
        }
    }

    /// Waits for an element with this text in it. `what` is the name of an element, or `#` and an id.
    pub(crate) async fn sees(&self, what: &str, text: &str) {
        self.sees_one_of(what, &[text]).await;
    }

    /// Waits for an element with this text in it and how long ago that was: seconds, on a machine that is busy.
    pub(crate) async fn sees_lately(&self, what: &str, text: &str) {
        let seconds = (2..60).map(|seconds| format!("{text}, {seconds} seconds ago"));
        let texts: Vec<_> = iter::once(format!("{text}, just now"))
            .chain(seconds)
            .collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        self.sees_one_of(what, &texts).await;
    }

    async fn sees_one_of(&self, what: &str, texts: &[&str]) {
        let element = match what.strip_prefix('#') {
            Some(id) => format!("*[@id=\"{id}\"]"),
            None => what.to_owned(),
        };
        let contains = texts.iter().map(|text| {
            assert!(!text.contains('"'));
            format!("contains(normalize-space(.), \"{text}\")")
        });
        let contains = contains.collect::<Vec<_>>().join(" or ");
        self.wait(Locator::XPath(&format!("//{element}[{contains}]")))
            .await;
    }

    /// Waits until there is no such element.
    pub(crate) async fn misses(&self, css: &str) {
        let xpath_free = format!("html:not(:has({css}))");
        self.wait(Locator::Css(&xpath_free)).await;
    }

    pub(crate) async fn find(&self, css: &str) -> Element {
        self.wait(Locator::Css(css)).await
    }

    pub(crate) async fn text(&self, css: &str) -> String {
        let found = self.client().await.find(Locator::Css(css)).await;
        found
            .unwrap_or_else(|error| panic!("{css}: {error}"))
            .text()
            .await
            .unwrap()
    }

    pub(crate) async fn has(&self, css: &str) -> bool {
        !self
            .client()
            .await
            .find_all(Locator::Css(css))
            .await
            .unwrap()
            .is_empty()
    }

    /// What an input has.
    pub(crate) async fn value(&self, name: &str) -> String {
        let input = self.find(&format!("#card [name='{name}']")).await;
        input.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Replaces what is in an input by what is typed.
    pub(crate) async fn type_into(&self, name: &str, text: &str) {
        let input = self
            .find(&format!("[name='{name}']:not([type=hidden])"))
            .await;
        input.clear().await.unwrap();
        input.send_keys(text).await.unwrap();
    }

    /// Presses a button or follows a link with this text, and waits for the next page.
    pub(crate) async fn press(&self, text: &str) {
        let xpath =
            format!("//*[self::button or self::a or self::summary][normalize-space(.)=\"{text}\"]");
        let button = self.wait(Locator::XPath(&xpath)).await;
        button.click().await.unwrap();
    }

    pub(crate) async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap();
    }

    /// Chooses one of several, by the keyboard: a notice that appears moves what is below it, and the mouse would miss it.
    pub(crate) async fn choose(&self, css: &str) {
        self.find(css).await.send_keys(" ").await.unwrap();
    }

    pub(crate) async fn script(
        &self,
        script: &str,
        arguments: Vec<Value>,
    ) -> Result<Value, CmdError> {
        self.client().await.execute(script, arguments).await
    }

    /// Changes what a hidden input has, as who wants to cheat does.
    pub(crate) async fn forge(&self, name: &str, value: &str) {
        let script =
            "document.querySelector(`#card [name=\"${arguments[0]}\"]`).value = arguments[1]";
        self.script(script, vec![name.into(), value.into()])
            .await
            .unwrap();
    }

    /// The form of a contact, by its name in the list.
    pub(crate) async fn open(&self, name: &str) {
        self.go("/contacts").await;
        self.press(name).await;
        self.sees("h1", name).await;
    }

    /// Presses a button of the form that sends this action, by the keyboard as well.
    pub(crate) async fn act(&self, action: &str) {
        let button = self
            .find(&format!("button[value='{action}']:not(.default)"))
            .await;
        button.send_keys("\u{e007}").await.unwrap(); // Enter
    }

    /// What elements have, as it is seen.
    pub(crate) async fn texts(&self, css: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self
            .client()
            .await
            .find_all(Locator::Css(css))
            .await
            .unwrap()
        {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    /// What elements have, also those that are folded away.
    pub(crate) async fn hidden_texts(&self, css: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)";
        let texts = self.script(script, vec![css.into()]).await.unwrap();
        serde_json::from_value(texts).unwrap()
    }

    /// Fails if axe-core finds something serious or critical: what somebody could not use who does not see the page, or has no
    /// mouse. In light and in dark.
    pub(crate) async fn check(&self, what: &str) {
        self.script(AXE, vec![]).await.unwrap();
        for scheme in ["dark", "light"] {
            self.scheme(scheme).await;
            let script = "const done = arguments[0];
                axe.run({resultTypes: ['violations']}).then(({violations}) => done(violations
                    .filter(({impact}) => impact === 'serious' || impact === 'critical')
                    .map(({id, help, nodes}) => `${id}: ${help}: ${nodes.map(node => node.html).join(' | ')}`)))";
            let found = self
                .client()
                .await
                .execute_async(script, vec![])
                .await
                .unwrap();
            assert_eq!(found, json!([]), "{what}, {scheme}");
        }
    }

    pub(crate) async fn scheme(&self, scheme: &'static str) {
        self.client().await.issue_cmd(Scheme(scheme)).await.unwrap();
    }

    /// As wide as a phone is, or as a desk has it.
    pub(crate) async fn size(&self, width: u32, height: u32) {
        self.client()
            .await
            .set_window_size(width, height)
            .await
            .unwrap();
    }

    /// Is all of the page within its width?
    pub(crate) async fn fits(&self) -> bool {
        let script =
            "return document.documentElement.scrollWidth <= document.documentElement.clientWidth";
        self.script(script, vec![]).await.unwrap() == true
    }

    /// A picture of the window, for people: into the folder that `OPTLOCK_SCREENSHOTS` names, if it names one.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = std::env::var("OPTLOCK_SCREENSHOTS")
            .unwrap_or_else(|_| env!("CARGO_TARGET_TMPDIR").into());
        let png = self.client().await.screenshot().await.unwrap();
        std::fs::write(PathBuf::from(folder).join(format!("{name}.png")), png).unwrap();
    }
}

const AXE: &str = include_str!("../vendor/axe-core/axe.min.js");

/// Makes the pages of a window light or dark, by a command that WebDriver has not, and Chromium's driver has.
#[derive(Debug)]
struct Scheme(&'static str);

impl WebDriverCompatibleCommand for Scheme {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let features = json!([{"name": "prefers-color-scheme", "value": self.0}]);
        let command =
            json!({"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}});
        (Method::POST, Some(command.to_string()))
    }
}
