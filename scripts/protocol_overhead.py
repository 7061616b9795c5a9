"""What the protocol of external models costs (docs/EXTERNAL.md), on the rows of the 2020 study.

    python3 scripts/protocol_overhead.py --oddbench target/release/oddbench

Runs a model that does nothing but sum columns, and oddbench's `constant` in its place, in turn. The difference of the
two walls is what a Python program costs in all, and so is that of the processor times, which depends less on what else
runs. Where it goes is told by the record (`files_seconds`: shuffling, writing and reading by oddbench) and by the
program, which takes the time of its own start, imports, reading and writing. Every figure is the median of the
rounds. Needs numpy and pyarrow, and KDD Cup 99 in the cache or in ODDBENCH_MIRROR.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

MODEL = '''
import os, time
# Seconds since this process was made, to a hundredth.
ticks = int(open("/proc/self/stat").read().rpartition(") ")[2].split()[19])
begun = time.perf_counter() - (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
ran = time.perf_counter()
import sys
import numpy as np
from pyarrow.parquet import ParquetFile
spent = {"start": ran - begun, "imports": time.perf_counter() - ran, "reading": 0.0, "writing": 0.0}
for line in sys.stdin:
    order, *files = line.split()
    at = time.perf_counter()
    [rows] = ParquetFile(files[0]).read().combine_chunks().to_batches()
    x = rows.to_tensor().to_numpy()
    spent["reading"] += time.perf_counter() - at
    if order == "score":
        at = time.perf_counter()
        scores = x.sum(axis=1, dtype=float).tolist()
        seconds = time.perf_counter() - at
        at = time.perf_counter()
        with open(files[1], "w") as file:
            file.writelines(f"{score!r}\\n" for score in scores)
        spent["writing"] += time.perf_counter() - at
        print("@seconds", seconds)
        for part, seconds in spent.items():
            print("@note", part, seconds)
    else:
        print("@seconds 0")
    print("@done")
'''

EXPERIMENT = '''
name = "overhead"
[dataset]
kind = "kdd99"
features = "published-18"
labels = "published"
[split]
kind = "published-8020"
[preprocess]
constant = "drop"
[threshold]
rule = "max-f1"
[[model]]
name = "sums"
'''

EXTERNAL = '''
kind = "external"
command = ["python3", "sums.py"]
files = ["sums.py"]
deterministic = true
'''


def run(oddbench, folder, model):
    """The wall and the processor time of a run with that model alone, and its record."""
    (folder / "overhead.toml").write_text(EXPERIMENT + model)
    command = [oddbench, "run", "overhead.toml", "--fresh", "--no-report", "--quiet"]
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, cwd=folder, check=True)
    wall, after = time.perf_counter() - started, os.times()
    busy = sum(after[2:4]) - sum(before[2:4])
    newest = max(folder.glob("results/overhead/trials/*/record.json"), key=lambda path: path.stat().st_mtime)
    return wall, busy, json.loads(newest.read_text())


def measure(oddbench, folder):
    """One round: what each part took, in seconds."""
    wall, busy, record = run(oddbench, folder, EXTERNAL)
    wall_without, busy_without, _ = run(oddbench, folder, 'kind = "constant"\n')
    external, outcome = record["external"], record["outcome"]
    parts = {
        "wall": wall - wall_without,
        "processor time": busy - busy_without,
        "oddbench: shuffle, write, read": external["files_seconds"],
        "oddbench waited beyond @seconds": external["waiting_seconds"],
    }
    for note in outcome["notes"]:
        part, _, seconds = note.partition(" ")
        if part in ("start", "imports", "reading", "writing"):
            parts[f"Python: {part}"] = float(seconds)
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oddbench", default="oddbench", help="the program")
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    oddbench = str(pathlib.Path(args.oddbench).resolve()) if "/" in args.oddbench else args.oddbench
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "sums.py").write_text(MODEL)
        rounds = [measure(oddbench, folder) for _ in range(args.rounds)]
    for part in rounds[0]:
        found = [round_[part] for round_ in rounds]
        print(f"{part:34} {statistics.median(found):6.3f} s  ({min(found):.3f} to {max(found):.3f})")


main()
