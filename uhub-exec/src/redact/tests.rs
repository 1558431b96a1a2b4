#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod forms;
mod streams;

use super::*;

/// Masks these values.
fn redactor(values: &[&str]) -> Redactor {
    let values: Vec<_> = values.iter().map(|value| SecretValue::new((*value).to_owned())).collect();
    Redactor::new(&values).unwrap()
}

/// All of an output that comes in these pieces.
fn masked<'a>(redactor: &Redactor, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut stream = redactor.stream();
    let mut told = Vec::new();
    for piece in pieces {
        told.extend(stream.push(piece.to_vec()));
    }
    told.extend(stream.finish());
    told
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
