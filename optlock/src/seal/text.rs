//! A signed text: base64 of a format byte, an expiry, what it carries, and the tag.

use super::mac::{Key, Mac, TAG};
use super::sealed::Seal;
use crate::error::SealError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Whoever changes what is signed, or how it is written, counts up.
const FORMAT: u8 = 1;

/// What kind of text it is. One is never taken for the other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    #[cfg(feature = "form")]
    FormToken,
    #[cfg(feature = "fingerprint")]
    Fingerprint,
}

impl Kind {
    fn name(self) -> &'static [u8] {
        match self {
            #[cfg(feature = "form")]
            Self::FormToken => b"optlock form token",
            #[cfg(feature = "fingerprint")]
            Self::Fingerprint => b"optlock fingerprint",
        }
    }
}

/// What a genuine text carries, and the key that it was sealed with.
pub(crate) struct Opened<'s> {
    pub(crate) carried: Vec<u8>,
    #[cfg_attr(not(feature = "fingerprint"), allow(dead_code))]
    pub(crate) key: &'s Key,
}

impl Seal<'_> {
    /// Seals what a text carries, bound to what whoever opens it knows.
    pub(crate) fn close(&self, kind: Kind, bound: &[&str], carried: &[u8]) -> String {
        let mut bytes = vec![FORMAT];
        match self.expiry() {
            None => bytes.push(0),
            Some(expiry) => {
                bytes.push(1);
                bytes.extend(expiry.to_be_bytes());
            }
        }
        bytes.extend(carried);
        let tag = self.mac(self.key(), kind, bound, &bytes).tag();
        bytes.extend(tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens a text that was sealed so, with any of the keys.
    pub(crate) fn open(
        &self,
        kind: Kind,
        bound: &[&str],
        text: &str,
    ) -> Result<Opened<'_>, SealError> {
        // Strict: of several texts for the same bytes it accepts the one that `close` writes.
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| SealError::Malformed)?;
        let (signed, tag) = bytes
            .split_last_chunk::<TAG>()
            .ok_or(SealError::Malformed)?;
        let (expiry, carried) = read(signed).ok_or(SealError::Malformed)?;
        let is_sealed_by = |key: &&Key| self.mac(key, kind, bound, signed).is(tag);
        let key = self.keys().iter().find(is_sealed_by);
        let key = key.ok_or(SealError::NotGenuine)?;
        // Only what is signed is worth looking at.
        if expiry.is_some_and(|expiry| self.is_over(expiry)) {
            return Err(SealError::Expired);
        }
        Ok(Opened {
            carried: carried.to_vec(),
            key,
        })
    }

    fn mac(&self, key: &Key, kind: Kind, bound: &[&str], signed: &[u8]) -> Mac {
        let mac = key.mac().field(kind.name());
        let mac = mac.field(self.purpose()).field(self.session());
        let bound = bound.iter().map(|text| text.as_bytes());
        bound.fold(mac, Mac::field).field(signed)
    }
}

/// The expiry, and what is behind it.
fn read(signed: &[u8]) -> Option<(Option<u64>, &[u8])> {
    match signed {
        [FORMAT, 0, carried @ ..] => Some((None, carried)),
        [FORMAT, 1, rest @ ..] => {
            let (expiry, carried) = rest.split_first_chunk()?;
            Some((Some(u64::from_be_bytes(*expiry)), carried))
        }
        _ => None,
    }
}

#[cfg(test)]
#[cfg(feature = "form")]
mod tests {
    use super::*;
    use crate::seal::Keys;
    use std::time::{Duration, SystemTime};

    const KIND: Kind = Kind::FormToken;
    const ROW: [&str; 2] = ["contacts", "7"];

    fn keys() -> Keys {
        Keys::new([7; 32]).unwrap()
    }

