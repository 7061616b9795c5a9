"""Time and memory against the number of rows, from 10,000 to five million, for reading, fitting and scoring.

    oddbench data fetch kdd99
    python3 scripts/scaling.py --oddbench target/release/oddbench --data FOLDER --out docs/performance/DATE-scaling

FOLDER holds kddcup.data_10_percent.gz: the cache of `oddbench data fetch kdd99`, or a mirror. For each size the script
writes a CSV file: evenly spaced rows of that file if it has more, whole copies of it and a rest if it has fewer. Half of
its rows train, half are tested; both hold all classes, so that one run measures kinds with and without labels. Columns
are scaled and ordinal (41 numbers a row). Networks train one epoch. Each kind runs in a process of its own, one after the
other.

- `parse`: `oddbench data describe FILE`. Every value is read and typed, every column judged, no row is kept.
- `prepare`: the part of `oddbench run` before its first trial. The file is read into typed columns, split, audited, encoded
  and written for the trials. Its memory is that of the parent of the run, to its end.
- `evaluate`: the same `oddbench run` again, with every trial done: scores are read, verified and judged.
- kinds: the seconds and the memory (VmHWM, mapped rows included) that the record of the trial has. Fit is against training rows, score
  against test rows.

A kind that does not end within --limit seconds (its fit, its scores and the reading of its rows) is stopped, and not tried with more
rows. Slopes are those of a line through the logarithms of the last three sizes: 1 is linear, 2 quadratic. Memory has no slope where all of
it is that of the program.
The script writes scaling.csv, slopes.md, machine.txt, and one figure each for time and memory. Needs Python 3 alone, and Linux.
"""

import argparse
import csv
import gzip
import json
import math
import os
import pathlib
import platform
import re
import subprocess
import tempfile
import time

SIZES = [10_000, 30_000, 100_000, 300_000, 1_000_000, 5_000_000]
NAMES = (
    "duration,protocol_type,service,flag,src_bytes,dst_bytes,land,wrong_fragment,urgent,hot,num_failed_logins,logged_in,"
    "num_compromised,root_shell,su_attempted,num_root,num_file_creations,num_shells,num_access_files,num_outbound_cmds,"
    "is_host_login,is_guest_login,count,srv_count,serror_rate,srv_serror_rate,rerror_rate,srv_rerror_rate,same_srv_rate,"
    "diff_srv_rate,srv_diff_host_rate,dst_host_count,dst_host_srv_count,dst_host_same_srv_rate,dst_host_diff_srv_rate,"
    "dst_host_same_src_port_rate,dst_host_srv_diff_host_rate,dst_host_serror_rate,dst_host_srv_serror_rate,"
    "dst_host_rerror_rate,dst_host_srv_rerror_rate,label"
)
EXPERIMENT = """
name = "scaling-{rows}"
[dataset]
kind = "csv"
path = "{path}"
label = "label"
inliers = ["normal."]
keep = {features}
[split]
kind = "holdout"
test = 0.5
validation = 0.0
seed = 1
train_on = "all"
[preprocess]
scale = "standard"
encode = "ordinal"
missing = "error"
constant = "keep"
[threshold]
rule = "fixed"
value = 0.0
[limits]
timeout = "{limit}s"
[run]
seeds = [1]
"""
MODEL = '[[model]]\nkind = "{kind}"\nparams = {params}\n'
# Their own rows or commands: nothing of ours is measured.
NOT_MEASURED = ["external", "scores"]
FIELDS = ["what", "step", "size", "rows", "seconds", "peak_mib", "load"]


