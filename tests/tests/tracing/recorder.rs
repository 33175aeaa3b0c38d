//! A subscriber that remembers what it is told.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// The fields of a span or an event, printed.
pub(crate) type Fields = BTreeMap<String, String>;

/// Keys are shown or hidden for the whole program.
pub(crate) static KEYS: RwLock<()> = RwLock::new(());

/// Hears of all that happens on this thread.
pub(crate) struct Recorder {
    told: Arc<Mutex<Told>>,
    _keys: Option<RwLockReadGuard<'static, ()>>,
    _guard: DefaultGuard,
}

#[derive(Default)]
struct Told {
    spans: Vec<Fields>,
    events: Vec<(&'static str, Fields)>,
}

impl Recorder {
    /// Keys are hidden meanwhile.
    pub(crate) fn new() -> Self {
        Self::with(Some(KEYS.read().unwrap_or_else(PoisonError::into_inner)))
    }

    pub(crate) fn with(keys: Option<RwLockReadGuard<'static, ()>>) -> Self {
        let told = Arc::<Mutex<Told>>::default();
        let layer = Telling(Arc::clone(&told));
        Self {
            told,
            _keys: keys,
            _guard: tracing::subscriber::set_default(Registry::default().with(layer)),
        }
    }

    /// The events since the last call, with the last part of their targets.
    pub(crate) fn events(&self) -> Vec<(&'static str, Fields)> {
        std::mem::take(&mut self.told.lock().unwrap().events)
    }

    /// The spans that were closed since the last call.
    pub(crate) fn spans(&self) -> Vec<Fields> {
        std::mem::take(&mut self.told.lock().unwrap().spans)
    }
}

pub(crate) fn fields<const N: usize>(fields: [(&str, &str); N]) -> Fields {
    fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

struct Telling(Arc<Mutex<Told>>);

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Telling {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        if metadata.target() != "optlock" {
            return;
        }
        assert_eq!(
            (metadata.name(), metadata.level()),
            ("optlock", &Level::DEBUG)
        );
        let mut printed = Printed::default();
        attributes.record(&mut printed);
        context.span(id).unwrap().extensions_mut().insert(printed);
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        if let Some(printed) = span.extensions_mut().get_mut::<Printed>() {
            record.record(printed);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).unwrap();
        if let Some(Printed(fields)) = span.extensions_mut().remove::<Printed>() {
            self.0.lock().unwrap().spans.push(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let Some(target) = metadata.target().strip_prefix("optlock::") else {
            return;
        };
        assert_eq!(metadata.level(), &Level::DEBUG);
        let mut printed = Printed::default();
        event.record(&mut printed);
        printed
            .0
            .remove("message")
            .expect("an event says what happened");
        self.0.lock().unwrap().events.push((target, printed.0));
    }
}

#[derive(Default)]
struct Printed(Fields);

impl Visit for Printed {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}
