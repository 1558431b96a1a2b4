//! What text from outside may be. Names are shown to other people: what cannot be seen, or turns the reading
//! direction, does not belong into them.

use caseless::default_case_fold_str;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::{Error, Result};

/// The key by which usernames are unique: NFKC, case folded, and with look-alikes of other scripts made one
/// (DOMAIN §1). Two names that people cannot tell apart have the same key.
pub fn username_key(username: &str) -> String {
    let folded = default_case_fold_str(&username.nfkc().collect::<String>());
    let skeleton: String = unicode_security::skeleton(&folded).collect();
    default_case_fold_str(&skeleton)
}

/// The form in which titles are searched: NFKC, case folded.
pub fn search_key(text: &str) -> String {
    default_case_fold_str(&text.nfkc().collect::<String>())
}

/// One line for people: trimmed, not empty, at most `max` characters, nothing invisible.
///
/// # Errors
/// [`Error::Invalid`] with `field`.
pub fn line(field: &str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    bounded(field, text, max)?;
    match text.chars().find(|c| is_hidden(*c)) {
        Some(c) => {
            Err(Error::invalid(field, format!("has the invisible or control character U+{:04X}", c as u32)))
        }
        None => Ok(text.to_owned()),
    }
}

/// Text of several lines for people: at most `max` characters, may be empty, nothing invisible but line breaks and tabs.
///
/// # Errors
/// [`Error::Invalid`] with `field`.
pub fn prose(field: &str, text: &str, max: usize) -> Result<String> {
    bounded(field, text, max)?;
    match text.chars().find(|c| is_hidden(*c) && !matches!(c, '\n' | '\r' | '\t')) {
        Some(c) => {
            Err(Error::invalid(field, format!("has the invisible or control character U+{:04X}", c as u32)))
        }
        None => Ok(text.to_owned()),
    }
}

/// A name that machines use too (an environment, a pool): letters, digits, `.`, `_`, `-`, at most 63 characters.
///
/// # Errors
/// [`Error::Invalid`] with `field`.
pub fn identifier(field: &str, text: &str) -> Result<String> {
    let sound = !text.is_empty()
        && text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    if sound {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid(
            field,
            "must be 1 to 63 of the characters a-z, A-Z, 0-9, '.', '_', '-', the first a letter or digit",
        ))
    }
}

/// What another calendar knows an event by: at most 1000 bytes, without control characters.
///
/// # Errors
/// [`Error::Invalid`] with `field`.
#[cfg(feature = "hub")]
pub(crate) fn source(field: &str, text: &str) -> Result<()> {
    if text.len() > 1000 {
        return Err(Error::invalid(field, "has more than 1000 bytes"));
    }
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "must be of one line and not empty"));
    }
    Ok(())
}

/// A username: 1 to 64 characters, letters and digits of one script, `.`, `_`, `-`, `@`.
///
/// # Errors
/// [`Error::Invalid`] with `username`.
pub fn username(text: &str) -> Result<String> {
    use unicode_security::MixedScript as _;

    let name = line("username", text, 64)?;
    if let Some(c) = name.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@'))) {
        return Err(Error::invalid(
            "username",
            format!("has the character {c:?}: only letters, digits and . _ - @"),
        ));
    }
    if !name.as_str().is_single_script() {
        return Err(Error::invalid("username", "mixes letters of several scripts"));
    }
    Ok(name)
}

/// A mail address, checked for form only.
///
/// # Errors
/// [`Error::Invalid`] with `email`.
pub fn email(text: &str) -> Result<String> {
    let address = line("email", text, 254)?;
    let sound = address.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
    }) && !address.chars().any(char::is_whitespace);
    if sound { Ok(address) } else { Err(Error::invalid("email", "is not a mail address")) }
}

/// A colour `#rrggbb`, in lower case.
///
/// # Errors
/// [`Error::Invalid`] with `color`.
pub fn color(text: &str) -> Result<String> {
    match text.strip_prefix('#') {
        Some(digits) if digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit()) => {
            Ok(text.to_ascii_lowercase())
        }
        _ => Err(Error::invalid("color", "must be #rrggbb")),
    }
}

fn bounded(field: &str, text: &str, max: usize) -> Result<()> {
    match text.chars().count() {
        n if n > max => Err(Error::invalid(field, format!("has {n} characters, at most {max} are allowed"))),
        _ => Ok(()),
    }
}

/// Control characters, bidirectional controls, zero-width and other invisible marks, separators of lines, tags,
/// private use and what is no character at all.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{FFFE}' | '\u{FFFF}' | '\u{E000}'..='\u{F8FF}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}' | '\u{F0000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r31_usernames_that_look_alike_have_one_key() {
        for (one, other) in [
            ("demo-admin", "DEMO-ADMIN"),
            ("demo-admin", "ｄｅｍｏ-ａｄｍｉｎ"),
            ("paypal", "раураl"), // Cyrillic а, р, у
            ("scope", "ѕсоре"),
            ("straße", "STRASSE"),
        ] {
            assert_eq!(username_key(one), username_key(other), "{one} / {other}");
        }
        assert_ne!(username_key("demo-dev"), username_key("demo-ops"));
    }

    #[test]
    fn r31_zero_width_and_mixed_scripts_are_refused() {
        for bad in ["", " ", "a\u{200B}b", "a b", "a\0b", "аdmin", "a\u{202E}b", &"x".repeat(65)] {
            assert!(username(bad).is_err(), "{bad:?}");
        }
        for good in ["demo-admin", "chloé", "алиса", "a.b_c@d"] {
            assert!(username(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn r43_lines_hold_nothing_invisible() {
        for bad in ["a\u{202E}b", "a\nb", "a\u{1b}[31m", "\u{2066}x", "x\u{FEFF}y", "\u{E0041}"] {
            assert!(line("title", bad, 200).is_err(), "{bad:?}");
        }
        assert_eq!(
            line("title", "  Rapport hebdo – santé projet ", 200).unwrap(),
            "Rapport hebdo – santé projet"
        );
        assert_eq!(line("title", "日本語 🚀", 200).unwrap(), "日本語 🚀");
        assert!(prose("description", "one\n\ttwo", 10).is_ok());
        assert!(prose("description", "one\u{0}", 10).is_err());
    }
}
