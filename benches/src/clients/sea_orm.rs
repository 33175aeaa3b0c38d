//! SeaORM by hand: `update_many` with the version in its filter. It keeps statements prepared, because sqlx does.

use super::by_hand::ByHand;
use crate::contacts::Contact;
use contact::{Column, Entity};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, EntityTrait,
    QueryFilter, QuerySelect, TransactionTrait,
};

mod contact {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "optlock_bench")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        id: i32,
        name: String,
        phone: Option<String>,
        version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) struct SeaOrm {
    db: DatabaseConnection,
    transaction: Option<DatabaseTransaction>,
}

impl SeaOrm {
    /// A pool of one connection, which does not ask the server whether it lives, and without sqlx's log.
    pub(crate) async fn connect(url: &str) -> Self {
        let mut options = ConnectOptions::new(url);
        options
            .min_connections(1)
            .max_connections(1)
            .test_before_acquire(false)
            .sqlx_logging(false);
        Self {
            db: Database::connect(options).await.unwrap(),
            transaction: None,
        }
    }
}

impl ByHand for SeaOrm {
    async fn update(&mut self, contact: &Contact) -> u64 {
        let update = Entity::update_many()
            .col_expr(Column::Name, Expr::value(&*contact.name))
            .col_expr(Column::Phone, Expr::value(contact.phone.as_deref()))
            .col_expr(Column::Version, Expr::value(contact.version + 1))
            .filter(Column::Id.eq(contact.id))
            .filter(Column::Version.eq(contact.version));
        let result = match &self.transaction {
            Some(transaction) => update.exec(transaction).await,
            None => update.exec(&self.db).await,
        };
        result.unwrap().rows_affected
    }

    async fn delete(&mut self, contact: &Contact) -> u64 {
        let delete = Entity::delete_many()
            .filter(Column::Id.eq(contact.id))
            .filter(Column::Version.eq(contact.version));
        delete.exec(&self.db).await.unwrap().rows_affected
    }

    async fn version(&mut self, id: i32) -> i64 {
        let version = Entity::find_by_id(id).select_only().column(Column::Version);
        let version = version.into_tuple().one(&self.db).await;
        version.unwrap().unwrap()
    }

    async fn begin(&mut self) {
        self.transaction = Some(self.db.begin().await.unwrap());
    }

    async fn commit(&mut self) {
        let transaction = self.transaction.take().unwrap();
        transaction.commit().await.unwrap();
    }
}
