//! uhub-py.
