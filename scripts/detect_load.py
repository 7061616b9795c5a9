"""What Detect costs at 300,000 rows: a step of the threshold, and the memory that stays when all uploads are forgotten.

    python3 scripts/detect_load.py --oddbench target/release/oddbench

The script starts `oddbench serve` in an empty folder, uploads two tables of 300,000 generated rows of 20 columns, fits an
isolation forest on each, and asks for the first page of anomalies at other and other thresholds, as the page Detect does: as
single rows, and one line for rows that are odd for the same reasons. Then it forgets the uploads, waits a minute, and reads
the server's resident memory. It fails if a step takes 50 ms or more (the median of the steps after the first), or if
150 MiB or more stay. Needs Python 3 alone, and Linux.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

MOST_MILLISECONDS, MOST_MIB = 50, 150
KINDS = ["tcp", "udp", "icmp"]


def table(rows, seed):
    """Seventeen columns of numbers, two of words, and a label; one row in fifty is of an attack."""
    names = [f"x{at}" for at in range(17)] + ["proto", "service", "class"]
    pools = [[f"{(at * 7919 + i * 104729 + seed) % 99991 / 97:.4f}" for i in range(997 + 2 * at)] for at in range(17)]
    lines = [",".join(names)]
    for row in range(rows):
        attack = row % 50 == 7
        values = [pool[(row * 31 + row // 997) % len(pool)] for pool in pools]
        if attack:
            values[row % 5] = f"{5_000 + row % 101}"
        lines.append(f"{','.join(values)},{KINDS[row % 3]},s{row * row % 11},{'flood' if attack else 'normal'}")
    return "\n".join(lines).encode()


class Server:
    """A server of its own in an empty folder."""

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        pathlib.Path(self.folder.name, "results").mkdir()
        command = [str(pathlib.Path(program).resolve()), "--json", "serve", "--addr", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, cwd=self.folder.name, stdout=subprocess.PIPE, text=True)
        self.url = next(filter(None, (re.search(r'http://[^/"]+', line) for line in self.process.stdout)))[0]

    def ask(self, path, body=None, kind="application/json", method=None):
        request = urllib.request.Request(self.url + path, data=body, headers={"Content-Type": kind}, method=method)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def fitted(self, upload):
        asked = {"action": "fit", "kind": "isolation-forest", "label": {"column": "class", "normal": ["normal"]}}
        job = self.ask(f"/api/uploads/{upload}/jobs", json.dumps(asked).encode())["id"]
        while (state := self.ask(f"/api/jobs/{job}"))["state"] in ("waiting", "running"):
            time.sleep(0.2)
        if state["state"] != "done":
            sys.exit(f"the fit is {state}")
        return job

    def step(self, job, threshold, group):
        query = {"page": 0, "size": 25, "sort": "score", "order": "desc", "threshold": threshold, "only": "anomalies"}
        query |= {"group": "true"} if group else {}
        start = time.perf_counter()
        page = self.ask(f"/api/jobs/{job}/rows?{urllib.parse.urlencode(query)}")
        return 1_000 * (time.perf_counter() - start), page["matching"]


def steps(server, job):
    """The median of twenty steps of the threshold after the first, of single rows and of groups."""
    scores = sorted(server.ask(f"/api/jobs/{job}/result")["scores"])
    medians = []
    for group in (False, True):
        times = []
        for at in range(21):
            threshold = scores[int(len(scores) * (0.5 + at * 0.0245))]
            took, matching = server.step(job, threshold, group)
            times.append(took)
        medians.append(statistics.median(times[1:]))
        kind = "groups" if group else "rows"
        print(f"{kind}: first step {times[0]:.0f} ms, then median {medians[-1]:.1f} ms, longest {max(times[1:]):.1f} ms")
    return max(medians)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--oddbench", required=True)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--wait", type=float, default=60, help="seconds after the uploads are forgotten")
    chosen = parser.parse_args()
    server = Server(chosen.oddbench)
    try:
        print(f"fresh: {server.mib():.0f} MiB")
        worst = 0
        for seed in (1, 2):
            name = f"/api/uploads?name=rows{seed}.csv"
            upload = server.ask(name, table(chosen.rows, seed), "text/csv")["id"]
            worst = max(worst, steps(server, server.fitted(upload)))
        print(f"with two uploads and their results: {server.mib():.0f} MiB")
        for upload in server.ask("/api/uploads")["uploads"]:
            server.ask(f"/api/uploads/{upload['id']}", method="DELETE")
        print(f"forgotten: {server.mib():.0f} MiB")
        time.sleep(chosen.wait)
        stays = server.mib()
        print(f"after {chosen.wait:.0f} s: {stays:.0f} MiB")
    finally:
        server.process.kill()
        server.process.wait()
    if worst >= MOST_MILLISECONDS or stays >= MOST_MIB:
        sys.exit(f"more than {MOST_MILLISECONDS} ms or {MOST_MIB} MiB")


if __name__ == "__main__":
    main()
