//! The grammar of `If-Match` and `If-None-Match`: RFC 9110, sections 5.6.1, 8.8.3, 13.1.1 and 13.1.2.

use super::entity_tag::EntityTag;
use super::malformed::{MalformedTags, Why};
use ::http::HeaderName;
use ::http::header::{GetAll, HeaderMap, HeaderValue};

/// What a header names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// `*`: any version of a row that is there.
    Any,
    /// These tags, of which there is at least one.
    Tags(Vec<EntityTag>),
}

/// As a client sends it, in one line.
impl From<&Named> for HeaderValue {
    fn from(named: &Named) -> Self {
        let Named::Tags(tags) = named else {
            return Self::from_static("*");
        };
        let tags: Vec<_> = tags.iter().map(EntityTag::to_bytes).collect();
        match Self::from_bytes(&tags.join(&b", "[..])) {
            Ok(value) => value,
            Err(_) => unreachable!("a tag has no byte that a header cannot have"),
        }
    }
}

/// How many members of a list may be empty. A recipient has to ignore a reasonable number of them.
const EMPTY: usize = 32;

/// How many tags a list may have. A client holds a few versions of a resource.
pub(super) const TAGS: usize = 100;

/// What the header names in all its lines, or `None` if there is no such header.
pub(super) fn named(
    headers: &HeaderMap,
    name: &HeaderName,
    printed: &'static str,
) -> Result<Option<Named>, MalformedTags> {
    let lines = headers.get_all(name);
    if lines.iter().next().is_none() {
        return Ok(None);
    }
    let named = read(lines);
    named
        .map(Some)
        .map_err(|why| MalformedTags::new(printed, why))
}

fn read(lines: GetAll<'_, HeaderValue>) -> Result<Named, Why> {
    let mut list = List::default();
    for line in lines {
        list.read_line(line.as_bytes())?;
    }
    match list {
        List {
            has_star: true,
            tags,
            members: 1,
            ..
        } if tags.is_empty() => Ok(Named::Any),
        List { has_star: true, .. } => Err(Why::StarNotAlone),
        List { tags, .. } if tags.is_empty() => Err(Why::Nothing),
        List { tags, .. } => Ok(Named::Tags(tags)),
    }
}

/// The members of the list that were read. Several lines are one list.
#[derive(Debug, Default)]
struct List {
    tags: Vec<EntityTag>,
    has_star: bool,
    members: usize,
    empty: usize,
}

impl List {
    fn read_line(&mut self, line: &[u8]) -> Result<(), Why> {
        let mut rest = line;
        loop {
            rest = self.read_member(trimmed(rest))?;
            match trimmed(rest) {
                [] => return Ok(()),
                [b',', tail @ ..] => rest = tail,
                _ => return Err(Why::NoComma(self.tags.len())),
            }
        }
    }

    /// Reads a member, and returns what follows it.
    fn read_member<'l>(&mut self, text: &'l [u8]) -> Result<&'l [u8], Why> {
        self.members += 1;
        match text {
            [] | [b',', ..] => {
                self.empty += 1;
                if self.empty > EMPTY {
                    return Err(Why::TooManyEmpty);
                }
                Ok(text)
            }
            [b'*', rest @ ..] => {
                self.has_star = true;
                match trimmed(rest) {
                    [] | [b',', ..] => Ok(rest),
                    _ => Err(Why::StarNotAlone),
                }
            }
            _ if self.tags.len() == TAGS => Err(Why::TooManyTags),
            _ => {
                let (tag, rest) = read_tag(text, self.tags.len() + 1)?;
                self.tags.push(tag);
                Ok(rest)
            }
        }
    }
}

/// Reads the tag at this position of the list, and returns what follows it.
fn read_tag(text: &[u8], position: usize) -> Result<(EntityTag, &[u8]), Why> {
    let (is_weak, text) = match text {
        [b'W', b'/', rest @ ..] => (true, rest),
        [b'w', b'/', ..] => return Err(Why::LowerCase(position)),
        _ => (false, text),
    };
    let text = text.strip_prefix(b"\"").ok_or(Why::NoQuotes(position))?;
    let end = text.iter().position(|byte| *byte == b'"');
    let (opaque, rest) = text.split_at(end.ok_or(Why::NotClosed(position))?);
    if let Some(byte) = opaque.iter().find(|byte| !is_etagc(**byte)) {
        return Err(Why::Byte(position, *byte));
    }
    Ok((EntityTag::new(is_weak, opaque), &rest[1..]))
}

/// May the byte be in a tag? Of the visible ones all but the quote, and those that are no ASCII.
fn is_etagc(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x7E | 0x80..)
}

