//! No header makes the parser panic, and what it has read it prints as what it reads again.

#![no_main]

use http::header::{HeaderMap, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use libfuzzer_sys::fuzz_target;
use optlock::http::{ETag, IfMatch, IfNoneMatch};

fuzz_target!(|data: &[u8]| {
    let mut headers = HeaderMap::new();
    // A byte that no header can have begins another line.
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(line) = HeaderValue::from_bytes(line) else { return };
        headers.append(IF_MATCH, line.clone());
        headers.append(IF_NONE_MATCH, line);
    }
    let read = IfMatch::from_headers(&headers).map(Option::unwrap);
    let also = IfNoneMatch::from_headers(&headers).map(Option::unwrap);
    assert_eq!(read.is_ok(), also.is_ok());
    let Ok(if_match) = read else { return };

    let mut printed = HeaderMap::new();
    printed.insert(IF_MATCH, HeaderValue::from(&if_match));
    assert_eq!(IfMatch::from_headers(&printed), Ok(Some(if_match.clone())));
    for tag in if_match.tags() {
        let quoted = [b"\"", tag.opaque(), b"\""].concat();
        if let Ok(etag) = ETag::try_from(&quoted[..]) {
            assert_eq!(etag.as_str().as_bytes(), quoted);
            assert!(tag.is_weak() || if_match.matches(&etag));
            assert!(if_match.clone().accept_weakened().matches(&etag));
        }
    }
});
