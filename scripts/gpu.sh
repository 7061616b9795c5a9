#!/usr/bin/env bash
# Measures the backends on a machine with a GPU, in one command:
#
#     scripts/gpu.sh                 builds, tests, runs experiments/backends.toml, collects the results
#     scripts/gpu.sh --dry-run       only says what it finds and what it would do
#     scripts/gpu.sh --small         experiments/backends-small.toml in its place (no download)
#     scripts/gpu.sh --no-cuda       does not try to build cuda
#     scripts/gpu.sh --software-ok   goes on where there is only a software renderer
#     scripts/gpu.sh --kernels       only the fused kernels, and PyTorch where python3 has it: seconds per epoch for 1 to
#                                    1,000 models at once, and seconds to score 100,000 rows
#     scripts/gpu.sh --no-torch      does not measure PyTorch
#     scripts/gpu.sh --long          more models at once, both variants of the kernels, and all seeds of the experiment;
#                                    without it, it is meant to end within ten minutes if the programs are ready
#
# Ready programs serve on a machine without cargo. ODDBENCH_BINARY names oddbench, built with --features wgpu, and
# ODDBENCH_KERNEL_BENCH the bench of the kernels (cargo build --release --package oddbench-kernels --example epochs). With
# both, nothing is built, and the tests are left out.
#
# What it does: checks for cargo, the Vulkan loader and a GPU; builds with `wgpu`, and with `cuda` too if
# that can be built (its build script downloads LLVM from GitHub); runs the tests of the backends on the
# device; measures the fused kernels and PyTorch; runs a sweep of 1,000 autoencoders on wgpu against the clock; runs
# the experiment on cpu, wgpu (and cuda), one trial at a time; logs the GPU's power beside it if there is an nvidia-smi;
# collects report, records and logs in docs/performance/<date>-<machine>/, or in the folder that ODDBENCH_OUT names. What
# was measured is there at once, also if the script is stopped.
#
# ODDBENCH_MIRROR names a folder with kdd99/kddcup.data_10_percent.gz and kdd99/corrected.gz where the
# network is shut. It installs nothing and changes no setting of the GPU.
set -euo pipefail
cd "$(dirname "$0")/.."

dry=no small=no cuda=yes software=no kernels=no torch=yes long=no
for option in "$@"; do
  case $option in
    --dry-run) dry=yes ;;
    --small) small=yes ;;
    --no-cuda) cuda=no ;;
    --software-ok) software=yes ;;
    --kernels) kernels=yes ;;
    --no-torch) torch=no ;;
    --long) long=yes ;;
    *)
      echo "gpu.sh: unknown option $option; see the head of scripts/gpu.sh" >&2
      exit 2
      ;;
  esac
done

say() { printf '\n=== %s (%s)\n' "$1" "$(date -u +%H:%M:%S)"; }
missing() {
  printf 'gpu.sh: %s\nremedy: %s\n' "$1" "$2" >&2
  exit 4
}

say 'what is here'
bench=${ODDBENCH_KERNEL_BENCH:-} oddbench=${ODDBENCH_BINARY:-}
if [ -z "$bench" ] || { [ "$kernels" = no ] && [ -z "$oddbench" ]; }; then
  command -v cargo >/dev/null || missing 'there is no cargo' 'install Rust: https://rustup.rs'
  cargo --version
fi
if command -v nvidia-smi >/dev/null; then
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader || true
else
  echo 'no nvidia-smi: no NVIDIA driver, or another make of GPU; power is not logged'
fi
# The GPU's driver brings its Vulkan part; the loader that finds it is a package of its own.
if [ "$(uname)" = Linux ]; then
  # The whole output is read. `grep -q` stops at the first hit, and pipefail then calls the writer failed.
  libraries=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null || true)
  drivers=$(ls /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json 2>/dev/null || true)
  case $libraries in
    *libvulkan.so.1*) ;;
    *)
      missing 'there is no Vulkan loader (libvulkan.so.1)' \
        'apt-get install libvulkan1 (Debian, Ubuntu), dnf install vulkan-loader (Fedora)'
      ;;
  esac
  echo "Vulkan drivers: ${drivers//$'\n'/ } ${VK_DRIVER_FILES:-}"
  if command -v nvidia-smi >/dev/null && [[ "$drivers ${VK_DRIVER_FILES:-}" != *nvidia* ]]; then
    echo 'note: no nvidia_icd.json: in a container, set NVIDIA_DRIVER_CAPABILITIES=all when it is started,'
    echo '      or bring the file along and name it in VK_DRIVER_FILES (it points to libGLX_nvidia.so.0)'
  fi
