"""Runs a command and says what its whole process tree took: wall time and peak memory."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.05  # seconds between two looks at the tree
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass
class Run:
    """A command that has ended."""

    status: int
    stdout: str
    stderr: str
    wall_seconds: float
    peak_mb: float  # peak of the sum over all its processes; without /proc, of the largest one


def tree_rss_mb(pid):
    """Resident memory of a process and its descendants now; pages that they share count for each."""
    try:
        total = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += sum(tree_rss_mb(child) for child in (task / "children").read_text().split())
        return total
    except (OSError, IndexError, ValueError):
        return 0.0  # it has just ended, or this system has no /proc


def watch(command, log, limit):
    """Runs a command to its end, at most `limit` seconds; its output is kept, not shown."""
    log(command)
    peak, done = [0.0], threading.Event()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

        def sample():
            while not done.wait(INTERVAL):
                peak[0] = max(peak[0], tree_rss_mb(process.pid))

        sampler = threading.Thread(target=sample, daemon=True)
        sampler.start()
        alarm = threading.Timer(limit, process.terminate)
        alarm.start()
        # wait4 and not getrusage(RUSAGE_CHILDREN): that one never forgets an earlier, larger child.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        alarm.cancel()
        done.set()
        sampler.join()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(process.returncode, *texts, wall, peak[0] or usage.ru_maxrss * unit / 2**20)
