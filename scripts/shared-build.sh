#!/usr/bin/env bash
# `cargo run --release` and `cargo test --release --workspace` must turn on the same features of every
# crate that both of them need: else cargo compiles it twice, polars and burn included.
set -euo pipefail
cd "$(dirname "$0")/.."

crates() {
  cargo tree --locked --prefix none --format '{p} {f}' "$@" | sed 's/ (\*)$//' | sort -u
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
crates --package oddbench-cli --edges normal,build >"$work/run"
crates --workspace --edges normal,build,dev >"$work/test"
if ! only=$(comm -23 "$work/run" "$work/test") || [ -n "$only" ]; then
  echo 'run and test compile these crates with different features:' >&2
  echo "$only" >&2
  echo 'remedy: name them under "Shared features" in crates/cli/Cargo.toml' >&2
  exit 1
fi