/// Without the optional whitespace before it.
fn trimmed(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !matches!(byte, b' ' | b'\t'));
    &text[start.unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::http::header::IF_MATCH;
    use proptest::prelude::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IF_MATCH, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    fn parsed(lines: &[&[u8]]) -> Result<Option<Named>, Why> {
        let read = named(&headers(lines), &IF_MATCH, "If-Match");
        read.map_err(|error| error.why())
    }

    fn tags(lines: &[&[u8]]) -> Vec<EntityTag> {
        match parsed(lines) {
            Ok(Some(Named::Tags(tags))) => tags,
            other => panic!("{other:?}"),
        }
    }

    fn strong(opaque: &[u8]) -> EntityTag {
        EntityTag::new(false, opaque)
    }

    fn weak(opaque: &[u8]) -> EntityTag {
        EntityTag::new(true, opaque)
    }

    #[test]
    fn a_list_is_of_strong_and_weak_tags_in_any_number_of_lines() {
        assert_eq!(parsed(&[]), Ok(None));
        assert_eq!(tags(&[br#""a""#]), [strong(b"a")]);
        assert_eq!(tags(&[br#""""#]), [strong(b"")]);
        assert_eq!(tags(&[br#"W/"a""#]), [weak(b"a")]);
        let three = [strong(b"a"), weak(b"b"), strong(b"c")];
        for lines in [
            &[&br#""a", W/"b", "c""#[..]][..],
            &[&br#""a",W/"b","c""#[..]],
            &[&b"\t \"a\" \t,\t W/\"b\" , \"c\" \t"[..]],
            &[&br#""a""#[..], &br#"W/"b", "c""#[..]],
            &[&br#""a""#[..], &br#"W/"b""#[..], &br#""c""#[..]],
            // A recipient ignores empty members.
            &[&br#", "a",, ,W/"b","c","#[..], &b""[..]],
        ] {
            assert_eq!(tags(lines), three);
        }
    }

    #[test]
    fn a_tag_may_have_commas_backslashes_and_bytes_that_are_no_ascii() {
        assert_eq!(tags(&[br#""a,b", "c""#]), [strong(b"a,b"), strong(b"c")]);
        // A backslash escapes nothing.
        assert_eq!(tags(&[br#""a\", "b""#]), [strong(br"a\"), strong(b"b")]);
        assert_eq!(tags(&[b"\"\x80\xFF!~\""]), [strong(b"\x80\xFF!~")]);
        assert_eq!(tags(&[br#""*", "W/""#]), [strong(b"*"), strong(b"W/")]);
    }

    #[test]
    fn a_star_is_alone() {
        for line in [&b"*"[..], b" *", b"*\t"] {
            assert_eq!(parsed(&[line]), Ok(Some(Named::Any)));
        }
        for lines in [
            &[&br#"*, "a""#[..]][..],
            &[&br#""a", *"#[..]],
            &[&b"*"[..], &br#""a""#[..]],
            &[&br#""a""#[..], &b"*"[..]],
            &[&b"*"[..], &b"*"[..]],
            &[&b"*, *"[..]],
            &[&b"*,"[..]],
            &[&b"**"[..]],
            &[&b"*a"[..]],
            &[&br#"*"a""#[..]],
        ] {
            assert_eq!(parsed(lines), Err(Why::StarNotAlone), "{lines:?}");
        }
    }

    #[test]
    fn a_malformed_member_is_an_error_whatever_is_beside_it() {
        for (member, why) in [
            ("a", Why::NoQuotes(2)),
            ("5", Why::NoQuotes(2)),
            ("'a'", Why::NoQuotes(2)),
            ("W/", Why::NoQuotes(2)),
            ("W/a", Why::NoQuotes(2)),
            ("W /\"a\"", Why::NoQuotes(2)),
            ("W\"a\"", Why::NoQuotes(2)),
            ("w/\"a\"", Why::LowerCase(2)),
            ("\"a b\"", Why::Byte(2, b' ')),
            ("\"a\tb\"", Why::Byte(2, b'\t')),
            ("\"a\"b", Why::NoComma(2)),
            ("\"a\"\"b\"", Why::NoComma(2)),
            ("\"a\" \"b\"", Why::NoComma(2)),
            ("\"a\";", Why::NoComma(2)),
        ] {
            let list = format!("\"ours\", {member}, \"ours\"");
            assert_eq!(parsed(&[list.as_bytes()]), Err(why), "{list}");
            let lines = [&b"\"ours\""[..], member.as_bytes()];
            assert_eq!(parsed(&lines), Err(why), "{member}");
        }
        for member in ["\"", "\"a", "W/\"a"] {
            let list = format!("\"ours\", {member}");
            assert_eq!(parsed(&[list.as_bytes()]), Err(Why::NotClosed(2)), "{list}");
        }
    }

    #[test]
    fn a_header_that_names_nothing_is_an_error() {
        for lines in [&[&b""[..]][..], &[b" "], &[b","], &[b" , ,"], &[b"", b""]] {
            assert_eq!(parsed(lines), Err(Why::Nothing), "{lines:?}");
        }
        let commas = vec![b','; 10_000];
        assert_eq!(parsed(&[&commas]), Err(Why::TooManyEmpty));
        let lines = vec![&b""[..]; 10_000];
        assert_eq!(parsed(&lines), Err(Why::TooManyEmpty));
    }

    #[test]
    fn a_list_has_a_hundred_tags_at_most() {
        let list = |tags| "\"0123456789\",".repeat(tags);
        assert_eq!(tags(&[list(100).as_bytes()]).len(), 100);
        assert_eq!(parsed(&[list(101).as_bytes()]), Err(Why::TooManyTags));
        // Several lines are one list. What follows the last tag is not read.
        let lines = [list(60), list(41), "malformed".to_owned()];
        assert_eq!(
            parsed(&lines.each_ref().map(|line| line.as_bytes())),
            Err(Why::TooManyTags)
        );
    }

    fn tag() -> impl Strategy<Value = EntityTag> {
        let etagc = any::<u8>().prop_filter("no etagc", |byte| is_etagc(*byte));
        let opaque = prop::collection::vec(etagc, 0..12);
        (any::<bool>(), opaque).prop_map(|(is_weak, opaque)| EntityTag::new(is_weak, &opaque))
    }

    /// What nearly is a list of tags.
    fn line() -> impl Strategy<Value = Vec<u8>> {
        const PIECES: [&[u8]; 13] = [
            b"\"", b",", b" ", b"\t", b"W/", b"w/", b"*", b"a", b"\\", b"\xFF", b"\"a\"",
            b"W/\"b\"", b", ",
        ];
        let piece = prop::sample::select(&PIECES[..]);
        let pieces = prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
        let any_bytes = prop::collection::vec(any::<u8>(), 0..40);
        prop_oneof![pieces, any_bytes].prop_filter("no header value", |line| {
            HeaderValue::from_bytes(line).is_ok()
        })
    }

    /// The grammar again, as a client reads it: each member is cut at the commas outside of quotes, and is
    /// right by itself.
    fn is_well_formed(lines: &[Vec<u8>]) -> bool {
        let mut members = Vec::new();
        for line in lines {
            let (mut member, mut is_quoted) = (Vec::new(), false);
            for byte in line {
                is_quoted ^= *byte == b'"';
                if *byte == b',' && !is_quoted {
                    members.push(std::mem::take(&mut member));
                } else {
                    member.push(*byte);
                }
            }
            members.push(member);
        }
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
        let trimmed = members.iter().map(|member| {
            let start = member
                .iter()
                .position(|byte| !is_space(byte))
                .unwrap_or(member.len());
            let end = member
                .iter()
                .rposition(|byte| !is_space(byte))
                .map_or(start, |end| end + 1);
            &member[start..end]
        });
        let members: Vec<_> = trimmed.collect();
        if members == [b"*"] {
            return true;
        }
        let members: Vec<_> = members
            .into_iter()
            .filter(|member| !member.is_empty())
            .collect();
        let is_tag = |member: &&[u8]| {
            let opaque = member.strip_prefix(b"W/").unwrap_or(member);
            let opaque = opaque
                .strip_prefix(b"\"")
                .and_then(|opaque| opaque.strip_suffix(b"\""));
            opaque.is_some_and(|opaque| opaque.iter().all(|byte| is_etagc(*byte)))
        };
        !members.is_empty() && members.iter().all(is_tag)
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(tags in prop::collection::vec(tag(), 1..6)) {
            let named = Named::Tags(tags);
            let value = HeaderValue::from(&named);
            prop_assert_eq!(parsed(&[value.as_bytes()]), Ok(Some(named)));
        }

        #[test]
        fn lines_are_one_list(tags in prop::collection::vec(tag(), 1..6)) {
            let lines: Vec<_> = tags.iter().map(EntityTag::to_bytes).collect();
            let lines: Vec<_> = lines.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(parsed(&lines), Ok(Some(Named::Tags(tags))));
        }

        #[test]
        fn a_header_is_read_exactly_if_it_is_well_formed(lines in prop::collection::vec(line(), 1..3)) {
            let bytes: Vec<_> = lines.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(parsed(&bytes).is_ok(), is_well_formed(&lines), "{:?}", lines);
        }
    }
}
