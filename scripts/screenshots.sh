#!/usr/bin/env bash
# Makes the pictures of the documents again. Without arguments those of the dashboard, docs/screenshots: generated rows,
# chromium without a window. With the page of a report, docs/images/report.png, the picture of the README:
#
#     scripts/screenshots.sh reports/kdd99-published/index.html
#
# Needs chromium and chromedriver (Debian: chromium, chromium-driver).
set -euo pipefail
cd "$(dirname "$0")/.."

command -v chromedriver >/dev/null || { echo 'there is no chromedriver: apt-get install chromium chromium-driver' >&2; exit 1; }
if [ $# -gt 0 ]; then
  page=$(realpath -e "$1")
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1280,1000 \
    --screenshot="$PWD/docs/images/report.png" "file://$page"
  exit
fi
mkdir -p docs/screenshots
ODDBENCH_SCREENSHOTS=$PWD/docs/screenshots cargo test --release --workspace --test it -- --ignored browser::screenshots
ls -l docs/screenshots
