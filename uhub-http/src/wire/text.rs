//! Schemas of text: what `uhub_core::text` accepts, as far as a regular expression can say it.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// What is invisible or turns the reading direction, as the inside of a character class.
const HIDDEN: &str = concat!(
    r"\u0000-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F",
    r"\u2028-\u202E\u2060-\u206F\u3164\uE000-\uF8FF\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB\uFFFE\uFFFF",
    "\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}\u{F0000}-\u{10FFFF}"
);

struct Form {
    min: usize,
    max: usize,
    pattern: String,
    format: Option<SchemaFormat>,
}

fn line(max: usize) -> Form {
    Form { min: 1, max, pattern: format!(r"^[^{HIDDEN}]*[^\s{HIDDEN}][^{HIDDEN}]*$"), format: None }
}

fn prose(max: usize) -> Form {
    // Tabs and line ends are all that is allowed of what cannot be seen.
    let hidden = HIDDEN.replacen(r"\u0000-\u001F", r"\u0000-\u0008\u000B\u000C\u000E-\u001F", 1);
    Form { min: 0, max, pattern: format!("^[^{hidden}]*$"), format: None }
}

fn comment(max: usize) -> Form {
    let Form { pattern, .. } = prose(max);
    Form { min: 1, max, pattern: pattern.replacen("^", r"^(?=[\s\S]*\S)", 1), format: None }
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
    Username = plain(1, 64, &format!(r"^\s*[^\s\\/{HIDDEN}]+\s*$")),
    Email = plain(3, 254, &format!(r"^\s*[^\s@{HIDDEN}]+@[^\s@.{HIDDEN}]([^\s@{HIDDEN}]*[^\s@.{HIDDEN}])?\s*$")),
    Color = plain(7, 7, "^#[0-9A-Fa-f]{6}$"),
    Identifier = plain(1, 63, "^[A-Za-z0-9][A-Za-z0-9._-]*$"),
    NewPassword = Form {
        format: Some(SchemaFormat::KnownFormat(KnownFormat::Password)),
        ..plain(8, 1024, r"^[^\u0000]*$")
    },
    Query = plain(0, 200, r"^[^\u0000]*$"),
    PageCursor = plain(1, 200, "^[A-Za-z0-9_-]+$"),
}
