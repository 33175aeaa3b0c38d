//! A form that was sent.

use crate::failed::Failed;
use axum::extract::{Form, FromRequest, Request};
use axum::http::StatusCode;

/// Its inputs, in their order. What they may hold is for the page to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Posted(Vec<(String, String)>);

impl From<Vec<(String, String)>> for Posted {
    fn from(inputs: Vec<(String, String)>) -> Self {
        Self(inputs)
    }
}

impl Posted {
    /// The first input of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut inputs = self.0.iter();
        inputs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The part of an address behind its `?`.
    pub(crate) fn query(name: &str, value: &str) -> String {
        Self(vec![(name.to_owned(), value.to_owned())]).encode()
    }

    /// As it was sent, to be carried along in an input of another form.
    pub(crate) fn encode(&self) -> String {
        serde_urlencoded::to_string(&self.0).unwrap_or_default()
    }

    /// What [`encode`](Self::encode) has made.
    pub(crate) fn decode(text: &str) -> Self {
        Self(serde_urlencoded::from_str(text).unwrap_or_default())
    }
}

/// axum's `Form`, with a page where it refuses.
impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Failed;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failed> {
        match Form::from_request(request, state).await {
            Ok(Form(inputs)) => Ok(Self(inputs)),
            Err(refused) => Err(match refused.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    Failed::Refused(StatusCode::PAYLOAD_TOO_LARGE, "The form is too large.")
                }
                status => Failed::Refused(status, "What was sent is no form that a browser sends."),
            }),
        }
    }
}
