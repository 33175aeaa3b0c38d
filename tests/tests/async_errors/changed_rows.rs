//! A connection that was made from one of mysql_async's counts the rows that a statement changes, and not those
//! that it matches, as one does that diesel-async opens.

use super::{AsyncConn, Scratch};
use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use optlock::diesel_async::prelude::*;
use optlock::diesel_async::transaction;
use optlock::{Error, Found, Saved};
use optlock_tests::models::{Contact, Legacy};
use optlock_tests::schema::contacts;

async fn connect(scratch: &Scratch) -> AsyncConn {
    let options = mysql_async::Opts::from_url(&scratch.url()).unwrap();
    let conn = mysql_async::Conn::new(options).await.unwrap();
    let mut conn = AsyncConn::try_from(conn).await.unwrap();
    conn.batch_execute(&scratch.entering()).await.unwrap();
    conn
}

/// Ann as a program loads her that knows no version.
fn legacy_ann() -> Legacy {
    Legacy {
        id: 1,
        name: "Ann".into(),
        phone: Some("111".into()),
    }
}

async fn stored(conn: &mut AsyncConn) -> Vec<Contact> {
    let all = contacts::table.select(Contact::as_select());
    all.order(contacts::id).load(conn).await.unwrap()
}

/// So that the tests below are about what they say.
#[tokio::test(flavor = "multi_thread")]
async fn it_counts_no_row_that_stays_as_it_is() {
    let scratch = Scratch::new();
    let same = diesel::update(contacts::table.find(1)).set(contacts::version.eq(1));
    assert_eq!(
        same.clone().execute(&mut connect(&scratch).await).await,
        Ok(0)
    );
    assert_eq!(
        same.execute(&mut super::connect(&scratch).await).await,
        Ok(1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn checked_writes_are_right_on_it() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let mut all = vec![Contact::ann(), Contact::bob()];
    // Nothing changes but the version.
    all[0].save_checked(conn).await.unwrap();
    all[0].touch_checked(conn).await.unwrap();
    all[0].force_save(conn).await.unwrap();
    all.save_all_checked(conn).await.unwrap();
    assert!(
        all.save_each_checked(conn)
            .await
            .iter()
            .all(|saved| saved.is_ok())
    );
    transaction(conn, all.as_mut_slice(), async |conn, all| {
        all[0].lock_checked(conn).await?;
        all[1].save_checked(conn).await
    })
    .await
    .unwrap();
    assert_eq!((all[0].version, all[1].version), (6, 4));
    assert_eq!(stored(conn).await, all);

    let error = Contact::ann().save_checked(conn).await.unwrap_err();
    let Error::ConcurrentModification(conflict) = error else {
        panic!("{error:?}")
    };
    assert_eq!(*conflict.found(), Found::Modified { version: 6.into() });
    all[1].delete_checked(conn).await.unwrap();
    let error = all[1].delete_checked(conn).await.unwrap_err();
    assert!(error.is_missing(), "{error:?}");
    all.truncate(1);
    all.delete_all_checked(conn).await.unwrap();
    assert_eq!(stored(conn).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_without_a_version_is_saved_on_it() {
    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let mut ann = Tracked::new(legacy_ann());
    ann.name = "Anna".into();
    assert_eq!(ann.save_unchanged(conn).await.unwrap(), Saved::Written);
    assert_eq!(stored(conn).await[0].name, "Anna");
}

/// A trigger writes the old name again, so that no row is changed, and none is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_without_a_version_that_stays_as_it_is_was_saved_all_the_same() {
    let scratch = Scratch::new();
    for mut conn in [connect(&scratch).await, super::connect(&scratch).await] {
        conn.batch_execute(
            "CREATE OR REPLACE TRIGGER restores BEFORE UPDATE ON contacts FOR EACH ROW SET NEW.name = OLD.name",
        )
        .await
        .unwrap();
        let mut ann = Tracked::new(legacy_ann());
        ann.name = "Anna".into();
        let saved = ann.save_unchanged(&mut conn).await.unwrap();
        assert_eq!(saved, Saved::Written);
        assert_eq!(*ann, legacy_ann());
        assert_eq!(stored(&mut conn).await[0], Contact::ann());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_self_check_finds_it() {
    use optlock::verify::Kind;

    let scratch = Scratch::new();
    let conn = &mut connect(&scratch).await;
    let report = optlock::diesel_async::verify_all!(conn, Contact, Contact)
        .await
        .unwrap();
    let found: Vec<_> = report
        .findings()
        .iter()
        .map(optlock::verify::Finding::kind)
        .collect();
    assert_eq!(found, [Kind::CountsChangedRows]);
    report.into_result().unwrap_err();
    let allowing =
        optlock::diesel_async::verify_all!(conn, Contact => allowing(Kind::CountsChangedRows));
    assert!(allowing.await.unwrap().is_empty());
    // In a transaction too, which goes on.
    let mut ann = Contact::ann();
    transaction(conn, &mut ann, async |conn, ann| {
        ann.save_checked(conn).await?;
        let report = optlock::diesel_async::verify::<Contact>(conn).await?;
        assert!(report.has_errors());
        ann.save_checked(conn).await
    })
    .await
    .unwrap();
    assert_eq!(stored(conn).await[0].version, 3);
    let conn = &mut super::connect(&scratch).await;
    assert!(
        optlock::diesel_async::verify::<Contact>(conn)
            .await
            .unwrap()
            .is_empty()
    );
}
