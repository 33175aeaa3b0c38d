//! The tables of the demo, and what is in them at first.
//!
//! The connections are those of the REST service, which has its routes on the same tables: SQLite, or by a feature
//! PostgreSQL or MySQL.

use crate::contacts::{Contact, contacts};
use crate::hours::{Hours, hours};
use crate::journal;
use crate::lines::{Line, order_lines};
use crate::orders::{Order, orders};
use crate::people::SHOPS;
use crate::products::{Product, products};
use chrono::{NaiveDateTime, SubsecRound, Utc};
use diesel::prelude::*;
use diesel_async::pooled_connection::deadpool::{BuildError, Hook};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use optlock::UuidText;
use optlock::diesel_async::{lease, transaction};
use optlock_rest_api::database::pool;
pub use optlock_rest_api::database::{
    Connection, Connections, NAME, Pooled, Settings, WrongDatabase,
};
use uuid::Uuid;

/// Who wrote a row that none of the pages has written.
const OTHER_PROGRAM: &str = "another program";

/// Who wrote the rows that are there at first.
const THE_DEMO: &str = "the demo";

/// The settings for a `DATABASE_URL`. Without one it is a file of the demo's own.
pub fn settings(url: Option<String>) -> Result<Settings, WrongDatabase> {
    let file = || std::env::temp_dir().join("optlock-demo.sqlite3");
    let is_file = url.is_none() && NAME == "SQLite";
    Settings::from_url(if is_file {
        Some(file().to_string_lossy().into_owned())
    } else {
        url
    })
}

/// The pool. Whoever takes a connection out of it sees its statements in their [journal].
pub fn open(settings: &Settings) -> Result<Connections, BuildError> {
    let hook = || {
        Hook::sync_fn(|conn: &mut Connection, _| {
            conn.set_instrumentation(journal::Recorder::of_this_request());
            Ok(())
        })
    };
    pool(settings)
        .post_create(hook())
        .post_recycle(hook())
        .build()
}

/// Makes the tables, unless they are there, and fills them if there is no contact. (A program with migrations has them there.)
pub(crate) async fn create(conn: &mut Connection) -> Result<(), optlock::Error> {
    for statement in tables() {
        conn.batch_execute(&statement).await?;
    }
    lease::create_table(conn).await?;
    let filled: i64 = contacts::table.count().get_result(conn).await?;
    if filled == 0 {
        fill(conn).await?;
    }
    Ok(())
}

/// Everything as it was at first.
pub(crate) async fn reset(conn: &mut Connection) -> Result<(), optlock::Error> {
    transaction(conn, (), async |conn, ()| {
        diesel::delete(contacts::table).execute(conn).await?;
        diesel::delete(hours::table).execute(conn).await?;
        diesel::delete(order_lines::table).execute(conn).await?;
        diesel::delete(orders::table).execute(conn).await?;
        diesel::delete(products::table).execute(conn).await?;
        conn.batch_execute("DELETE FROM optlock_leases; DELETE FROM optlock_presence")
            .await?;
        fill(conn).await
    })
    .await
}

