//! Many saves: one by one, at once, and by hand.

use crate::contacts::Contact;
use crate::printed::or_dash;
use crate::turns::{Save, medians};
use diesel::connection::Connection;
use optlock::methods;
use optlock::prelude::*;
use std::time::Duration;

pub(crate) fn heading() {
    println!(
        "\ndatabase    delay     rows   a loop   at once  by hand   loop/at once  at once/by hand"
    );
}

pub(crate) fn table<C>(name: &str, delay: Duration, conn: &mut C, by_hand: Option<Save<C>>)
where
    C: Connection,
    Contact: methods::Save<C> + methods::SaveAll<C>,
{
    for rows in [2, 10, 100, 1000] {
        let (single, at_once, by_hand) = if let Some(by_hand) = by_hand {
            let [single, at_once, by_hand] = medians(rows, conn, [one_by_one, at_once, by_hand]);
            (single, at_once, Some(by_hand))
        } else {
            let [single, at_once] = medians(rows, conn, [one_by_one, at_once]);
            (single, at_once, None)
        };
        let hand = or_dash(by_hand, 2);
        let to_hand = or_dash(by_hand.map(|time| at_once / time), 2);
        println!(
            "{name:<11} {:>3.1} ms {rows:>7} {single:>8.2} {at_once:>9.2} {hand:>8} {:>14.1} {to_hand:>16}",
            delay.as_secs_f64() * 1e3,
            single / at_once,
        );
    }
}

fn one_by_one<C>(contacts: &mut [Contact], conn: &mut C) -> Result<(), optlock::Error>
where
    Contact: methods::Save<C>,
{
    contacts
        .iter_mut()
        .try_for_each(|contact| contact.save_checked(conn))
}

fn at_once<C>(contacts: &mut [Contact], conn: &mut C) -> Result<(), optlock::Error>
where
    Contact: methods::SaveAll<C>,
{
    contacts.save_all_checked(conn)
}
