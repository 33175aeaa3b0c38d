//! What an entry of the table of operations becomes: a trait that generic code asks for, and its impl for
//! each model that has what the operation needs.

/// No connection at all. With impls for it the compiler has a choice, and waits until it knows the connection:
/// else it would look for what a field needs all the same, guess a database (the only one that stores a
/// UUID, say) and report that the connection is of another one. With two, it waits also where the impl for
/// connections cannot be the one.
#[derive(Debug)]
pub enum NoConnection<const OTHER: bool> {}

/// What nobody can ask for.
pub(crate) fn never<T, const OTHER: bool>(connection: &mut NoConnection<OTHER>) -> T {
    match *connection {}
}

/// The traits and impls of operations on blocking connections.
macro_rules! blocking {
    ($(
        $(#[doc = $doc:literal])*
        #[unimplemented($($message:tt)*)]
        $(#[$of_impl:meta])*
        trait $Operation:ident<C $(, $T:ident = Self)?>: ($($super:tt)+) for $Model:ident: $Facts:ident where ($($needs:tt)+)
            sendable ($($sendable:tt)*)
        {
            $(
                $(#[$attribute:meta])*
                fn $method:ident $receiver:tt $arguments:tt -> $result:ty
                    $(where ($($where:tt)+))? = $logic:path;
            )+
        }
    )+) => {$(
        $(#[doc = $doc])*
        #[diagnostic::on_unimplemented($($message)*)]
        pub trait $Operation<C $(, $T = Self)?>: $($super)+ {
            $(method! {
                ($(#[$attribute])* fn $method) $receiver $arguments [C]
                (-> $result $(where $($where)+)?) declared
            })+
        }

        $(#[$of_impl])*
        impl<$Model, C $(, $T)?> $Operation<C $(, $T)?> for $Model
        where
            $($needs)+
        {
            $(method! {
                (fn $method) $receiver $arguments [C]
                (-> $result $(where $($where)+)?) at_once ($logic, $Facts)
            })+
        }

        blocking! {
            without_connection $Operation $(, $T)?: ($($super)+)
            $(($method $receiver $arguments (-> $result $(where $($where)+)?)))+
        }
    )+};
    (without_connection $Operation:ident $(, $T:ident)?: ($($super:tt)+) $($method:tt)+) => {
        blocking! { without false $Operation $(, $T)?: ($($super)+) $($method)+ }
        blocking! { without true $Operation $(, $T)?: ($($super)+) $($method)+ }
    };
    (
        without $other:literal $Operation:ident $(, $T:ident)?: ($($super:tt)+)
        $(($method:ident $receiver:tt $arguments:tt $tail:tt))+
    ) => {
        const _: () = {
            // So that the traits above it, which name `C`, are those of it.
            type C = NoConnection<$other>;

            #[diagnostic::do_not_recommend]
            impl<M: $($super)+ $(, $T)?> $Operation<C $(, $T)?> for M {
                $(method! {
                    (#[allow(unused_variables)] fn $method) $receiver $arguments [C] $tail never_at_once ()
                })+
            }
        };
    };
}

/// The traits and impls of operations on async connections.
#[cfg(feature = "async")]
macro_rules! waiting {
    ($(
        $(#[doc = $doc:literal])*
        #[unimplemented($($message:tt)*)]
        $(#[$of_impl:meta])*
        trait $Operation:ident<C $(, $T:ident = Self)?>: ($($super:tt)+) for $Model:ident: $Facts:ident where ($($needs:tt)+)
            sendable ($($sendable:tt)*)
        {
            $(
                $(#[$attribute:meta])*
                fn $method:ident $receiver:tt $arguments:tt -> $result:ty
                    $(where ($($where:tt)+))? = $logic:path;
            )+
        }
    )+) => {$(
        #[doc = concat!("[`", stringify!($Operation), "`](crate::methods::", stringify!($Operation), ") on an async connection.")]
        #[diagnostic::on_unimplemented($($message)*)]
        pub trait $Operation<C $(, $T = Self)?>: $($super)+ {
            $(method! {
                ($(#[$attribute])* fn $method) $receiver $arguments [C]
                (-> impl Future<Output = $result> + Send $(where $($where)+)?) declared
            })+
        }

        $(#[$of_impl])*
        impl<$Model, C $(, $T)?> $Operation<C $(, $T)?> for $Model
        where
            $($needs)+
            $($sendable)*
        {
            $(method! {
                (async fn $method) $receiver $arguments [C]
                (-> $result $(where $($where)+)?) awaited ($logic, $Facts)
            })+
        }

        waiting! {
            without_connection $Operation $(, $T)?: ($($super)+)
            $((
                $method $receiver $arguments
                (-> impl Future<Output = $result> + Send $(where $($where)+)?)
            ))+
        }
    )+};
    (without_connection $Operation:ident $(, $T:ident)?: ($($super:tt)+) $($method:tt)+) => {
        waiting! { without false $Operation $(, $T)?: ($($super)+) $($method)+ }
        waiting! { without true $Operation $(, $T)?: ($($super)+) $($method)+ }
    };
    (
        without $other:literal $Operation:ident $(, $T:ident)?: ($($super:tt)+)
        $(($method:ident $receiver:tt $arguments:tt $tail:tt))+
    ) => {
        const _: () = {
            type C = NoConnection<$other>;

            #[diagnostic::do_not_recommend]
            impl<M: $($super)+ $(, $T)?> $Operation<C $(, $T)?> for M {
                $(method! {
                    (#[allow(unused_variables)] fn $method) $receiver $arguments [C] $tail never_ready ()
                })+
            }
        };
    };
}

/// A method of an operation: its head, receiver, arguments, connection and tail, and what it does.
macro_rules! method {
    (
        ($($head:tt)+) [&mut self] ($($argument:ident: $type:ty),*) [$Conn:ty]
        ($($tail:tt)+) declared
    ) => {
        $($head)+(&mut self, $($argument: $type,)* conn: &mut $Conn) $($tail)+;
    };
    (
        ($($head:tt)+) [&self] ($($argument:ident: $type:ty),*) [$Conn:ty]
        ($($tail:tt)+) declared
    ) => {
        $($head)+(&self, $($argument: $type,)* conn: &mut $Conn) $($tail)+;
    };
    (
        ($($head:tt)+) [$subject:ident: $Subject:ty] ($($argument:ident: $type:ty),*) [$Conn:ty]
        ($($tail:tt)+) declared
    ) => {
        $($head)+($subject: $Subject, $($argument: $type,)* conn: &mut $Conn) $($tail)+;
    };
    (
        ($($head:tt)+) [&mut self] ($($argument:ident: $type:ty),*) [$Conn:ty]
        ($($tail:tt)+) $how:ident $logic:tt
    ) => {
        $($head)+(&mut self, $($argument: $type,)* conn: &mut $Conn) $($tail)+ {
            $how!($logic (self $(, $argument)*) conn)
        }
    };
    (
        ($($head:tt)+) [&self] ($($argument:ident: $type:ty),*) [$Conn:ty]
        ($($tail:tt)+) $how:ident $logic:tt
    ) => {
        $($head)+(&self, $($argument: $type,)* conn: &mut $Conn) $($tail)+ {
            $how!($logic (self $(, $argument)*) conn)
        }
    };
    (
        ($($head:tt)+) [$subject:ident: $Subject:ty] ($($argument:ident: $type:ty),*) [$Conn:ty]
        ($($tail:tt)+) $how:ident $logic:tt
    ) => {
        $($head)+($subject: $Subject, $($argument: $type,)* conn: &mut $Conn) $($tail)+ {
            $how!($logic ($subject $(, $argument)*) conn)
        }
    };
}

/// Runs an operation that never waits.
macro_rules! at_once {
    (($logic:path, $Facts:ident) ($($argument:expr),+) $conn:ident) => {
        observed!(
            at_once now($logic($($argument,)+ &mut Wire::<Via<C>>::new($conn))),
            $logic, $Facts
        )
    };
}

/// Nothing can be called without a connection.
macro_rules! never_at_once {
    (() ($($argument:expr),+) $conn:ident) => {
        never($conn)
    };
}

/// Waits for an operation. Nothing is sent before that.
#[cfg(feature = "async")]
macro_rules! awaited {
    (($logic:path, $Facts:ident) ($($argument:expr),+) $conn:ident) => {
        observed!(
            awaited $logic($($argument,)+ &mut Wire::<Via<C>>::new($conn)),
            $logic, $Facts
        )
    };
}

/// Runs an operation, and reports it to `tracing`.
#[cfg(feature = "tracing")]
macro_rules! observed {
    (at_once $run:expr, $logic:path, $Facts:ident) => {
        Observed::of::<<Via<C> as crate::executes::Executes>::Backend>(
            <Self as $Facts>::TABLE_NAME,
            stringify!($logic),
        )
        .at_once(|| $run)
    };
    (awaited $run:expr, $logic:path, $Facts:ident) => {
        Observed::of::<<Via<C> as crate::executes::Executes>::Backend>(
            <Self as $Facts>::TABLE_NAME,
            stringify!($logic),
        )
        .awaited(async { $run.await })
        .await
    };
}

/// Runs an operation.
#[cfg(not(feature = "tracing"))]
macro_rules! observed {
    (at_once $run:expr, $logic:path, $Facts:ident) => {
        $run
    };
    (awaited $run:expr, $logic:path, $Facts:ident) => {
        $run.await
    };
}

/// [`never_at_once`], as a future.
#[cfg(feature = "async")]
macro_rules! never_ready {
    (() ($($argument:expr),+) $conn:ident) => {
        never::<Pending<_>, _>($conn)
    };
}

pub(crate) use {at_once, blocking, method, never_at_once, observed};
#[cfg(feature = "async")]
pub(crate) use {awaited, never_ready, waiting};
