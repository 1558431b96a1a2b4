//! uhub-core.
