#!/usr/bin/env bash
# Tests the backends `wgpu` and `ndarray` without a GPU: builds them, then trains and scores with all four
# deep models on Mesa's software Vulkan (lavapipe) and holds losses and scores against the CPU's.
#
#     scripts/lavapipe.sh            the tests
#     scripts/lavapipe.sh --kernels  only those of the build without burn: the fused kernels, their scores, trials that train together
#     scripts/lavapipe.sh --run      and experiments/backends-small.toml on cpu, ndarray and wgpu
#
# Not part of .ci/run: burn's GPU half alone takes some 20 minutes of two free cores to build. It is kept
# in a folder of its own (ODDBENCH_GPU_TARGET), so that a second run only builds what changed.
#
# Needs Debian's mesa-vulkan-drivers and libvulkan1, or their like. A software renderer is the processor:
# what is measured here says nothing about a GPU.
set -euo pipefail
cd "$(dirname "$0")/.."

icd=
for file in /usr/share/vulkan/icd.d/lvp_icd*.json /etc/vulkan/icd.d/lvp_icd*.json; do
  if [ -e "$file" ]; then icd=$file; fi
done
if [ -z "$icd" ]; then
  echo 'lavapipe.sh: Mesa'\''s software Vulkan is not installed' >&2
  echo 'remedy: apt-get install mesa-vulkan-drivers libvulkan1' >&2
  exit 4
fi
# Lavapipe alone, even where there is a GPU; both names, for old and new loaders.
export VK_ICD_FILENAMES=$icd VK_DRIVER_FILES=$icd
if [ -z "${XDG_RUNTIME_DIR:-}" ] || [ ! -w "$XDG_RUNTIME_DIR" ]; then
  XDG_RUNTIME_DIR=$(mktemp -d)
  export XDG_RUNTIME_DIR
  trap 'rm -rf "$XDG_RUNTIME_DIR"' EXIT
fi

export CARGO_TARGET_DIR=${ODDBENCH_GPU_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/oddbench-gpu/target}

# First without burn, which builds quickly: the kernels against plain arithmetic, their steps and scores against the
# CPU's, networks that train together against each of them alone, and `oddbench run` from end to end.
cargo test --release --package oddbench-kernels
cargo test --release --package oddbench-models --features kernels --lib -- kernels_ company
cargo test --release --package oddbench-cli --features kernels --test it -- together:: --test-threads 1
if [ "${1:-}" = --kernels ]; then exit 0; fi

features=oddbench-cli/wgpu,oddbench-cli/ndarray
# The whole workspace: fewer crates would turn on other features of the heavy ones and build them twice.
cargo build --release --workspace --features "$features"
"$CARGO_TARGET_DIR/release/oddbench" devices
cargo test --release --package oddbench-cli --package oddbench-models --features "$features" \
  --test it -- backends:: --nocapture --test-threads 1
# The fused kernels against the CPU's steps and scores, and networks that train together.
cargo test --release --package oddbench-cli --package oddbench-models --features "$features" --lib -- kernels_

if [ "${1:-}" = --run ]; then
  "$CARGO_TARGET_DIR/release/oddbench" run experiments/backends-small.toml \
    --backends cpu,ndarray,wgpu --jobs 1 --fresh --name backends-small --replace
fi
