#!/usr/bin/env bash
# Builds the files of a release for Linux on this processor: a static binary with licences, documents and experiments in
# one archive, its SHA-256, and a bill of materials (CycloneDX). Tries the binary in an empty root folder before it says "done".
#
# Usage: scripts/release.sh [FOLDER]      default: target/release-files
#
# Needs cargo, a C compiler, and glibc's static library (libc6-dev). With musl's target installed
# (rustup target add x86_64-unknown-linux-musl) TARGET=x86_64-unknown-linux-musl builds for it.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$(realpath -m "${1:-target/release-files}")
target=${TARGET:-$(rustc -vV | sed -n 's/^host: //p')}
version=$(cargo metadata --locked --no-deps --format-version 1 |
  grep -o '"name":"oddbench-cli","version":"[^"]*"' | sed 's/.*"version":"//; s/"//')
name=oddbench-$version-$target
step() { printf '\n=== %s\n' "$1"; }

step "static binary for $target"
# glibc looks up host names and files of the C library by itself since 2.34, so that nothing is loaded at run time.
RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --locked --target "$target" --package oddbench-cli
binary=${CARGO_TARGET_DIR:-target}/$target/release/oddbench
if ldd "$binary" 2>/dev/null | grep -q '=>'; then
  echo 'release: the binary needs shared libraries:' >&2
  ldd "$binary" >&2
  exit 1
fi

step 'trial in an empty root folder'
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/tmp" "$root/proc" "$root/dev" "$root/trial"
cp "$binary" "$root/oddbench"
cp experiments/quickstart.toml "$root/trial/"
# The name /proc/self/exe is how the program finds itself to start its trials.
unshare --map-root-user --mount --pid --fork --mount-proc="$root/proc" \
  chroot "$root" /oddbench --color never run /trial/quickstart.toml --results /trial/results --reports /trial/reports | tail -n 20
test -s "$root/trial/reports/quickstart/index.html"

step 'archive'
rm -rf "$out"
mkdir -p "$out/$name"
cp "$binary" README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$out/$name/"
strip "$out/$name/oddbench"
git archive HEAD experiments data/sets docs | tar --extract --directory "$out/$name"
rm -rf "$out/$name/docs/screenshots" "$out/$name/docs/performance"
# The same bytes from the same commit, whenever it is packed.
tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" \
  --directory "$out" "$name" | gzip --no-name -9 >"$out/$name.tar.gz"
rm -rf "${out:?}/$name"

step 'bill of materials'
if ! command -v cargo-cyclonedx >/dev/null; then
  cargo install --locked --version 0.5.9 cargo-cyclonedx
fi
cargo cyclonedx --manifest-path crates/cli/Cargo.toml --format json --describe binaries --target "$target" --quiet
# Our own crates are named by the folder in which they were built, which is nobody's business.
sed "s#file://$PWD/#file:///oddbench/#g" crates/cli/oddbench_bin.cdx.json >"$out/$name.cdx.json"
# A file is written for each crate that has a program.
rm -f crates/*/*.cdx.json
if grep -q "$PWD" "$out/$name.cdx.json"; then
  echo "release: the bill of materials names the folder $PWD" >&2
  exit 1
fi

step 'checksums'
(cd "$out" && sha256sum -- * >SHA256SUMS && sha256sum --check SHA256SUMS && ls -l)
echo "done: $out"