fi

# Vulkan loaders complain where there is no folder for sockets, as in a container.
logger= sockets=
trap 'kill ${logger:+"$logger"} 2>/dev/null || true; rm -rf ${sockets:+"$sockets"}' EXIT
if [ "$(uname)" = Linux ] && [ ! -w "${XDG_RUNTIME_DIR:-}" ]; then
  sockets=$(mktemp -d)
  export XDG_RUNTIME_DIR=$sockets
fi

export CARGO_TARGET_DIR=${ODDBENCH_GPU_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/oddbench-gpu/target}
features=oddbench-cli/wgpu,oddbench-cli/ndarray
experiment=backends
if [ "$small" = yes ]; then experiment=backends-small; fi
machine=$( (hostname -s || uname -n) 2>/dev/null | tr -c 'A-Za-z0-9\n' '-' | tr 'A-Z' 'a-z' || true)
out=${ODDBENCH_OUT:-docs/performance/$(date -u +%F)-${ODDBENCH_MACHINE:-${machine:-gpu}}}

if [ "$dry" = yes ]; then
  say 'dry run: this would follow'
  echo "cargo build --release --workspace --features $features      (in $CARGO_TARGET_DIR)"
  if [ "$cuda" = yes ]; then echo 'the same with oddbench-cli/cuda; without it, if that fails'; fi
  echo "the tests of the backends; the bench of the fused kernels; oddbench run experiments/sweep-1000.toml;"
  echo "oddbench run experiments/$experiment.toml --jobs 1 --together 1 --fresh"
  echo "results in results/$experiment, the report in reports/$experiment, a copy of both in $out"
  exit 0
fi

# Seconds per epoch of the fused kernels, in small and large batches, and of PyTorch where python3 has it; seconds of
# scoring, and what a step costs by count.
measure_kernels() {
  say 'fused kernels'
  if [ -z "$bench" ]; then
    cargo build --release --package oddbench-kernels --example epochs
    bench=$CARGO_TARGET_DIR/release/examples/epochs
  fi
  "$bench" counts >"$out/kernels-counted.md"
  echo 'network,engine,device,batch,rows,models,seconds' >"$out/epochs.csv"
  : >"$out/kernels.txt"
  local subgroup=variant=subgroup large=1,8
  if [ "$long" = yes ]; then
    bench models=1,8,30,132,264
    bench networks=autoencoder,vae,bigan models=1000 scored=0
    large=1,8,30
  else
    bench $subgroup models=1,132,264
    bench $subgroup networks=autoencoder,vae models=1000 repeats=1 scored=0
    bench variant=portable networks=autoencoder,vae models=132 repeats=1 scored=0
  fi
  # Batches that several workgroups share.
  bench $subgroup networks=autoencoder,vae batch=65536 models=$large scored=0
  bench $subgroup networks=autoencoder,bigan batch=4096 models=$large scored=0
}

bench() {
  local software_ok=()
  if [ "$software" = yes ]; then software_ok=(software=yes); fi
  "$bench" format=csv "$@" "${software_ok[@]}" 2>&1 >"$out/some.csv" | tee -a "$out/kernels.txt"
  tail -n +2 "$out/some.csv" >>"$out/epochs.csv"
  rm "$out/some.csv"
}

# PyTorch's part of the file of measured epochs. An error or the end of its time stops nothing else.
measure_torch() {
  if [ "$torch" = no ]; then return; fi
  if ! python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    echo 'python3 has no torch that finds a CUDA device: PyTorch is not measured'
    return
  fi
  say 'PyTorch'
  local most=120 what=(--networks autoencoder,vae,bigan --models 1,132)
  if [ "$long" = yes ]; then most=1800 what=(); fi
  timeout $most python3 scripts/peer/torch_gpu_peer.py "${what[@]}" | tail -n +2 | tee -a "$out/epochs.csv" ||
    echo "PyTorch was stopped by an error or after $most s; what it has measured is kept"
}

mkdir -p "$out"
out=$(cd "$out" && pwd)
if [ "$kernels" = yes ]; then
  measure_kernels
  measure_torch
  echo "look at $out/kernels.txt, then commit $out and add a line to docs/PERFORMANCE.md"
  exit 0
