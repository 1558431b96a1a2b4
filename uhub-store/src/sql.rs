//! Statements that do not know their database: a text with `$1`, `$2`, … and what to put there.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use sqlx::{Arguments as _, AssertSqlSafe, Database, FromRow, SqlSafeStr as _, SqlStr, error::BoxDynError};
#[cfg(feature = "postgres")]
use sqlx::{Postgres, postgres::PgRow};
#[cfg(feature = "sqlite")]
use sqlx::{Sqlite, sqlite::SqliteRow};
use uuid::Uuid;

#[cfg(feature = "postgres")]
use crate::values::in_reach;
use crate::{dialect::Dialect, error::Result};

/// A value for a statement. NULL keeps its type: PostgreSQL wants to know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bind {
    Id(Option<Uuid>),
    Text(Option<String>),
    Int(Option<i64>),
    Bool(Option<bool>),
    At(Option<DateTime<Utc>>),
    Bytes(Vec<u8>),
    /// For [`Sql::any_of`].
    Ids(Vec<Uuid>),
    /// For [`Sql::any_of`].
    Texts(Vec<String>),
    /// PostgreSQL only, for `unnest`.
    Ints(Vec<i64>),
    /// PostgreSQL only, for `unnest`.
    Bools(Vec<bool>),
    /// PostgreSQL only, for `unnest`: values of one kind, NULL among them.
    Column(Vec<Bind>),
}

impl Bind {
    /// PostgreSQL's name for many of them.
    const fn array(&self) -> &'static str {
        match self {
            Self::Id(_) => "uuid[]",
            Self::Text(_) => "text[]",
            Self::Int(_) => "bigint[]",
            Self::Bool(_) => "bool[]",
            Self::At(_) => "timestamptz[]",
            Self::Bytes(_) => "bytea[]",
            Self::Ids(_) | Self::Texts(_) | Self::Ints(_) | Self::Bools(_) | Self::Column(_) => "unknown",
        }
    }
}

/// The values of a column as one array.
#[cfg(feature = "postgres")]
fn column(values: Vec<Bind>, arguments: &mut <Postgres as Database>::Arguments) -> Result<(), BoxDynError> {
    macro_rules! array {
        ($variant:ident, $value:ident => $made:expr) => {{
            let mut array = Vec::with_capacity(values.len());
            for value in values {
                let Bind::$variant($value) = value else {
                    return Err("a column has values of several kinds".into());
                };
                array.push($made);
            }
            arguments.add(array)
        }};
    }
    match values.first() {
        Some(Bind::Id(_)) => array!(Id, id => id),
        Some(Bind::Text(_)) => array!(Text, text => text.map(without_nul)),
        Some(Bind::Int(_)) => array!(Int, number => number),
        Some(Bind::Bool(_)) => array!(Bool, flag => flag),
        Some(Bind::At(_)) => array!(At, at => at.map(in_reach)),
        Some(Bind::Bytes(_)) => array!(Bytes, bytes => bytes),
        _ => Err("a column has no such values".into()),
    }
}

macro_rules! binds {
    ($($variant:ident: $($type:ty),+;)+) => {$($(
        impl From<$type> for Bind {
            fn from(value: $type) -> Self {
                Self::$variant(Some(value.into()))
            }
        }

        impl From<Option<$type>> for Bind {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(Into::into))
            }
        }
    )+)+};
}

binds! {
    Id: Uuid;
    Text: String, &str;
    Int: i64, u32, i32;
    Bool: bool;
    At: DateTime<Utc>;
}

