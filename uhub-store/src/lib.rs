//! uhub-store.