def write_rows(lines, size, path):
    """Evenly spaced lines, or copies and a rest."""
    with open(path, "wb", buffering=1 << 20) as out:
        out.write(NAMES.encode() + b"\n")
        whole, rest = divmod(size, len(lines))
        for _ in range(whole):
            out.writelines(lines)
        out.writelines(lines[i * len(lines) // rest] for i in range(rest))


def peak(pid):
    """The largest resident memory that a process had, in MiB; None once it has ended."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return None


def measured(command):
    """Runs a command: its output, its wall seconds, and the largest memory of its own process, without its children."""
    with tempfile.TemporaryFile("w+") as out:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, text=True)
        most = 0.0
        while process.poll() is None:
            most = max(most, peak(process.pid) or 0.0)
            time.sleep(0.01)
        seconds = time.perf_counter() - began
        out.seek(0)
        text = out.read()
    # 1: some trials have failed, which is what a limit does.
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{text}")
    return text, seconds, most


def kinds(oddbench):
    listed = json.loads(subprocess.run([oddbench, "models", "--json"], check=True, capture_output=True).stdout)
    found = []
    for model in listed["models"]:
        if model["kind"] in NOT_MEASURED:
            continue
        about = subprocess.run([oddbench, "models", model["kind"], "--json"], check=True, capture_output=True).stdout
        params = '{ preset = "sound", epochs = 1 }' if b'"epochs"' in about else "{ }"
        found.append((model["kind"], params))
    return found


class Bench:
    """One size after the other."""

    def __init__(self, args, work):
        self.args, self.work, self.rows, self.stopped = args, work, [], {}

    def note(self, what, step, size, rows, seconds, mib):
        load = os.getloadavg()[0]
        values = [what, step, size, rows, round(seconds, 4), mib and round(mib, 1), round(load, 1)]
        self.rows.append(dict(zip(FIELDS, values)))
        print(f"{size:>9,} {what:32} {step:9} {seconds:10.3f} s {mib or 0:8.0f} MiB", flush=True)

    def size(self, lines, size):
        path = self.work / f"rows-{size}.csv"
        write_rows(lines, size, path)
        text, seconds, mib = measured([self.args.oddbench, "data", "describe", path])
        self.note("parse", "whole", size, size, seconds, mib)
        left = [(kind, params) for kind, params in self.kinds if kind not in self.stopped]
        experiment = self.work / f"scaling-{size}.toml"
        features = json.dumps([name for name in NAMES.split(",") if name != "label"])
        text = EXPERIMENT.format(rows=size, path=path.name, limit=self.args.limit, features=features)
        text += "".join(MODEL.format(kind=kind, params=params) for kind, params in left)
        experiment.write_text(text)
        results = self.work / "results"
        run = [self.args.oddbench, "run", experiment, "--jobs", "1", "--no-report", "--results", results]
        text, _, mib = measured(run)
        prepared = re.search(r"prepared .* in ([0-9.]+) s", text)
        if prepared is None:
            raise SystemExit(f"the run of {size} rows prepared nothing:\n{text}")
        self.note("prepare", "whole", size, size, float(prepared[1]), mib)
        failed = self.trials(results / f"scaling-{size}", size)
        # Once more without those that were stopped, which would be run again.
        if failed:
            done = [(kind, params) for kind, params in left if kind not in failed]
            cut = EXPERIMENT.format(rows=size, path=path.name, limit=self.args.limit, features=features)
            experiment.write_text(cut + "".join(MODEL.format(kind=k, params=p) for k, p in done))
            measured(run + ["--replace"])
        text, seconds, mib = measured(run + (["--replace"] if failed else []))
        self.note("evaluate", "whole", size, size // 2, seconds, mib)
        path.unlink()

    def trials(self, folder, size):
        failed = []
        order = [kind for kind, _ in self.kinds]
        records = [json.loads(path.read_text()) for path in folder.glob("trials/*/record.json")]
        for record in sorted(records, key=lambda record: order.index(record["trial"]["kind"])):
            kind, outcome, sizes = record["trial"]["kind"], record["outcome"], record["sizes"] or {}
            if outcome["status"] != "completed":
                self.stopped[kind] = (size, outcome["message"])
                failed.append(kind)
                print(f"{size:>9,} {kind:32} stopped: {outcome['message']}", flush=True)
                continue
            for step, rows in (("fit", sizes["train"]), ("score", sizes["test"])):
                self.note(kind, step, size, rows, outcome[f"{step}_seconds"], outcome["peak_rss_mb"])
        return failed

    def run(self):
        source = pathlib.Path(self.args.data)
        found = sorted(source.rglob("kddcup.data_10_percent.gz"))
        if not found:
            raise SystemExit(f"{source} has no kddcup.data_10_percent.gz: oddbench data fetch kdd99")
        lines = gzip.open(found[0], "rb").read().splitlines(keepends=True)
        self.kinds = kinds(self.args.oddbench)
        if self.args.kinds:
            self.kinds = [(kind, params) for kind, params in self.kinds if kind in self.args.kinds.split(",")]
        for size in self.args.sizes:
            self.size(lines, size)


def slope(points):
    """Of the line through the logarithms of the last three points; None for fewer than two."""
    points = [(math.log10(x), math.log10(y)) for x, y in points if x > 0 and y > 0][-3:]
    if len(points) < 2:
        return None
    mx = sum(x for x, _ in points) / len(points)
    my = sum(y for _, y in points) / len(points)
    spread = sum((x - mx) ** 2 for x, _ in points)
    return sum((x - mx) * (y - my) for x, y in points) / spread


def series(rows, value):
    """Points by what and step, in the order in which they were met."""
    found = {}
    for row in rows:
        if row[value] not in ("", None):
            found.setdefault((row["what"], row["step"]), []).append((int(row["rows"]), float(row[value])))
    return found


def table(rows, stopped):
    """Seconds and MiB at the largest size, with slopes."""
    seconds, memory = series(rows, "seconds"), series(rows, "peak_mib")
    out = ["| what | rows | seconds | slope | peak MiB | slope | |", "| --- | ---: | ---: | ---: | ---: | ---: | --- |"]
    shown = lambda value: "–" if value is None else f"{value:.2f}"
    for (what, step), points in seconds.items():
        (n, last), (_, mib) = points[-1], memory.get((what, step), [(0, 0.0)])[-1]
        name = what if step == "whole" else f"{what}, {step}"
        why = f"stopped at {stopped[what][0]:,} rows of the file" if what in stopped else ""
        mib_slope = slope(memory.get((what, step), []))
        cells = [name, f"{n:,}", f"{last:.3f}", shown(slope(points)), f"{mib:,.0f}", shown(mib_slope), why]
        out.append("| " + " | ".join(cells) + " |")
    missing = [kind for kind in stopped if (kind, "fit") not in seconds]
    out += [f"| {kind} | – | – | – | – | – | stopped at {stopped[kind][0]:,} rows of the file |" for kind in missing]
    return "\n".join(out) + "\n"


WIDTH, HEIGHT, LEFT, TOP = 340, 230, 66, 30
COLORS = ["#0b6e99", "#c4520a", "#2e7d32", "#7b3fa0"]


def panel(at, title, lines, low, high, unit):
    """One small log-log chart; the dashed line rises with the rows."""
    x0, y0 = at
    first, last = math.log10(3_000), math.log10(7_000_000)
    px = lambda n: x0 + LEFT + (math.log10(n) - first) / (last - first) * (WIDTH - LEFT - 12)
    py = lambda v: y0 + HEIGHT - 28 - (math.log10(v) - low) / (high - low) * (HEIGHT - TOP - 28)
    out = [f'<text x="{x0 + LEFT}" y="{y0 + 18}" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        y = py(10**power)
        out.append(f'<line x1="{px(10**first)}" x2="{px(10**last)}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        out.append(f'<text x="{x0 + LEFT - 5}" y="{y + 4}" text-anchor="end">{10.0**power:g} {unit}</text>')
    for power in (4, 5, 6):
        x = px(10**power)
        out.append(f'<line x1="{x}" x2="{x}" y1="{py(10**low)}" y2="{py(10**high)}" stroke="#ddd"/>')
        out.append(f'<text x="{x}" y="{y0 + HEIGHT - 12}" text-anchor="middle">{10**power:,}</text>')
    a, b = (1e4, 10.0**low * 2), (1e6, 10.0**low * 200)
    out.append(f'<path d="M{px(a[0])} {py(a[1])}L{px(b[0])} {py(b[1])}" stroke="#999" stroke-dasharray="4 3" fill="none"/>')
    for (label, points), color in zip(lines, COLORS):
        at = [(px(n), py(max(v, 10.0**low))) for n, v in points]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
        out.append(f'<path d="{path}" stroke="{color}" fill="none" stroke-width="1.6"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{color}"/>' for x, y in at]
        out.append(f'<text x="{at[-1][0] - 4:.1f}" y="{at[-1][1] - 6:.1f}" text-anchor="end" fill="{color}">{label}</text>')
    return "\n".join(out)


def figure(path, rows, value, low, high, unit, title):
    """A panel for each thing that is measured."""
    panels = {}
    for (what, step), points in series(rows, value).items():
        if value == "peak_mib" and step == "score":
            continue
        label = {"whole": "", "fit": "fit" if value == "seconds" else ""}.get(step, step)
        panels.setdefault(what, []).append((label, points))
    across = 4
    down = -(-len(panels) // across)
    width, height = across * WIDTH, down * HEIGHT + 40
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{title}</text>',
    ]
    for position, (what, lines) in enumerate(panels.items()):
        at = (position % across * WIDTH, 40 + position // across * HEIGHT)
        out.append(panel(at, what, lines, low, high, unit))
    path.write_text("\n".join(out + ["</svg>\n"]))


def publish(out, rows, stopped, machine):
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "scaling.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (out / "slopes.md").write_text(table(rows, stopped))
    (out / "machine.txt").write_text(machine)
    dashed = "rows along the bottom; the dashed line rises as the rows do"
    figure(out / "time.svg", rows, "seconds", -3, 3, "s", f"Seconds; {dashed}")
    figure(out / "memory.svg", rows, "peak_mib", 1, 4, "MiB", f"Peak resident memory of the process; {dashed}")


def machine(args, load):
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    version = subprocess.run([args.oddbench, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    return (
        f"date: {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC\n"
        f"{version}\n"
        f"machine: {cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores, {int(memory[1]) >> 20} GiB, "
        f"{platform.system()} {platform.machine()}\n"
        f"load: {load[0]:.1f} when it began, {os.getloadavg()[0]:.1f} when it ended\n"
        f"limit: {args.limit} s a trial\n"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oddbench", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--limit", type=int, default=30, help="seconds that a trial may take")
    parser.add_argument("--kinds", help="these kinds alone, with commas between them")
    sizes = lambda text: [int(size) for size in text.split(",")]
    parser.add_argument("--sizes", type=sizes, default=SIZES, help="numbers of rows, with commas between them")
    parser.add_argument("--work", type=pathlib.Path, help="where files of up to 2 GB are written and removed")
    args = parser.parse_args()
    load = os.getloadavg()
    with tempfile.TemporaryDirectory(dir=args.work) as work:
        bench = Bench(args, pathlib.Path(work))
        bench.run()
    publish(args.out, bench.rows, bench.stopped, machine(args, load))


if __name__ == "__main__":
    main()