impl From<Vec<u8>> for Bind {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// PostgreSQL's TEXT cannot hold NUL. Where one slips into a name or a worker's last words it is shown as what it is, a
/// character that cannot be shown, in both databases alike.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}

/// A database that [`Bind`]s can be given to.
pub(crate) trait Binds: Database {
    /// The values as this database takes them.
    fn arguments(binds: Vec<Bind>) -> Result<Self::Arguments, BoxDynError>;
}

#[cfg(feature = "sqlite")]
impl Binds for Sqlite {
    fn arguments(binds: Vec<Bind>) -> Result<Self::Arguments, BoxDynError> {
        let mut arguments = Self::Arguments::default();
        for bind in binds {
            match bind {
                Bind::Id(id) => arguments.add(id),
                Bind::Text(text) => arguments.add(text.map(without_nul)),
                Bind::Int(number) => arguments.add(number),
                Bind::Bool(flag) => arguments.add(flag),
                Bind::At(at) => arguments.add(at.map(|at| at.timestamp_micros())),
                Bind::Bytes(bytes) => arguments.add(bytes),
                // SQLite has no arrays: a list travels as JSON, to be taken apart by json_each.
                Bind::Ids(ids) => {
                    let ids: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
                    arguments.add(serde_json::to_string(&ids)?)
                }
                Bind::Texts(texts) => {
                    let texts: Vec<String> = texts.into_iter().map(without_nul).collect();
                    arguments.add(serde_json::to_string(&texts)?)
                }
                Bind::Ints(_) | Bind::Bools(_) | Bind::Column(_) => Err("SQLite has no arrays".into()),
            }?;
        }
        Ok(arguments)
    }
}

#[cfg(feature = "postgres")]
impl Binds for Postgres {
    fn arguments(binds: Vec<Bind>) -> Result<Self::Arguments, BoxDynError> {
        let mut arguments = Self::Arguments::default();
        for bind in binds {
            match bind {
                Bind::Id(id) => arguments.add(id),
                Bind::Text(text) => arguments.add(text.map(without_nul)),
                Bind::Int(number) => arguments.add(number),
                Bind::Bool(flag) => arguments.add(flag),
                Bind::At(at) => arguments.add(at.map(in_reach)),
                Bind::Bytes(bytes) => arguments.add(bytes),
                Bind::Ids(ids) => arguments.add(ids),
                Bind::Texts(texts) => {
                    arguments.add(texts.into_iter().map(without_nul).collect::<Vec<String>>())
                }
                Bind::Ints(numbers) => arguments.add(numbers),
                Bind::Bools(flags) => arguments.add(flags),
                Bind::Column(values) => column(values, &mut arguments),
            }?;
        }
        Ok(arguments)
    }
}

/// Columns and what they are to hold.
pub(crate) type Fields = Vec<(&'static str, Bind)>;

/// A statement with its values.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    text: Cow<'static, str>,
    binds: Vec<Bind>,
    /// Its text hardly comes twice: not worth a place among the prepared statements.
    once: bool,
    /// It may touch very many rows.
    pub(crate) slow: bool,
}

/// A statement made ready for one database.
pub(crate) struct Ready<D: Binds> {
    pub(crate) text: SqlStr,
    pub(crate) arguments: D::Arguments,
    pub(crate) persistent: bool,
}

impl Sql {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), binds: Vec::new(), once: false, slow: false }
    }

    /// `SELECT` the columns of `R`, followed by `rest`.
    pub(crate) fn select<R: Shape>(rest: &str) -> Self {
        let mut sql = Self::new("SELECT ");
        sql.push(R::COLUMNS).push(" ").push(rest);
        sql
    }

    /// Gives the next `$n` of the text its value.
    pub(crate) fn bind(mut self, value: impl Into<Bind>) -> Self {
        self.binds.push(value.into());
        self
    }

    /// Appends text. It must not come from outside.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Appends `$n` for `value`.
    pub(crate) fn arg(&mut self, value: impl Into<Bind>) -> &mut Self {
        self.binds.push(value.into());
        let place = format!("${}", self.binds.len());
        self.push(&place)
    }

    /// Appends the condition that `column` is one of `list`, which is [`Bind::Ids`] or [`Bind::Texts`].
    pub(crate) fn any_of(&mut self, dialect: Dialect, column: &str, list: Bind) -> &mut Self {
        // PostgreSQL plans a list anew each time, for as many as there are: one alone goes by the plan that it has.
        let one = match &list {
            Bind::Ids(ids) if ids.len() == 1 => ids.first().map(|id| Bind::from(*id)),
            Bind::Texts(texts) if texts.len() == 1 => texts.first().map(|text| Bind::from(text.as_str())),
            _ => None,
        };
        if let Some(one) = one {
            return self.push(column).push(" = ").arg(one);
        }
        let (before, after) = dialect.any_of(matches!(list, Bind::Ids(_)));
        self.push(column).push(before).arg(list).push(after)
    }

    /// Appends `ORDER BY … LIMIT n`.
    pub(crate) fn ordered(&mut self, order: &str, limit: u32) -> &mut Self {
        self.push(" ORDER BY ").push(order).push(" LIMIT ").arg(limit)
    }

    /// Its text hardly comes twice.
    pub(crate) const fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// It may touch very many rows, and gets the time for it.
    pub(crate) const fn slow(mut self) -> Self {
        self.slow = true;
        self
    }

    /// Adds one row.
    pub(crate) fn insert(table: &'static str, row: Fields) -> Self {
        Self::insert_all(table, vec![row])
    }

    /// Adds rows of the same columns. At most as many as [`Dialect::values_at_once`] allows.
    pub(crate) fn insert_all(table: &'static str, rows: Vec<Fields>) -> Self {
        let mut sql = Self::new("INSERT INTO ");
        sql.push(table);
        for (i, row) in rows.into_iter().enumerate() {
            if i == 0 {
                let columns: Vec<&str> = row.iter().map(|(column, _)| *column).collect();
                sql.push(" (").push(&columns.join(", ")).push(") VALUES ");
            } else {
                sql.push(", ");
            }
            for (j, (_, value)) in row.into_iter().enumerate() {
                sql.push(if j == 0 { "(" } else { ", " }).arg(value);
            }
            sql.push(")");
        }
        sql
    }

    /// PostgreSQL: adds rows of the same columns, however many, by a text that is always the same.
    pub(crate) fn insert_columns(table: &'static str, rows: Vec<Fields>) -> Self {
        let mut sql = Self::new("INSERT INTO ");
        let names: Vec<&str> = rows.first().into_iter().flatten().map(|(name, _)| *name).collect();
        sql.push(table).push(" (").push(&names.join(", ")).push(") SELECT * FROM ");
        sql.unnest(rows);
        sql
    }

    /// PostgreSQL: `UPDATE … SET … FROM` rows of values, up to the WHERE. There they are called `new`, with `keys` among
    /// them, which are not set. What is the same for all rows is said once.
    pub(crate) fn update_columns(table: &'static str, keys: &[&str], rows: Vec<Fields>) -> Self {
        let mut sql = Self::new("UPDATE ");
        sql.push(table).push(" SET ");
        let (first, others) =
            rows.split_first().map_or((&[][..], &[][..]), |(first, others)| (first, others));
        let mut varying = Vec::with_capacity(first.len());
        let mut separator = "";
        for (place, (name, value)) in first.iter().enumerate() {
            let is_key = keys.contains(name);
            let varies =
                is_key || others.iter().any(|row| row.get(place).is_none_or(|(_, other)| other != value));
            varying.push(varies);
            if is_key {
                continue;
            }
            sql.push(separator).push(name).push(" = ");
            separator = ", ";
            if varies {
                sql.push("new.").push(name);
            } else {
                sql.arg(value.clone());
            }
        }
        let is_varying = |place: usize| varying.get(place).copied().unwrap_or_default();
        let names: Vec<&str> = first
            .iter()
            .enumerate()
            .filter(|(place, _)| is_varying(*place))
            .map(|(_, (name, _))| *name)
            .collect();
        let new = format!(" AS new ({})", names.join(", "));
        let rows = rows.into_iter().map(|row| {
            row.into_iter()
                .enumerate()
                .filter(|(place, _)| is_varying(*place))
                .map(|(_, field)| field)
                .collect()
        });
        sql.push(" FROM ").unnest(rows.collect());
        sql.push(&new);
        sql
    }

    /// Appends `UNNEST` of the rows, turned into columns.
    fn unnest(&mut self, rows: Vec<Fields>) {
        let count = rows.len();
        let mut columns: Vec<Vec<Bind>> = Vec::new();
        for row in rows {
            for (place, (_, value)) in row.into_iter().enumerate() {
                match columns.get_mut(place) {
                    Some(column) => column.push(value),
                    None => {
                        let mut column = Vec::with_capacity(count);
                        column.push(value);
                        columns.push(column);
                    }
                }
            }
        }
        self.push("UNNEST(");
        for (place, column) in columns.into_iter().enumerate() {
            let array = column.first().map_or("unknown", Bind::array);
            self.push(if place == 0 { "" } else { ", " }).arg(Bind::Column(column)).push("::").push(array);
        }
        self.push(")");
    }

    /// `UPDATE … SET …`, up to the WHERE.
    pub(crate) fn update(table: &'static str, fields: Fields) -> Self {
        let mut sql = Self::new("UPDATE ");
        sql.push(table);
        for (i, (column, value)) in fields.into_iter().enumerate() {
            sql.push(if i == 0 { " SET " } else { ", " }).push(column).push(" = ").arg(value);
        }
        sql
    }

    /// PostgreSQL: several statements that change rows as one, which tells how many rows they changed together. Each sees
    /// the rows as they were before all of them.
    pub(crate) fn together(statements: Vec<Self>) -> Self {
        let mut all = Self::new("WITH ");
        let mut counts = String::new();
        for (i, Self { text, binds, .. }) in statements.into_iter().enumerate() {
            let before = all.binds.len();
            let (with, plus) = if i == 0 { ("", "SELECT ") } else { (", ", " + ") };
            all.push(&format!("{with}w{i} AS ({} RETURNING 1)", renumbered(&text, before)));
            counts.push_str(&format!("{plus}(SELECT count(*) FROM w{i})"));
            all.binds.extend(binds);
        }
        all.push(" ").push(&counts);
        all
    }

    /// As one database takes it.
    pub(crate) fn ready<D: Binds>(self) -> Result<Ready<D>, sqlx::Error> {
        Ok(Ready {
            arguments: D::arguments(self.binds).map_err(sqlx::Error::Encode)?,
            // Built from literals of this crate and `$n` only; every value is bound.
            text: AssertSqlSafe(self.text).into_sql_str(),
            persistent: !self.once,
        })
    }
}