/// Row by row, because Diesel has no statement for several on an asynchronous connection to SQLite.
async fn fill(conn: &mut Connection) -> Result<(), optlock::Error> {
    let now = now();
    // The rows of a reset have the keys of those before. With their versions, an old form would overwrite a new row.
    let version = now.and_utc().timestamp_micros();
    let contacts = [
        (
            "Mill Lane Bakery",
            Some("orders@bakery.example"),
            "555 0101",
            3,
            "Closed on Mondays.",
        ),
        (
            "Harbour Print",
            Some("print@harbour.example"),
            "555 0102",
            0,
            "Ask for the night shift.",
        ),
        ("Green Door Books", None, "555 0103", 12, ""),
        (
            "North Quay Bicycles",
            Some("shop@quay.example"),
            "555 0104",
            1,
            "Spare keys are at the bakery.",
        ),
    ];
    let contacts = contacts.map(|(name, email, phone, calls, notes)| Contact {
        id: Uuid::new_v4().to_string(),
        name: name.into(),
        email: email.map(Into::into),
        phone: phone.into(),
        calls,
        notes: notes.into(),
        created_by: THE_DEMO.into(),
        created_on: now,
        updated_by: THE_DEMO.into(),
        updated_on: now,
        version: UuidText::from(Uuid::new_v4()),
    });
    for contact in contacts {
        diesel::insert_into(contacts::table)
            .values(&contact)
            .execute(conn)
            .await?;
    }
    let products = [
        ("bell", "Bicycle bell", 950, 40),
        ("lamp", "Front lamp", 2450, 12),
        ("lock", "Chain lock", 3900, 7),
    ];
    let products = products.map(|(id, name, cents, stock)| Product {
        id: id.into(),
        name: name.into(),
        cents,
        stock,
        updated_by: THE_DEMO.into(),
        updated_on: now,
    });
    for product in products {
        diesel::insert_into(products::table)
            .values(&product)
            .execute(conn)
            .await?;
    }
    let orders = [
        (
            1001,
            SHOPS[0],
            "Green Door Books",
            "Mill Lane 4",
            "Leave it with the neighbour.",
        ),
        (1002, SHOPS[0], "Harbour Print", "Quay 12", ""),
        (
            1003,
            SHOPS[1],
            "North Quay Bicycles",
            "North Quay 1",
            "Call before.",
        ),
    ];
    let orders = orders.map(|(id, shop, customer, address, notes)| Order {
        id,
        shop: shop.into(),
        customer: customer.into(),
        address: address.into(),
        notes: notes.into(),
        updated_by: THE_DEMO.into(),
        updated_on: now,
        version,
    });
    for order in orders {
        diesel::insert_into(orders::table)
            .values(&order)
            .execute(conn)
            .await?;
    }
    let lines = [
        (1, 1001, "Bicycle bell", 2),
        (2, 1001, "Front lamp", 1),
        (3, 1002, "Chain lock", 5),
        (4, 1003, "Bicycle bell", 10),
    ];
    let lines = lines.map(|(id, order_id, product, quantity)| Line {
        id,
        order_id,
        product: product.into(),
        quantity,
        updated_by: THE_DEMO.into(),
        version,
    });
    for line in lines {
        diesel::insert_into(order_lines::table)
            .values(&line)
            .execute(conn)
            .await?;
    }
    let monday = Hours {
        id: Hours::ONLY,
        opens: "09:00".into(),
        closes: "18:00".into(),
        seats: 12,
        visits: 0,
    };
    diesel::insert_into(hours::table)
        .values(&monday)
        .execute(conn)
        .await?;
    Ok(())
}

/// In microseconds, which is what all columns hold.
pub(crate) fn now() -> NaiveDateTime {
    Utc::now().trunc_subsecs(6).naive_utc()
}

