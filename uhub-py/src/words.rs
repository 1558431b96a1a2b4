//! The words of the domain, as arguments.

use pyo3::{exceptions::PyValueError, prelude::*};
use uhub_core::model::UnknownWord;

/// Parses one of an enum's words, and names the argument where it is none of them.
pub(crate) fn word<T: std::str::FromStr<Err = UnknownWord>>(name: &str, text: &str) -> PyResult<T> {
    text.parse().map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}
