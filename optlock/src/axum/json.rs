//! A body as JSON, with the tag as its field `etag`.

use crate::http::ETag;
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The field of the tag.
const ETAG: &str = "etag";

/// The body with the tag behind its own fields. A body that has no room for it is the field `value`.
///
/// The bytes of the body stay as serde has written them: a [`Value`] in between would turn `0.1_f32` into
/// `0.10000000149011612`, and could not hold each number.
pub(super) fn with_tag(body: &impl Serialize, etag: &ETag) -> serde_json::Result<Vec<u8>> {
    let body = serde_json::to_vec(body)?;
    let fields = serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(&body);
    let has_own_tag = |fields: &BTreeMap<_, _>| fields.contains_key(ETAG);
    Ok(match (fields, body.strip_suffix(b"}")) {
        (Ok(fields), Some(open)) if !has_own_tag(&fields) => {
            let comma: &[u8] = if fields.is_empty() { b"" } else { b"," };
            [open, comma, member(etag).as_bytes(), b"}"].concat()
        }
        (Ok(_), _) if is_own_tag(&body, etag) => body,
        _ => [
            &b"{\"value\":"[..],
            &body,
            b",",
            member(etag).as_bytes(),
            b"}",
        ]
        .concat(),
    })
}

/// The tag alone.
pub(super) fn tag_alone(etag: &ETag) -> Vec<u8> {
    format!("{{{}}}", member(etag)).into_bytes()
}

fn member(etag: &ETag) -> String {
    format!("\"{ETAG}\":{}", Value::from(etag.as_str()))
}

/// Has the body this tag already?
fn is_own_tag(body: &[u8], etag: &ETag) -> bool {
    let fields = serde_json::from_slice::<Map<String, Value>>(body);
    fields.is_ok_and(|fields| fields.get(ETAG).is_some_and(|own| own == etag.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const TAG: &str = r#""UUumJ2qDw1H6W6j0F63DuQ.7""#;
    const MEMBER: &str = r#""etag":"\"UUumJ2qDw1H6W6j0F63DuQ.7\"""#;

    fn etag() -> ETag {
        TAG.parse().unwrap()
    }

    #[track_caller]
    fn assert_json(body: &impl Serialize, expected: &str) {
        let written = String::from_utf8(with_tag(body, &etag()).unwrap()).unwrap();
        assert_eq!(written, expected);
        // As a client reads it.
        let read: Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read[ETAG], TAG);
    }

    #[test]
    fn the_fields_of_a_body_stay_as_serde_writes_them() {
        #[derive(Serialize)]
        struct Body {
            zeta: f32,
            alpha: u128,
            #[serde(flatten)]
            more: More,
            deep: Vec<Option<More>>,
        }
        #[derive(Serialize, Clone)]
        struct More {
            text: &'static str,
        }
        let more = More { text: "}\u{0}\"" };
        let body = Body {
            zeta: 0.1,
            alpha: u128::MAX,
            more: more.clone(),
            deep: vec![None, Some(more)],
        };
        let text = r#""text":"}\u0000\"""#;
        assert_json(
            &body,
            &format!(
                r#"{{"zeta":0.1,"alpha":340282366920938463463374607431768211455,{text},"deep":[null,{{{text}}}],{MEMBER}}}"#
            ),
        );
        assert_json(&HashMap::<String, i32>::new(), &format!("{{{MEMBER}}}"));
    }

    /// serde_json reads no value that is nested so deeply, and writes it.
    #[test]
    fn a_field_of_a_body_may_be_nested_deeply() {
        let nested = (0..1000).fold(Value::Null, |inner, _| Value::from([inner]));
        let written = with_tag(&BTreeMap::from([("a", nested)]), &etag()).unwrap();
        assert!(written.starts_with(b"{\"a\":[["));
        assert!(written.ends_with(format!("]],{MEMBER}}}").as_bytes()));
    }

    #[test]
    fn a_body_that_has_no_room_for_the_tag_is_a_field() {
        assert_json(&7, &format!(r#"{{"value":7,{MEMBER}}}"#));
        assert_json(&[1.5], &format!(r#"{{"value":[1.5],{MEMBER}}}"#));
        assert_json(&"}", &format!(r#"{{"value":"}}",{MEMBER}}}"#));
        assert_json(&None::<i32>, &format!(r#"{{"value":null,{MEMBER}}}"#));
        // Nothing of it is lost.
        let own = BTreeMap::from([("etag", "of a cache"), ("name", "Ann")]);
        assert_json(
            &own,
            &format!(r#"{{"value":{{"etag":"of a cache","name":"Ann"}},{MEMBER}}}"#),
        );
        let other: ETag = TAG.replace('7', "6").parse().unwrap();
        let old = BTreeMap::from([("etag", other)]);
        assert_json(
            &old,
            &format!(r#"{{"value":{{{}}},{MEMBER}}}"#, MEMBER.replace('7', "6")),
        );
        // In its own spelling it is no such field.
        let inside = BTreeMap::from([("ETag", BTreeMap::from([("etag", 1)]))]);
        assert_json(&inside, &format!(r#"{{"ETag":{{"etag":1}},{MEMBER}}}"#));
    }

    /// That of a list entry, which is a body of its own elsewhere.
    #[test]
    fn a_body_that_has_this_tag_already_stays_as_it_is() {
        #[derive(Serialize)]
        struct Entry {
            etag: ETag,
            name: &'static str,
        }
        let entry = Entry {
            etag: etag(),
            name: "Ann",
        };
        assert_json(&entry, &format!(r#"{{{MEMBER},"name":"Ann"}}"#));
    }

    #[test]
    fn a_body_that_is_no_json_is_an_error() {
        let keyed = HashMap::from([((1, 2), 3)]);
        let error = with_tag(&keyed, &etag()).unwrap_err();
        assert_eq!(error.to_string(), "key must be a string");
        assert_eq!(tag_alone(&etag()), format!("{{{MEMBER}}}").into_bytes());
    }
}
