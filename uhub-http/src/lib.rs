//! uhub-http.