/// One statement each, for the database that the program was built for.
fn tables() -> Vec<String> {
    // `ascii_bin`, because the other collations of MySQL take `ann` and `Ann` for one key.
    let (key, line, text, time, now) = match NAME {
        "SQLite" => ("TEXT", "TEXT", "TEXT", "TIMESTAMP", "CURRENT_TIMESTAMP"),
        "PostgreSQL" => (
            "TEXT",
            "TEXT",
            "TEXT",
            "TIMESTAMP",
            "(now() AT TIME ZONE 'UTC')",
        ),
        _ => (
            "VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin",
            "VARCHAR(200) CHARACTER SET utf8mb4",
            "VARCHAR(2000) CHARACTER SET utf8mb4",
            "DATETIME(6)",
            "UTC_TIMESTAMP(6)",
        ),
    };
    // Expressions are defaults in MariaDB, and in MySQL in brackets.
    let now = if NAME == "MySQL" {
        format!("({now})")
    } else {
        now.to_owned()
    };
    let mut statements = vec![
        format!(
            "CREATE TABLE IF NOT EXISTS contacts (
                id {key} PRIMARY KEY,
                name {line} NOT NULL,
                email {line} UNIQUE,
                phone {line} NOT NULL DEFAULT '',
                calls INTEGER NOT NULL DEFAULT 0,
                notes {text} NOT NULL DEFAULT '',
                created_by {line} NOT NULL DEFAULT '{OTHER_PROGRAM}',
                created_on {time} NOT NULL DEFAULT {now},
                updated_by {line} NOT NULL DEFAULT '{OTHER_PROGRAM}',
                updated_on {time} NOT NULL DEFAULT {now},
                version {key} NOT NULL
            )"
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS products (
                id {key} PRIMARY KEY,
                name {line} NOT NULL,
                cents INTEGER NOT NULL,
                stock INTEGER NOT NULL,
                updated_by {line} NOT NULL,
                updated_on {time} NOT NULL
            )"
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS orders (
                id INTEGER PRIMARY KEY,
                shop {line} NOT NULL,
                customer {line} NOT NULL,
                address {line} NOT NULL,
                notes {text} NOT NULL,
                updated_by {line} NOT NULL,
                updated_on {time} NOT NULL,
                version BIGINT NOT NULL DEFAULT 1
            )"
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS order_lines (
                id INTEGER PRIMARY KEY,
                order_id INTEGER NOT NULL,
                product {line} NOT NULL,
                quantity INTEGER NOT NULL,
                updated_by {line} NOT NULL,
                version BIGINT NOT NULL DEFAULT 1
            )"
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS hours (
                id INTEGER PRIMARY KEY,
                opens {line} NOT NULL,
                closes {line} NOT NULL,
                seats INTEGER NOT NULL,
                visits INTEGER NOT NULL
            )"
        ),
    ];
    statements.extend(other_writers());
    statements
}

/// A trigger, by which the write of another program is seen as a user's is: it says who wrote, and gives the row a new version
/// unless the writer has.
///
/// A save of the demo moves `updated_on`, and passes the trigger by. For a version that is a number optlock writes such a
/// trigger (`trigger_sql`), and not for a UUID.
fn other_writers() -> Vec<String> {
    match NAME {
        "SQLite" => {
            let random = |bytes: u8| format!("lower(hex(randomblob({bytes})))");
            let uuid = [4, 2, 2, 2, 6].map(random).join(" || '-' || ");
            vec![format!(
                "CREATE TRIGGER IF NOT EXISTS contacts_of_others AFTER UPDATE ON contacts FOR EACH ROW
                 WHEN NEW.updated_on = OLD.updated_on
                 BEGIN
                     UPDATE contacts SET version = CASE WHEN NEW.version = OLD.version THEN {uuid} ELSE NEW.version END,
                         updated_by = '{OTHER_PROGRAM}', updated_on = strftime('%Y-%m-%d %H:%M:%f', 'now')
                     WHERE id = NEW.id;
                 END"
            )]
        }
        "PostgreSQL" => vec![
            format!(
                "CREATE OR REPLACE FUNCTION contacts_of_others() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN
                     NEW.version := CASE WHEN NEW.version = OLD.version THEN gen_random_uuid()::text ELSE NEW.version END;
                     NEW.updated_by := '{OTHER_PROGRAM}';
                     NEW.updated_on := clock_timestamp() AT TIME ZONE 'UTC';
                     RETURN NEW;
                 END $$"
            ),
            "DROP TRIGGER IF EXISTS contacts_of_others ON contacts".into(),
            "CREATE TRIGGER contacts_of_others BEFORE UPDATE ON contacts FOR EACH ROW
             WHEN (NEW.updated_on = OLD.updated_on) EXECUTE FUNCTION contacts_of_others()"
                .into(),
        ],
        _ => vec![
            "DROP TRIGGER IF EXISTS contacts_of_others".into(),
            format!(
                "CREATE TRIGGER contacts_of_others BEFORE UPDATE ON contacts FOR EACH ROW
                 BEGIN
                     IF NEW.updated_on = OLD.updated_on THEN
                         IF NEW.version = OLD.version THEN SET NEW.version = UUID(); END IF;
                         SET NEW.updated_by = '{OTHER_PROGRAM}', NEW.updated_on = UTC_TIMESTAMP(6);
                     END IF;
                 END"
            ),
        ],
    }
}