    fn seal(keys: &Keys) -> Seal<'_> {
        keys.purpose("edit").session("ann").unwrap()
    }

    fn after(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[track_caller]
    fn refuses(seal: &Seal<'_>, bound: &[&str], text: &str, why: SealError) {
        assert_eq!(seal.open(KIND, bound, text).err(), Some(why), "{text}");
    }

    /// Whoever changes a text breaks each page that is open.
    #[test]
    fn texts_are_pinned() {
        let (keys, minute) = (keys(), Duration::from_secs(60));
        let seal = seal(&keys);
        assert_eq!(
            seal.close(KIND, &ROW, b"3"),
            "AQAz0840xutnzb23-HVyjXxZOkHW_KSZuZlYmhpUlePyBAU"
        );
        let seal = keys.purpose("edit").without_session();
        let seal = seal.expires_in(minute).at(after(1_000_000_000));
        assert_eq!(
            seal.close(KIND, &ROW, b"null"),
            "AQEAAAAAO5rKPG51bGwSwQqINRr-VgNeDu83t4BGjdh1rkuN8SMq54duU9Dn6g"
        );
    }

    #[test]
    fn what_is_sealed_is_opened() {
        let keys = keys();
        let seal = seal(&keys);
        for carried in [&b""[..], b"3", b"null", &[0xff; 1000]] {
            let text = seal.close(KIND, &ROW, carried);
            assert_eq!(seal.open(KIND, &ROW, &text).unwrap().carried, carried);
        }
    }

    /// Texts of several kinds, each with the seal that opens it.
    fn texts(keys: &Keys) -> Vec<(Seal<'_>, String)> {
        let day = Duration::from_secs(86_400);
        let seals = [
            seal(keys),
            seal(keys).expires_in(day),
            keys.purpose("").without_session(),
        ];
        let carried: [&[u8]; 5] = [
            b"",
            b"3",
            b"null",
            b"67e55044-10b1-426f-9247-bb680e5fe0c8",
            b"2016-12-31T23:59:59.500L",
        ];
        let of = |seal: Seal<'_>| carried.map(|carried| seal.close(KIND, &ROW, carried));
        let texts = seals
            .into_iter()
            .flat_map(|seal| of(seal.clone()).map(|text| (seal.clone(), text)));
        texts.collect()
    }

    #[test]
    fn each_changed_bit_is_refused() {
        for (seal, text) in texts(&keys()) {
            seal.open(KIND, &ROW, &text).unwrap();
            for bit in 0..8 * text.len() {
                let mut bytes = text.clone().into_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                // What is no text cannot be asked.
                let Ok(changed) = String::from_utf8(bytes) else {
                    continue;
                };
                let result = seal.open(KIND, &ROW, &changed).err();
                assert!(
                    matches!(result, Some(SealError::Malformed | SealError::NotGenuine)),
                    "bit {bit} of {text}: {result:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_longer_is_refused() {
        for (seal, text) in texts(&keys()) {
            let parts = (0..text.len()).flat_map(|end| [&text[..end], &text[end + 1..]]);
            let longer = ["A", "AA", "AAAA", "=", "==", " ", "\n"];
            let longer = longer.map(|more| [format!("{text}{more}"), format!("{more}{text}")]);
            let changed = parts
                .map(str::to_owned)
                .chain(longer.into_iter().flatten())
                .chain([format!("{text}{text}")]);
            for changed in changed {
                let result = seal.open(KIND, &ROW, &changed).err();
                assert!(
                    matches!(result, Some(SealError::Malformed | SealError::NotGenuine)),
                    "{changed}: {result:?}"
                );
            }
        }
        refuses(&seal(&keys()), &ROW, "", SealError::Malformed);
    }

    #[test]
    fn of_another_format_it_is_malformed() {
        let keys = keys();
        let seal = seal(&keys);
        let text = |head: &[u8]| {
            let tag = seal.mac(seal.key(), KIND, &ROW, head).tag();
            URL_SAFE_NO_PAD.encode([head, &tag].concat())
        };
        for head in [
            &[][..],
            &[2, 0, b'3'],
            &[1, 2, b'3'],
            &[1, 1, 0, 0, 0],
            &[1],
        ] {
            refuses(&seal, &ROW, &text(head), SealError::Malformed);
        }
        let opened = seal.open(KIND, &ROW, &text(&[1, 0, b'3'])).unwrap();
        assert_eq!(opened.carried, b"3");
    }

    #[test]
    fn it_is_bound_to_all_that_is_signed() {
        let keys = keys();
        let text = seal(&keys).close(KIND, &ROW, b"3");
        let no = SealError::NotGenuine;
        refuses(&seal(&keys), &["notes", "7"], &text, no);
        refuses(&seal(&keys), &["contacts", "8"], &text, no);
        refuses(&seal(&keys), &["contacts", "7/acme"], &text, no);
        refuses(&seal(&keys), &["contacts7", ""], &text, no);
        refuses(&seal(&keys), &["contacts"], &text, no);
        for other in [
            keys.purpose("delete").session("ann"),
            keys.purpose("edit").session("bob"),
            keys.purpose("ann").session("edit"),
            keys.purpose("edi").session("tann"),
            Ok(keys.purpose("edit").without_session()),
            Ok(keys.purpose("editann").without_session()),
        ] {
            refuses(&other.unwrap(), &ROW, &text, no);
        }
        let nobodys = keys.purpose("edit").without_session();
        let text = nobodys.close(KIND, &ROW, b"3");
        refuses(&seal(&keys), &ROW, &text, no);
    }

    #[cfg(feature = "fingerprint")]
    #[test]
    fn one_kind_is_not_taken_for_another() {
        let keys = keys();
        let text = seal(&keys).close(Kind::Fingerprint, &ROW, b"3");
        refuses(&seal(&keys), &ROW, &text, SealError::NotGenuine);
    }

    #[test]
    fn nobody_has_an_empty_session() {
        let keys = keys();
        let empty = keys.purpose("edit").session("").unwrap_err();
        assert!(
            matches!(empty, crate::error::Error::Seal(SealError::EmptySession)),
            "{empty:?}"
        );
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let (old, new) = ([7; 32], [8; 32]);
        let (before, after) = (Keys::new(old).unwrap(), Keys::new(new).unwrap());
        let during = Keys::new(new).unwrap().and_old(old).unwrap();
        let by_old = seal(&before).close(KIND, &ROW, b"3");
        let by_new = seal(&during).close(KIND, &ROW, b"3");
        assert_eq!(by_new, seal(&after).close(KIND, &ROW, b"3"));
        assert!(seal(&during).open(KIND, &ROW, &by_old).is_ok());
        assert!(seal(&during).open(KIND, &ROW, &by_new).is_ok());
        refuses(&seal(&after), &ROW, &by_old, SealError::NotGenuine);
        refuses(&seal(&before), &ROW, &by_new, SealError::NotGenuine);
    }

    #[test]
    fn its_time_is_signed() {
        let (keys, minute) = (keys(), Duration::from_secs(60));
        let at = |now| seal(&keys).at(now);
        let text = at(after(1000)).expires_in(minute).close(KIND, &ROW, b"3");
        assert!(at(after(1059)).open(KIND, &ROW, &text).is_ok());
        refuses(&at(after(1060)), &ROW, &text, SealError::Expired);
        // Whoever opens it decides nothing.
        let longer = at(after(1060)).expires_in(10 * minute);
        refuses(&longer, &ROW, &text, SealError::Expired);
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for expiry in [1061, u64::MAX] {
            let mut bytes = bytes.clone();
            bytes[2..10].copy_from_slice(&u64::to_be_bytes(expiry));
            let text = URL_SAFE_NO_PAD.encode(bytes);
            refuses(&at(after(1060)), &ROW, &text, SealError::NotGenuine);
        }
        // It is told of a genuine text alone.
        let other = keys.purpose("delete").session("ann").unwrap();
        refuses(&other.at(after(1060)), &ROW, &text, SealError::NotGenuine);
    }

    #[test]
    fn a_time_is_rounded_up_and_never_overflows() {
        let keys = keys();
        let expiry = |now: SystemTime, ttl| seal(&keys).at(now).expires_in(ttl).expiry();
        assert_eq!(expiry(after(5), Duration::from_millis(1)), Some(6));
        assert_eq!(expiry(after(5), Duration::ZERO), Some(5));
        assert_eq!(expiry(after(5), Duration::MAX), Some(u64::MAX));
        let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_secs(9);
        assert_eq!(expiry(before_1970, Duration::from_secs(2)), Some(2));
        assert_eq!(seal(&keys).expiry(), None);
    }
}
