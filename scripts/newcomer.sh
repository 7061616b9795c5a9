#!/usr/bin/env bash
# A newcomer's first day: clones the committed state of this repository into a temporary folder, and runs every `sh`
# block of README.md and docs/TUTORIAL.md there as it stands. HOME, cache, installed programs and the build folder are
# new and empty. Only Rust itself and its downloaded crates are those of this machine. Each document is done twice:
# first without ODDBENCH_MIRROR, then with it, if it is set here. The first block that fails ends the script.
#
#     scripts/newcomer.sh                      everything, the build included
#     scripts/newcomer.sh --quick              without the blocks marked as slow
#     scripts/newcomer.sh --target DIR         reuse a build folder
#     scripts/newcomer.sh --binary oddbench    no build at all: this program stands in for it
#
# A comment on the line above a block says what is special about it:
#
#     <!-- newcomer: skip, because ... -->     is not run; the reason is printed
#     <!-- newcomer: data -->                  needs KDD Cup 99: is left out if it can be had neither from a mirror nor
#                                              from its publisher
#     <!-- newcomer: slow -->                  is left out with --quick
#     <!-- newcomer: stop after 10 s -->       gets Ctrl-C after this time, and must then end with exit code 0
#     <!-- newcomer: file NAME -->             the block is the text of this file, in whatever language
set -euo pipefail

documents=(README.md docs/TUTORIAL.md)
limit=2h                                       # for one block
root=$(cd "$(dirname "$0")/.." && pwd)
quick='' target='' binary='' keep=''
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=yes ;;
    --target) target=$(mkdir -p "$2" && cd "$2" && pwd); shift ;;
    --binary) binary=$(realpath -e "$2"); shift ;;
    --keep) keep=yes ;;                        # the temporary folder, which is kept after a failure in any case
    *) sed -n '2,23s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done

work=$(mktemp -d "${TMPDIR:-/tmp}/newcomer-XXXXXX")
clone=$work/oddbench
finish() {
  local code=$?
  if [ $code -eq 0 ] && [ -z "$keep" ]; then rm -rf "$work"; else echo "kept: $work"; fi
}
trap finish EXIT

git -C "$root" diff --quiet HEAD || echo 'note: changes that are not committed take no part'
git clone --quiet "$root" "$clone"

# What the newcomer has already: Rust. What the documents add goes into the folder.
export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}
export CARGO_TARGET_DIR=${target:-$work/target} CARGO_INSTALL_ROOT=$work/installed
export PATH=$CARGO_INSTALL_ROOT/bin:$PATH
mirror=${ODDBENCH_MIRROR:-}
unset ODDBENCH_MIRROR ODDBENCH_TOKEN XDG_DATA_HOME XDG_STATE_HOME
if [ -n "$binary" ]; then
  mkdir -p "$CARGO_INSTALL_ROOT/bin" && ln -s "$binary" "$CARGO_INSTALL_ROOT/bin/oddbench"
fi

