//! uhub-exec.
