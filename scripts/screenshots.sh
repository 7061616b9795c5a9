#!/usr/bin/env bash
# Makes the pictures of the dashboard in docs/screenshots/ again: generated rows, chromium without a window.
# Needs chromium and chromedriver (Debian: chromium, chromium-driver).
set -euo pipefail
cd "$(dirname "$0")/.."

command -v chromedriver >/dev/null || { echo 'there is no chromedriver: apt-get install chromium chromium-driver' >&2; exit 1; }
mkdir -p docs/screenshots
ODDBENCH_SCREENSHOTS=$PWD/docs/screenshots cargo test --release --workspace --test it -- --ignored browser::screenshots
ls -l docs/screenshots