# Cuts a document into N.block files, each with N.mark and N.line.
cut_blocks() { # DOCUMENT FOLDER
  mkdir -p "$2"
  awk -v to="$2" '
    /^<!-- newcomer: .* -->$/ { mark = substr($0, 16, length($0) - 19); next }
    /^```/ && !inside { inside = 1; take = ($0 == "```sh" || mark ~ /^file /)
      if (take) { n += 1; at = sprintf("%s/%02d", to, n); print mark > (at ".mark"); print NR > (at ".line") }
      mark = ""; next }
    /^```$/ { inside = 0; take = 0; next }
    take { print > (at ".block") }
    !inside && NF { mark = "" }' "$clone/$1"
}

# Runs one block, and leaves its output in $work/output.
run_block() { # BLOCK MARK
  local code=0 seconds
  case $2 in
    'stop after '*)
      seconds=$(printf %s "$2" | tr -dc 0-9)
      # With job control the block has a process group of its own, which the signal goes to, as from a keyboard.
      set -m; bash -eu "$1" >"$work/output" 2>&1 </dev/null & local pid=$!; set +m
      sleep "$seconds"; kill -INT -- "-$pid"; wait "$pid" || code=$? ;;
    *) timeout "$limit" bash -eu "$1" >"$work/output" 2>&1 </dev/null || code=$? ;;
  esac
  return $code
}

# Whether KDD Cup 99 can be had. It is asked once per pass, when the documents have installed the program.
has_data() {
  [ -z "${ODDBENCH_MIRROR:-}" ] || return 0
  if [ ! -e "$HOME/has-data" ]; then
    oddbench data fetch kdd99 >"$work/fetch" 2>&1 && echo yes >"$HOME/has-data" || echo no >"$HOME/has-data"
  fi
  grep -q yes "$HOME/has-data"
}

# Why a block is not run, in $why; empty if it is.
left_out() { # BLOCK MARK
  why=''
  if [ -n "$binary" ] && grep -q '^cargo ' "$1"; then why='--binary stands in for the build'; return; fi
  case $2 in
    'skip, because '*) why=${2#skip, because } ;;
    data) has_data || why='there is no mirror, and the publisher of KDD Cup 99 cannot be reached' ;;
    slow) [ -z "$quick" ] || why='it is slow, and --quick was given' ;;
  esac
}

follow() { # DOCUMENT
  local block mark where why began
  # Each document begins with a fresh clone: they use the same names.
  git -C "$clone" clean -fdxq
  rm -rf "$work/blocks" && cut_blocks "$1" "$work/blocks"
  cd "$clone"
  sample_of_traffic
  for block in "$work"/blocks/*.block; do
    mark=$(cat "${block%.block}.mark") where=$1:$(cat "${block%.block}.line")
    case $mark in 'file '*) cp "$block" "$clone/${mark#file }"; continue ;; esac
    left_out "$block" "$mark"
    if [ -n "$why" ]; then
      printf '%8s  %-22s left out, because %s\n' - "$where" "$why"
      continue
    fi
    began=$EPOCHREALTIME
    if ! run_block "$block" "$mark"; then
      printf '\n%s failed:\n\n%s\n\nIts output ended with:\n\n' "$where" "$(cat "$block")"
      tail -n 40 "$work/output"
      exit 1
    fi
    printf '%6.1f s  %-22s %s\n' "$(awk "BEGIN { print $EPOCHREALTIME - $began }")" "$where" "$(head -1 "$block")"
  done
}

# The tables of their own that readers are asked to have.
sample_of_traffic() {
  awk 'BEGIN { srand(7); print "ts,src_ip,dst_port,proto,duration,bytes"
    for (i = 0; i < 3000; i++) printf "2026-03-%02d 10:%02d:%02d,10.0.0.%d,%d,%s,%.3f,%d\n", 1 + i / 120, i / 3 % 60,
      i % 60, rand() * 200, rand() < 0.7 ? 443 : 53, rand() < 0.8 ? "tcp" : "udp", exp(4 * rand()), 9000 * rand() }' \
    >"$clone/flows.csv"
  cp "$clone/flows.csv" "$clone/live.csv"
}

# Both documents in a new HOME.
pass() { # NAME
  printf '\n%s\n' "$1"
  export HOME=$work/home-$RANDOM
  export XDG_CACHE_HOME=$HOME/.cache XDG_CONFIG_HOME=$HOME/.config
  mkdir -p "$HOME"
  for document in "${documents[@]}"; do
    follow "$document"
  done
}

pass 'Without ODDBENCH_MIRROR'
if [ -n "$mirror" ]; then
  export ODDBENCH_MIRROR=$mirror
  pass "With ODDBENCH_MIRROR=$mirror"
else
  printf '\nODDBENCH_MIRROR is not set here, so the pass with it is left out.\n'
fi
printf '\nAll blocks that were run have passed.\n'
