//! What an entry of the table of operations becomes: a trait that generic code asks for, and its impl for
//! each model that has what the operation needs.

/// The traits and impls of operations on blocking connections.
///
/// An entry states the trait with its docs and the message of the compiler; what a model needs, beside a
/// connection; and each method: receiver, arguments, result, and the function that holds the logic. The
/// connection is the last argument of each.
macro_rules! blocking {
    ($(
        $(#[doc = $doc:literal])*
        #[unimplemented($($message:tt)*)]
        trait $Operation:ident<C $(, $T:ident = Self)?>: ($($super:tt)+) for $Model:ident where ($($needs:tt)+) {
            $(
                $(#[$attribute:meta])*
                fn $method:ident $receiver:tt ($($argument:ident: $type:ty),*) -> $result:ty
                    = $logic:path;
            )+
        }
    )+) => {$(
        $(#[doc = $doc])*
        #[diagnostic::on_unimplemented($($message)*)]
        pub trait $Operation<C $(, $T = Self)?>: $($super)+ {
            $(declare! {
                $(#[$attribute])*
                $method $receiver ($($argument: $type),*) -> $result
            })+
        }

        impl<$Model, C $(, $T)?> $Operation<C $(, $T)?> for $Model
        where
            $($needs)+
        {
            $(implement! {
                $method $receiver ($($argument: $type),*) -> $result = $logic
            })+
        }
    )+};
}

macro_rules! declare {
    (
        $(#[$attribute:meta])*
        $method:ident [&mut self] ($($argument:ident: $type:ty),*) -> $result:ty
    ) => {
        $(#[$attribute])*
        fn $method(&mut self, $($argument: $type,)* conn: &mut C) -> $result;
    };
    (
        $(#[$attribute:meta])*
        $method:ident [&self] ($($argument:ident: $type:ty),*) -> $result:ty
    ) => {
        $(#[$attribute])*
        fn $method(&self, $($argument: $type,)* conn: &mut C) -> $result;
    };
    (
        $(#[$attribute:meta])*
        $method:ident [$models:ident: $slice:ty] () -> $result:ty
    ) => {
        $(#[$attribute])*
        fn $method($models: $slice, conn: &mut C) -> $result;
    };
}

macro_rules! implement {
    (
        $method:ident [&mut self] ($($argument:ident: $type:ty),*) -> $result:ty = $logic:path
    ) => {
        fn $method(&mut self, $($argument: $type,)* conn: &mut C) -> $result {
            $logic(self, $($argument,)* conn)
        }
    };
    (
        $method:ident [&self] ($($argument:ident: $type:ty),*) -> $result:ty = $logic:path
    ) => {
        fn $method(&self, $($argument: $type,)* conn: &mut C) -> $result {
            $logic(self, $($argument,)* conn)
        }
    };
    ($method:ident [$models:ident: $slice:ty] () -> $result:ty = $logic:path) => {
        fn $method($models: $slice, conn: &mut C) -> $result {
            $logic($models, conn)
        }
    };
}

pub(super) use {blocking, declare, implement};
