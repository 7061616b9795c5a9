#!/usr/bin/env bash
# Everything that .ci/run checks, and the security advisories, which need the network.
set -euo pipefail
cd "$(dirname "$0")/.."
.ci/run
cargo deny check advisories