/// A statement's text with each `$n` as `$n + before`.
fn renumbered(text: &str, before: usize) -> String {
    let mut pieces = text.split('$');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
        let (number, rest) = piece.split_at(digits);
        let number: usize = number.parse().unwrap_or_default();
        out.push_str(&format!("${}{rest}", number + before));
    }
    out
}

/// What every database of this build can read a row of.
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(crate) trait Readable:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

#[cfg(all(feature = "sqlite", feature = "postgres"))]
impl<T> Readable for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

/// What the one database of this build can read a row of.
#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
pub(crate) trait Readable: for<'r> FromRow<'r, OneRow> + Send + Unpin + 'static {}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
impl<T: for<'r> FromRow<'r, OneRow> + Send + Unpin + 'static> Readable for T {}

#[cfg(all(feature = "postgres", not(feature = "sqlite")))]
use PgRow as OneRow;
#[cfg(all(feature = "sqlite", not(feature = "postgres")))]
use SqliteRow as OneRow;

/// A row that stands for something of the model.
pub(crate) trait Shape: Readable {
    /// Its columns, in order.
    const COLUMNS: &'static str;
    /// What it stands for.
    type Model: Send;

    /// That thing.
    fn model(self) -> Result<Self::Model>;
}

/// Declares a row: its columns are its fields, read by place from either database.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $first:ident: $first_type:ty $(, $field:ident: $type:ty)* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug)]
        $vis struct $name { $first: $first_type $(, $field: $type)* }

        impl $name {
            $vis const COLUMNS: &'static str = concat!(stringify!($first) $(, ", ", stringify!($field))*);
        }

        #[cfg(feature = "sqlite")]
        $crate::sql::row!(@read sqlx::sqlite::SqliteRow, $name { $first $(, $field)* });
        #[cfg(feature = "postgres")]
        $crate::sql::row!(@read sqlx::postgres::PgRow, $name { $first $(, $field)* });
    };
    (@read $row:ty, $name:ident { $($field:ident),+ }) => {
        impl sqlx::FromRow<'_, $row> for $name {
            fn from_row(row: &$row) -> sqlx::Result<Self> {
                use sqlx::Row as _;

                let mut place = 0..;
                Ok(Self { $($field: row.try_get(place.next().unwrap_or_default())?),+ })
            }
        }
    };
}
pub(crate) use row;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_are_put_together_keep_their_values() {
        let mut one = Sql::update("a", (0..11).map(|n: i64| ("x", n.into())).collect());
        one.push(" WHERE y = ").arg("y");
        let two = Sql::insert("b", vec![("z", true.into()), ("w", "$1".into())]);
        let both = Sql::together(vec![one.clone(), two.clone()]);
        let columns: Vec<String> = (1..=11).map(|n| format!("x = ${n}")).collect();
        assert_eq!(
            both.text,
            format!(
                "WITH w0 AS (UPDATE a SET {} WHERE y = $12 RETURNING 1), \
                 w1 AS (INSERT INTO b (z, w) VALUES ($13, $14) RETURNING 1) \
                 SELECT (SELECT count(*) FROM w0) + (SELECT count(*) FROM w1)",
                columns.join(", ")
            )
        );
        assert_eq!(both.binds, [one.binds, two.binds].concat());
    }
}
