//! How many tokens the derives make of typical models: the compiler reads and checks all of them for each model. A change shows
//! in the snapshot.

use super::{derive_diff, derive_fingerprint, derive_versioned};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::fmt::Write as _;
use syn::{DeriveInput, parse_quote};

/// Each delimiter counts as a token, but for those that are not written.
fn tokens(stream: TokenStream) -> usize {
    let count = |token| match token {
        TokenTree::Group(group) => {
            let delimiters = if group.delimiter() == Delimiter::None {
                0
            } else {
                2
            };
            delimiters + tokens(group.stream())
        }
        _ => 1,
    };
    stream.into_iter().map(count).sum()
}

#[test]
fn tokens_of_each_derive() {
    let plain: DeriveInput = parse_quote! {
        #[diesel(table_name = contacts, treat_none_as_null = true)]
        struct Contact {
            id: i32,
            name: String,
            email: Option<String>,
            version: i64,
        }
    };
    let wide: DeriveInput = parse_quote! {
        #[diesel(table_name = customers, treat_none_as_null = true)]
        struct Customer {
            id: i32,
            c0: String,
            c1: String,
            c2: String,
            c3: String,
            c4: String,
            c5: String,
            n1: i32,
            n2: Option<i32>,
            version: i64,
        }
    };
    let stamped_and_scoped: DeriveInput = parse_quote! {
        #[diesel(table_name = documents, treat_none_as_null = true)]
        struct Document {
            id: i32,
            #[diesel(skip_update)]
            #[optlock(scope)]
            tenant: i32,
            title: String,
            text: Option<String>,
            #[optlock(scope = none)]
            deleted_at: Option<NaiveDateTime>,
            #[optlock(updated_on)]
            changed_at: NaiveDateTime,
            version: i64,
        }
    };
    let inserted: DeriveInput = parse_quote! {
        #[diesel(table_name = contacts, treat_none_as_null = true, treat_none_as_default_value = false)]
        struct Contact {
            id: i32,
            name: String,
            email: Option<String>,
            version: i64,
        }
    };
    let mut table = format!(
        "{:20}{:>11}{:>6}{:>13}",
        "", "Versioned", "Diff", "Fingerprint"
    );
    for (name, model) in [
        ("plain", plain),
        ("wide", wide),
        ("stamped and scoped", stamped_and_scoped),
        ("inserted", inserted),
    ] {
        let [versioned, diff, fingerprint] = [derive_versioned, derive_diff, derive_fingerprint]
            .map(|derive| tokens(derive(&model)));
        let _ = write!(
            table,
            "\n{name:20}{versioned:>11}{diff:>6}{fingerprint:>13}"
        );
    }
    insta::assert_snapshot!(table);
}
