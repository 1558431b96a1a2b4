//! The forms that a value is printed in.

use std::collections::BTreeSet;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::SHORTEST;

/// Longer forms are looked for in pieces of so many bytes that overlap by one, so that their masks are one mask. It bounds
/// what is held back of an output, and a secret whose end is cut off is still masked.
pub(super) const PIECE: usize = 256;

/// All byte strings to mask.
#[derive(Default)]
pub(super) struct Patterns(BTreeSet<Vec<u8>>);

impl Patterns {
    /// A value, each of its lines, and all forms of these.
    pub(super) fn add(&mut self, value: &str) {
        self.add_forms(value);
        // Without the white space that programs add and strip: indentation, a line end, a carriage return.
        for line in value.lines().chain([value]).map(str::trim).filter(|line| *line != value) {
            self.add_forms(line);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    fn add_forms(&mut self, value: &str) {
        if value.len() < SHORTEST {
            return;
        }
        self.insert(value.as_bytes());
        let hexed = hex::encode(value);
        self.insert(hexed.to_ascii_uppercase().as_bytes());
        self.insert(hexed.as_bytes());
        self.add_base64(value);
        self.add_percent(value);
        for form in super::escapes::escaped(value) {
            self.insert(form.as_bytes());
        }
    }

    fn insert(&mut self, form: &[u8]) {
        if form.len() < SHORTEST {
            return;
        }
        if form.len() <= PIECE {
            self.0.insert(form.to_vec());
            return;
        }
        let pieces = form.windows(PIECE);
        self.0.extend(pieces.clone().step_by(PIECE - 1).chain(pieces.last()).map(<[u8]>::to_vec));
    }

    /// Within a longer text that is encoded as a whole, a value has one of three forms, by its place; the characters at its
    /// ends, which depend on its neighbours as well, are not among them.
    fn add_base64(&mut self, value: &str) {
        for engine in [BASE64_STANDARD, BASE64_URL_SAFE] {
            for shift in 0..3 {
                let mut bytes = vec![0; shift];
                bytes.extend_from_slice(value.as_bytes());
                let (begin, end) = ((shift * 8).div_ceil(6), bytes.len() * 8 / 6);
                self.insert(engine.encode(&bytes).as_bytes().get(begin..end).unwrap_or_default());
            }
            // Encoded alone, or with a line end as `echo` adds one, also folded as `base64` and `openssl` do.
            for whole in [engine.encode(value), engine.encode(format!("{value}\n"))] {
                self.insert(whole.as_bytes());
                for (width, end) in [(76, "\n"), (76, "\r\n"), (64, "\n")] {
                    let lines: Vec<_> = whole.as_bytes().chunks(width).collect();
                    if lines.len() > 1 {
                        self.insert(&lines.join(end.as_bytes()));
                    }
                }
            }
        }
    }

    fn add_percent(&mut self, value: &str) {
        // By RFC 3986; as Python leaves slashes; as `encodeURIComponent`; as `encodeURI`.
        const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
        const PATH: &AsciiSet = &STRICT.remove(b'/');
        const COMPONENT: &AsciiSet =
            &STRICT.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
        const URI: &AsciiSet = &COMPONENT
            .remove(b';')
            .remove(b',')
            .remove(b'/')
            .remove(b'?')
            .remove(b':')
            .remove(b'@')
            .remove(b'&')
            .remove(b'=')
            .remove(b'+')
            .remove(b'$')
            .remove(b'#');
        // A form: `*` stays, `~` does not, a blank is a plus.
        const FORM: &AsciiSet = &STRICT.add(b'~').remove(b'*');
        for set in [STRICT, PATH, COMPONENT, URI, FORM, NON_ALPHANUMERIC] {
            let upper = utf8_percent_encode(value, set).to_string();
            for form in [lower_escapes(&upper), upper] {
                self.insert(form.replace("%20", "+").as_bytes());
                self.insert(form.as_bytes());
            }
        }
    }
}

/// `%2F` as `%2f`: every `%` begins an escape, since it is one itself.
fn lower_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        lower.extend(["%", &digits.to_ascii_lowercase(), rest]);
    }
    lower
}
