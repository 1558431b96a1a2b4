//! Schemas of text: what `uhub_core::text` accepts, as far as a regular expression can say it.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// What is invisible or turns the reading direction, as the inside of a character class. Private use, variation selectors
/// and tags are refused as well; they are too many for the programs that read such patterns.
const HIDDEN: &str =
    r"\u0000-\u001F\u007F-\u009F\u00AD\u034F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF";

struct Form {
    min: usize,
    max: usize,
    pattern: String,
    format: Option<SchemaFormat>,
}

fn line(max: usize) -> Form {
    Form { min: 1, max, pattern: format!(r"^[^{HIDDEN}]*[^\s{HIDDEN}][^{HIDDEN}]*$"), format: None }
}

/// What may not be in text of several lines: tabs and line ends may.
fn hidden_in_prose() -> String {
    HIDDEN.replacen(r"\u0000-\u001F", r"\u0000-\u0008\u000B\u000C\u000E-\u001F", 1)
}

fn prose(max: usize) -> Form {
    Form { min: 0, max, pattern: format!("^[^{}]*$", hidden_in_prose()), format: None }
}

fn comment(max: usize) -> Form {
    let hidden = hidden_in_prose();
    Form { min: 1, max, pattern: format!(r"^[^{hidden}]*[^\s{hidden}][^{hidden}]*$"), format: None }
}

fn plain(min: usize, max: usize, pattern: &str) -> Form {
    Form { min, max, pattern: pattern.to_owned(), format: None }
}

fn schema(form: Form) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length((form.min > 0).then_some(form.min))
        .max_length(Some(form.max))
        .pattern(Some(form.pattern))
        .format(form.format)
        .into()
}

macro_rules! schemas {
    ($($name:ident = $form:expr),+ $(,)?) => {$(
        /// A text of that form.
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                schema($form)
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

schemas! {
    Title = line(200),
    Name = line(100),
    Reason = line(500),
    Description = prose(10_000),
    Remark = prose(2000),
    Comment = comment(2000),
    // Counted without the spaces around it.
    Username = plain(1, 256, &format!(r"^\s*[^\s\\/{HIDDEN}]{{1,64}}\s*$")),
    Email = plain(3, 254, &format!(r"^\s*[^\s@{HIDDEN}]+@[^\s@.{HIDDEN}]([^\s@{HIDDEN}]*[^\s@.{HIDDEN}])?\s*$")),
    Color = plain(7, 7, "^#[0-9A-Fa-f]{6}$"),
    Identifier = plain(1, 63, "^[A-Za-z0-9][A-Za-z0-9._-]*$"),
    NewPassword = Form {
        format: Some(SchemaFormat::KnownFormat(KnownFormat::Password)),
        ..plain(8, 1024, r"^[^\u0000]*$")
    },
    RecurrenceRule = plain(1, 500, "^(RRULE:)?FREQ=(HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z]+=[0-9A-Z,+-]+)*$"),
    ZoneName = plain(1, 64, "^[A-Za-z0-9_+/-]+$"),
    Query = plain(0, 200, r"^[^\u0000]*$"),
    EntityTag = plain(1, 64, r#"^(\*|(W/)?"[!#-~]*")$"#),
    Key = plain(1, 128, "^[!-~]+$"),
    EventId = plain(1, 18, "^[0-9]+$"),
    PageCursor = plain(1, 200, "^[A-Za-z0-9_-]+$"),
}
