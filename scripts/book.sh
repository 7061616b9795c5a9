#!/usr/bin/env bash
# Makes the documents a book, target/book. Compiles mdbook if there is none.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v mdbook >/dev/null; then
  cargo install --locked --version 0.5.4 --no-default-features mdbook
fi
mdbook build
# A link to a page that is not in the table of contents stays a link to a `.md` file.
if grep -rnoE 'href="[^":]*\.md(#[^"]*)?"' target/book --include='*.html' --exclude=print.html; then
  echo 'these links of the book lead nowhere' >&2
  exit 1
fi
