//! What the derive emits for each shape of struct. After a change,
//! `INSTA_UPDATE=always cargo test -p optlock-derive` writes the snapshots anew, and the diff is the
//! review.

mod sizes;

use crate::expand::{derive_diff, derive_fingerprint, derive_unversioned, derive_versioned};
use proc_macro2::TokenStream;
use syn::parse_quote;

fn printed(expanded: TokenStream) -> String {
    let file = syn::parse2(expanded).expect("the derive emits items");
    prettyplease::unparse(&file)
}

macro_rules! snapshots {
    ($derive:ident $($name:ident { $($input:tt)* })*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(printed($derive(&parse_quote! { $($input)* })));
        }
    )*};
}

/// An insert stores all of the value by which its row is found again and its version checked.
#[test]
fn a_model_inserts_its_version_if_nothing_of_that_is_left_out() {
    let says = |attribute: TokenStream, fields: TokenStream| {
        let model = parse_quote! {
            #[diesel(table_name = contacts, treat_none_as_null = true, #attribute)]
            struct Contact { #fields }
        };
        printed(derive_versioned(&model)).contains("InsertsVersion for Contact")
    };
    let none_is_null = || quote::quote!(treat_none_as_default_value = false);
    let whole = || quote::quote!(id: i32, name: Option<String>, version: i64);
    assert!(says(none_is_null(), whole()));
    assert!(!says(quote::quote!(), whole()));
    assert!(!says(
        quote::quote!(treat_none_as_default_value = true),
        whole()
    ));

    let may_be_left_out = quote::quote! {
        id: i32, name: String, #[diesel(skip_update, skip_insertion)] made: String,
        #[diesel(skip_update)] version: i64
    };
    assert!(says(none_is_null(), may_be_left_out));
    let generated = quote::quote! {
        id: i32, name: String,
        #[diesel(skip_update, skip_insertion)] #[optlock(version, generated)] version: i64
    };
    assert!(says(none_is_null(), generated));
    for needed in [
        quote::quote! {
            id: i32, name: String, #[diesel(skip_update)] #[optlock(version, generated)] version: i64
        },
        quote::quote!(#[diesel(skip_insertion)] id: i32, name: String, version: i64),
        quote::quote!(id: i32, name: String, #[diesel(skip_insertion)] version: i64),
        quote::quote! {
            id: i32, name: String, version: i64,
            #[diesel(skip_insertion)] #[optlock(updated_on)] seen: NaiveDateTime
        },
        quote::quote! {
            id: i32, name: String, version: i64,
            #[diesel(skip_update, skip_insertion)] #[optlock(scope)] tenant: i32
        },
        // A save would write what the insert has not.
        quote::quote!(id: i32, #[diesel(skip_insertion)] name: String, version: i64),
        quote::quote!(id: i32, #[diesel(serialize_as = Loud)] name: String, version: i64),
    ] {
        assert!(!says(none_is_null(), needed.clone()), "{needed}");
    }
}

/// The expansions that the docs of the derives show: `lib.rs` includes these snapshots.
mod docs {
    use super::*;

    /// The struct and what the derive makes of it, with short paths.
    fn shown(input: &syn::ItemStruct, expanded: TokenStream) -> Vec<u8> {
        let input = printed(quote::quote!(#input));
        let mut expanded = printed(expanded);
        for (long, short) in [
            ("#[automatically_derived]", ""),
            ("'optlock", "'a"),
            ("::optlock::columns::", ""),
            ("::optlock::fingerprint::", ""),
            ("::optlock::private::", ""),
            ("::optlock::statement::", ""),
            ("::optlock::", ""),
            ("::std::clone::", ""),
            ("::std::fmt::", ""),
        ] {
            expanded = expanded.replace(long, short);
        }
        // Lines are broken anew, as shorter paths want it.
        let expanded = printed(expanded.parse().expect("it is Rust still"));
        format!("{input}\n// gives, with the paths shortened:\n\n{expanded}").into_bytes()
    }

    macro_rules! shown {
        ($($name:ident: $derive:ident { $($input:tt)* })*) => {$(
            #[test]
            fn $name() {
                let input = quote::quote! { $($input)* };
                let expanded = $derive(&parse_quote!(#input));
                insta::assert_binary_snapshot!(
                    concat!(stringify!($name), ".rs"),
                    shown(&parse_quote!(#input), expanded)
                );
            }
        )*};
    }

    shown! {
        versioned: derive_versioned {
            #[derive(Identifiable, AsChangeset, Versioned)]
            struct Contact {
                id: i32,
                name: String,
                #[diesel(skip_update)]
                version: i64,
            }
        }

        diff: derive_diff {
            #[derive(Diff)]
            struct Contact {
                id: i32,
                name: String,
                #[diesel(skip_update)]
                version: i64,
            }
        }

        fingerprint: derive_fingerprint {
            #[derive(Fingerprint)]
            struct Contact {
                id: i32,
                name: String,
                #[optlock(skip_fingerprint)]
                notes: String,
                version: i64,
            }
        }

        unversioned: derive_unversioned {
            #[derive(Queryable, Selectable, AsChangeset, Diff, Unversioned)]
            struct Note {
                id: i32,
                name: String,
            }
        }
    }
}

snapshots! {
    derive_versioned

    plain {
        #[diesel(table_name = contacts, treat_none_as_null = true)]
        struct Contact {
            id: i32,
            name: String,
            email: Option<String>,
            version: i64,
        }
    }

    tuple {
        #[diesel(table_name = schema::contacts)]
        struct Contact(
            #[diesel(column_name = id)] i32,
            #[diesel(column_name = "type")] String,
            #[diesel(column_name = lock_version)] i64,
        );
    }

    borrowed {
        #[diesel(table_name = contacts, primary_key(email))]
        struct Rename<'a> {
            email: &'a str,
            name: Cow<'a, str>,
            version: i64,
        }
    }

    composite_key {
        #[diesel(primary_key(group_id, user_id))]
        struct Membership {
            user_id: i32,
            #[diesel(serialize_as = String)]
            group_id: Group,
            role: String,
            lock_version: i32,
        }
    }

    patch {
        #[diesel(table_name = contacts, treat_none_as_null = false)]
        struct Patch {
            id: i32,
            name: Option<String>,
            #[diesel(skip_update)]
            email: Option<String>,
            phone: Option<String>,
            version: i64,
        }
    }

    key_and_version {
        #[diesel(table_name = contacts)]
        struct Key {
            id: i32,
            version: i64,
        }
    }

    skipped {
        #[diesel(table_name = contacts)]
        struct Contact<V> {
            id: i32,
            #[diesel(skip_update)]
            version: V,
            name: String,
            #[diesel(skip_update)]
            #[optlock(updated_on)]
            changed_at: Option<NaiveDateTime>,
        }
    }

    generated {
        #[diesel(table_name = contacts)]
        struct Contact {
            id: i32,
            name: String,
            #[diesel(skip_update)]
            #[optlock(version, generated)]
            version: i64,
        }
    }

    embedded {
        #[diesel(table_name = contacts)]
        struct Contact<'a> {
            id: i32,
            #[diesel(treat_none_as_null = false)]
            name: Option<String>,
            #[diesel(embed)]
            address: Address<'a>,
            version: i64,
        }
    }

    serialized {
        #[diesel(table_name = contacts)]
        struct Contact {
            id: i32,
            #[diesel(serialize_as = String)]
            name: Name,
            version: i64,
        }
    }

    generic {
        #[diesel(table_name = contacts)]
        struct Contact<Id: Clone, const N: usize>
        where
            Id: Eq,
        {
            id: Id,
            #[diesel(skip_update)]
            digest: [u8; N],
            version: i64,
        }
    }

    stamped {
        #[diesel(table_name = contacts)]
        struct Contact {
            id: i32,
            name: String,
            #[optlock(version)]
            revision: i64,
            #[optlock(updated_on, precision = "millis")]
            changed_at: NaiveDateTime,
        }
    }

    timestamp_as_version {
        #[diesel(table_name = contacts)]
        struct Contact {
            id: i32,
            name: String,
            #[optlock(version, precision = "seconds")]
            updated_on: NaiveDateTime,
        }
    }

    scoped {
        #[diesel(table_name = documents, treat_none_as_null = true)]
        struct Document<'a, Kind: Clone> {
            id: i32,
            #[diesel(skip_update)]
            #[optlock(scope)]
            tenant: Option<&'a str>,
            #[diesel(skip_update)]
            #[optlock(scope)]
            kind: Kind,
            title: String,
            #[optlock(scope = none)]
            deleted_at: Option<NaiveDateTime>,
            version: i64,
        }
    }

    embedded_and_skipped {
        #[diesel(table_name = contacts)]
        struct Contact {
            id: i32,
            #[diesel(embed)]
            address: Address,
            #[diesel(embed)]
            phones: Phones,
            #[diesel(skip_update)]
            version: i64,
        }
    }

    mistaken {
        #[diesel(table_name = contacts)]
        struct Contact<'a> {
            id: i32,
            #[optlock(updated_at)]
            name: Option<&'a str>,
        }
    }
}

snapshots! {
    derive_diff

    diff {
        #[diesel(table_name = contacts, treat_none_as_null = true)]
        struct Contact {
            id: i32,
            name: String,
            email: Option<String>,
            #[diesel(skip_update)]
            created_by: String,
            #[optlock(ignore)]
            seen_at: NaiveDateTime,
            #[optlock(version)]
            revision: i64,
            #[optlock(updated_on)]
            changed_at: NaiveDateTime,
        }
    }

    diff_of_a_scoped {
        #[diesel(table_name = documents, treat_none_as_null = true)]
        struct Document {
            id: i32,
            #[diesel(skip_update)]
            #[optlock(scope)]
            tenant: i32,
            title: String,
            #[optlock(scope = none)]
            deleted_at: Option<NaiveDateTime>,
            version: i64,
        }
    }

    diff_of_a_tuple {
        #[diesel(table_name = schema::contacts)]
        struct Contact<'a>(
            #[diesel(column_name = id)] i32,
            #[diesel(column_name = "type")] &'a str,
            #[diesel(column_name = lock_version)] i64,
        );
    }

    diff_of_a_patch {
        #[diesel(table_name = contacts, treat_none_as_null = false)]
        struct Patch {
            id: i32,
            name: Option<String>,
            #[diesel(treat_none_as_null = true)]
            email: Option<String>,
            version: i64,
        }
    }

    diff_of_embedded {
        #[diesel(table_name = contacts)]
        struct Contact<T: Clone> {
            id: i32,
            #[diesel(embed)]
            address: Address<T>,
            name: T,
            #[diesel(embed)]
            phones: Phones,
            version: i64,
        }
    }

    diff_of_embedded_only {
        #[diesel(table_name = contacts)]
        struct Contact {
            id: i32,
            #[diesel(embed)]
            address: Address,
        }
    }

    diff_of_nothing {
        #[diesel(table_name = contacts)]
        struct Key {
            id: i32,
            version: i64,
        }
    }

    diff_mistaken {
        #[diesel(table_name = contacts)]
        struct Contact<'a> {
            id: i32,
            name: &'a str,
            #[optlock(ignore)]
            version: i64,
        }
    }
}

snapshots! {
    derive_unversioned

    unversioned {
        #[diesel(table_name = schema::memberships, primary_key(user_id, group_id))]
        struct Membership<'a> {
            user_id: i32,
            group_id: i32,
            role: &'a str,
        }
    }

    unversioned_scoped {
        #[diesel(table_name = notes)]
        struct Note {
            id: i32,
            #[diesel(skip_update, serialize_as = String)]
            #[optlock(scope)]
            tenant: Tenant,
            text: String,
        }
    }

    unversioned_mistaken {
        struct Note {
            text: String,
            version: i64,
        }
    }
}

snapshots! {
    derive_fingerprint

    fingerprint {
        #[diesel(table_name = schema::pages, primary_key(site, slug))]
        struct Page<'a, T> {
            site: i32,
            slug: &'a str,
            #[optlock(scope)]
            tenant: Option<i32>,
            #[optlock(scope = none)]
            deleted_at: Option<NaiveDateTime>,
            #[diesel(skip_update)]
            made_by: Cow<'a, str>,
            content: T,
            #[diesel(embed)]
            address: Address,
            #[diesel(embed)]
            owner: Option<Owner>,
            #[optlock(ignore)]
            views: i64,
            #[optlock(updated_on)]
            seen: NaiveDateTime,
            #[optlock(version)]
            revision: i64,
        }
    }

    fingerprint_of_what_has_no_bytes {
        #[diesel(treat_none_as_null = false)]
        struct Order<T> {
            id: i32,
            #[optlock(fingerprint_with = BigDecimal::to_string)]
            total: BigDecimal,
            #[optlock(fingerprint_with = <T as Printed>::printed)]
            list: T,
            #[optlock(skip_fingerprint)]
            notes: Option<Value>,
            #[optlock(skip_fingerprint)]
            #[diesel(embed)]
            address: Option<Address>,
            #[optlock(skip_fingerprint)]
            #[diesel(skip_update)]
            made_by: String,
            #[optlock(skip_fingerprint)]
            lock_version: Etag,
            version: i64,
        }
    }

    fingerprint_of_generic_key {
        struct Row<K> {
            id: K,
        }
    }

    fingerprint_of_embedded {
        struct Address {
            street: String,
            version: String,
        }
    }

    fingerprint_of_a_tuple {
        struct Contact(
            #[diesel(column_name = id)] i32,
            #[diesel(column_name = "type")] String,
        );
    }

    fingerprint_mistaken {
        struct Contact(#[diesel(column_name = id)] i32, String);
    }
}
