//! The dashboard and its HTTP API: one process, assets embedded, loopback unless a token guards it.
