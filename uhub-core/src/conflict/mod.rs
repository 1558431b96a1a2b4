//! The conflict engine (DOMAIN §6).

mod span;

pub use span::Span;
