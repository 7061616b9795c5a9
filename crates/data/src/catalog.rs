//! `data/catalog.toml`, compiled in: every file with its homes, sizes, digests and licence.
