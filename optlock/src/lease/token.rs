//! A lease as a text, by which another request or process goes on with it.

use super::connection::{KeepsLeases, fetch, read_failed};
use super::held::Lease;
use super::sql::RecordOf;
use super::statements;
use super::target::{NamesTable, row_hash};
use super::time::LeaseTime;
use crate::error::{Error, LeaseLoss, LeaseLost, LeasedRow};
use crate::executes::Wire;
use crate::key_text::{KeyText, key_text};
use crate::statement::{LeaseKey, LockMode};
use crate::versioned::Versioned;
use std::fmt;
use std::time::Instant;
use uuid::Uuid;

/// What tells a lease from all others, and its holder.
#[derive(Debug, PartialEq, Eq)]
struct Token {
    lease_id: Uuid,
    fence: i64,
    /// A hash of the table and the row, which are not in the token themselves.
    row: String,
    holder: String,
}

/// The hash of a row of a table.
fn hash_of(table_name: &str, hash: &str) -> String {
    row_hash(&format!("{table_name} {hash}"))
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.", self.lease_id, self.fence, self.row)?;
        self.holder
            .bytes()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Token {
    /// Reads what [`Display`](fmt::Display) has written, and nothing else.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '.');
        let token = Self {
            lease_id: parts.next()?.parse().ok()?,
            fence: parts.next()?.parse().ok()?,
            row: parts.next()?.to_owned(),
            holder: String::from_utf8(bytes(parts.next()?)?).ok()?,
        };
        (token.to_string() == text).then_some(token)
    }
}

/// Bytes that are written as hexadecimal digits.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        })
        .collect()
}

impl Lease {
    /// The lease as a text, for a form, a cookie or a session: [`LeaseDsl::resume`](crate::LeaseDsl::resume) makes a lease
    /// of it, in another request or process.
    ///
    /// **Keep it as secret as a session's cookie**: who knows it can renew the lease and save under it. It is no proof of
    /// who a person is, so compare the [owner](Self::owner) of a resumed lease with the one who is logged in. It consists of
    /// ASCII letters, digits, `-` and `.`, and names the holder, but neither the owner nor the row.
    pub fn token(&self) -> String {
        let key = &self.key;
        // Each lease that is acquired has a UUID.
        let lease_id = Uuid::parse_str(&key.lease_id).unwrap_or_default();
        let token = Token {
            lease_id,
            fence: key.fence,
            row: hash_of(&key.table_name, &key.row_hash),
            holder: key.holder.clone(),
        };
        token.to_string()
    }
}

/// Goes on with a lease of the model's row.
pub(crate) async fn resume<M, X>(
    model: &M,
    token: &str,
    time: LeaseTime,
    conn: &mut Wire<'_, X>,
) -> Result<Lease, Error>
where
    X: KeepsLeases,
    M: NamesTable<X::Backend> + Versioned<Key: KeyText, Scope: KeyText>,
{
    let token = Token::parse(token).ok_or(Error::LeaseToken)?;
    time.check()?;
    let asked_hash = row_hash(&key_text(model));
    let asked = Instant::now();
    let query = statements::record(RecordOf {
        table_name: M::table_name(),
        row_hash: &asked_hash,
    });
    let record = fetch(query, LockMode::Plain, conn).await;
    let row = LeasedRow::of(model);
    let lost = |row, loss| Err(LeaseLost::of_resumed(row, loss).into());
    let Some(record) = record.map_err(read_failed::<X>)? else {
        // Nobody has ever leased the row, or it was purged.
        return lost(row, LeaseLoss::Lapsed);
    };
    if token.row != hash_of(&record.table_name, &record.row_hash) {
        return lost(row, LeaseLoss::OtherRow);
    }
    let key = LeaseKey {
        lease_id: token.lease_id.to_string(),
        fence: token.fence,
        ..record.key_for(&token.holder)
    };
    match record.loss(&key) {
        Some(loss) => lost(row, loss),
        None => Ok(Lease::new(
            &record,
            asked,
            row,
            asked_hash,
            &token.holder,
            time,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(holder: &str) -> Token {
        Token {
            lease_id: Uuid::from_u128(7),
            fence: 3,
            row: hash_of("`contacts`", &row_hash("1")),
            holder: holder.to_owned(),
        }
    }

    #[test]
    fn a_token_comes_back_as_it_went() {
        for holder in ["page 1", "", "a.b", "é\u{1f600}\n"] {
            let text = token(holder).to_string();
            assert!(
                text.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)),
                "{text}"
            );
            assert_eq!(Token::parse(&text), Some(token(holder)));
        }
    }

    #[test]
    fn what_is_not_written_by_it_is_none() {
        let text = token("page 1").to_string();
        let (head, holder) = text.rsplit_once('.').unwrap();
        for wrong in [
            String::new(),
            "...".to_owned(),
            head.to_owned(),
            format!("{text}0"),
            format!("{text}zz"),
            format!("{text}.00"),
            format!("{head}.+1"),
            format!("{head}.ff"),
            format!("{head}.{}", holder.replace("67", "6é")),
            format!(" {text}"),
            text.replace(".3.", ".+3."),
            text.replace(".3.", ".03."),
            text.replace(".3.", ".9223372036854775808."),
            text.replace(".3.", ".."),
            text.replace("-0000-", ""),
        ] {
            assert_eq!(Token::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn rows_are_told_apart_by_their_table_too() {
        assert_ne!(hash_of("a", "1"), hash_of("b", "1"));
        assert_ne!(hash_of("a", "1"), hash_of("a", "2"));
    }
}