fi
backends=cpu,wgpu
if [ -n "$oddbench" ]; then
  cuda=no
  "$oddbench" --version
else
  say 'build'
  cargo build --release --workspace --features "$features"
fi
if [ "$cuda" = yes ]; then
  if cargo build --release --workspace --features "$features,oddbench-cli/cuda" 2>&1 | tee "$out/cuda-build.log" | tail -n 3; then
    features=$features,oddbench-cli/cuda
    backends=$backends,cuda
    rm "$out/cuda-build.log"
  else
    tail -n 40 "$out/cuda-build.log" >"$out/cuda-build.txt"
    rm "$out/cuda-build.log"
    echo "cuda could not be built: see $out/cuda-build.txt; going on without it"
  fi
fi
ready=$oddbench
oddbench=${oddbench:-$CARGO_TARGET_DIR/release/oddbench}

say 'devices'
"$oddbench" devices
"$oddbench" devices --json >"$out/devices.json"
# The entry of one backend, on one line.
entry() { tr -d '\n' <"$out/devices.json" | tr '{' '\n' | grep "\"backend\": *\"$1\"" || true; }
case $(entry wgpu) in
  *'"gpu"'*) ;;
  *'"software-renderer"'*)
    if [ "$software" = no ]; then
      missing 'wgpu finds only a software renderer' 'install the GPU'\''s Vulkan driver, or say --software-ok'
    fi
    ;;
  *) missing 'wgpu finds no device' 'install the GPU'\''s Vulkan driver; `oddbench devices` says what it found' ;;
esac
# A CUDA build on a machine without a CUDA device is no reason to stop.
if [[ $backends == *cuda* && ! $(entry cuda) =~ '"available":'\ *true ]]; then
  echo 'cuda is compiled in, but there is no such device; going on without it'
  backends=cpu,wgpu
fi

if [ -z "$ready" ]; then
  say 'tests on the device'
  cargo test --release --package oddbench-cli --package oddbench-models --features "$features" \
    --test it -- backends:: --nocapture --test-threads 1 2>&1 | tee "$out/tests.txt"
  # The fused kernels against the CPU's steps and scores.
  cargo test --release --package oddbench-cli --package oddbench-models --features "$features" \
    --lib -- kernels_like_cpu kernels_score 2>&1 | tee -a "$out/tests.txt"
fi

measure_kernels

# From the file to the report, with the seconds that the trials' training took of it: those of the GPU, and of sending
# orders to it.
say 'a sweep of 1,000 autoencoders'
before=$(date +%s)
if [ "$small" = yes ]; then few=(--set model.AE.params.epochs=1 --set model.AE.sweep.random=4); else few=(); fi
"$oddbench" run experiments/sweep-1000.toml --backends wgpu --fresh --name sweep-1000 --replace --quiet "${few[@]}"
{
  echo "experiments/sweep-1000.toml: $(($(date +%s) - before)) s from the file to the report"
  cat results/sweep-1000/trials/*/record.json | tr -d ' "\n' | tr '{}' '\n\n' | sed -n 's/.*epoch_seconds:\[\([^]]*\)\].*/\1/p' |
    tr ',' '\n' | awk '{ sum += $1 } END { printf "epochs of all trials: %.2f s\n", sum }'
} | tee "$out/sweep-1000.txt"

measure_torch

say "experiment $experiment on $backends"
if command -v nvidia-smi >/dev/null; then
  nvidia-smi --query-gpu=timestamp,power.draw,utilization.gpu,memory.used --format=csv --loop-ms=500 \
    >"$out/power.csv" 2>/dev/null &
  logger=$!
fi
# Afresh: results of another device may lie there, such as those of lavapipe.sh. Each model alone: what it shares with
# others could not be compared with the processor.
seeds=(--seeds 1)
if [ "$long" = yes ]; then seeds=(); fi
"$oddbench" run "experiments/$experiment.toml" --backends "$backends" --jobs 1 --together 1 --fresh "${seeds[@]}" \
  --name "$experiment" --replace --set "report.measured_epochs=[\"$out/epochs.csv\"]"

say 'collect'
scripts/collect-performance.sh "results/$experiment" "reports/$experiment" "$out"
echo "look at reports/$experiment/index.html, then commit $out and add a line to docs/PERFORMANCE.md"
