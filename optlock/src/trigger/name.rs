//! Names in the SQL of triggers.

/// The most bytes that PostgreSQL keeps of a name. MySQL and MariaDB keep 64 characters.
const MOST_BYTES: usize = 63;

/// The name of something that belongs to a table. Of a long name of a table only the beginning is in it, and behind that
/// a hash of all of it.
pub(crate) fn short_name(prefix: &str, table: &str) -> String {
    let name = format!("{prefix}{table}");
    if name.len() <= MOST_BYTES {
        return name;
    }
    let hash = format!("_{:016x}", fnv_1a(table));
    let mut end = MOST_BYTES - hash.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{hash}", &name[..end])
}

/// Stable, as the hashes of the standard library are not.
/// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
fn fnv_1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_and_still_tells_tables_apart() {
        let trigger_name = |table: &str| short_name("optlock_version_", table);
        assert_eq!(trigger_name("contacts"), "optlock_version_contacts");
        let longest = "t".repeat(47);
        assert_eq!(trigger_name(&longest).len(), 63);
        assert!(trigger_name(&longest).ends_with(&longest));
        let (one, other) = ("ü".repeat(31) + "a", "ü".repeat(31) + "b");
        let (one, other) = (trigger_name(&one), trigger_name(&other));
        assert_ne!(one, other);
        assert!(
            one.len() <= 63 && one.starts_with("optlock_version_üüü"),
            "{one}"
        );
        // Whoever changes it leaves the old trigger behind.
        assert_eq!(
            trigger_name(&"t".repeat(48)),
            format!(
                "optlock_version_{}_{:016x}",
                "t".repeat(30),
                fnv_1a(&"t".repeat(48))
            )
        );
        assert_eq!(fnv_1a("a"), 0xaf63_dc4c_8601_ec8c);
    }
}
