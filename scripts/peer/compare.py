"""oddbench and its Python peers on the same jobs, alternately in one session, as Markdown tables.

    python scripts/peer/compare.py --data FOLDER            everything, some ten minutes a round
    python scripts/peer/compare.py --data FOLDER --quick    two epochs of each network
    python scripts/peer/compare.py --data FOLDER --classical    the classical detectors and their twins

Standard library only: the peers run under `--python`, the interpreter of their environment.
"""

import argparse
import csv
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import tomllib
from datetime import datetime, timezone
from pathlib import Path

import processes
import tables

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NETWORKS = {"autoencoder": "ae", "vae": "vae", "bigan": "bigan", "seq2seq": "seq2seq"}
ALIKE = {"isolation-forest", "hbos", "knn", "lof"}  # kinds whose defaults are their twins'
CLASSICAL = ROOT / "experiments/kdd99-classical.toml"
SCRIPTS = {  # what each peer can do; compare asks only for what oddbench has run
    "scikit-learn": (
        "sklearn_peer.py",
        "pca pca-loading pca-reconstruction ocsvm ocsvm-0.01 isolation-forest knn lof mahalanobis mahalanobis-mcd"
        " k-means gmm gmm-diag",
    ),
    "torch": ("torch_peer.py", "ae vae seq2seq"),
    "keras": ("keras_peer.py", "ae vae bigan seq2seq"),
    "pyod": ("pyod_peer.py", "hbos ecod copod knn lof loda pca-weighted cblof"),
}
SEEDED = {"isolation-forest", "mahalanobis-mcd", "loda", "k-means", "cblof", "gmm", "gmm-diag"}  # --classical: every seed
STUDY = {"scikit-learn": {"pca", "ocsvm"}, "keras": set(NETWORKS.values())}  # the six published rows
PACKAGES = "numpy pandas scikit-learn pyod torch tensorflow tf_keras".split()
QUICK_EPOCHS = 2


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--oddbench", type=Path, default=ROOT / "target/release/oddbench", help="the binary")
    add("--experiment", type=Path, default=ROOT / "experiments/kdd99-published.toml")
    add("--classical", action="store_true", help=f"{CLASSICAL.name} beside scikit-learn and PyOD")
    add("--python", default=sys.executable, help="interpreter that has requirements.txt (default: this one)")
    add("--data", type=Path, default=os.environ.get("ODDBENCH_MIRROR"), help="folder that holds kdd99/*.gz")
    add("--peers", default=",".join(SCRIPTS), help="comma-separated (default: %(default)s)")
    add("--seeds", help="comma-separated (default: 2018; with --classical the file's)")
    add("--rounds", type=int, default=1, help="how often all are run (default: %(default)s)")
    add("--threads", type=int, help="of every peer (default: each one's own, see README.md)")
    add("--quick", action="store_true", help=f"{QUICK_EPOCHS} epochs of each network, figures mean little")
    add("--raw", type=Path, help="also write every single measurement here, as JSON lines")
    add("--limit", type=float, default=3600, help="seconds that one command may take (default: %(default)s)")
    add("--ours", type=Path, help="a results folder of an earlier run, in place of running oddbench")
    args = parser.parse_args()
    args.peers = args.peers.split(",")
    if args.classical:
        args.experiment = CLASSICAL
        args.peers = [peer for peer in args.peers if peer in ("scikit-learn", "pyod")]
        spec = tomllib.loads(CLASSICAL.read_text(encoding="utf-8"))
        args.seeds = args.seeds or ",".join(map(str, spec["run"]["seeds"]))
    args.seeds = args.seeds or "2018"
    if unknown := [peer for peer in args.peers if peer not in SCRIPTS]:
        parser.error(f"unknown peer {unknown[0]!r}; there are {', '.join(SCRIPTS)}")
    if args.data is None:
        parser.error("give --data or set ODDBENCH_MIRROR to a folder that holds kdd99/*.gz")
    if args.rounds < 1:
        parser.error("--rounds is at least 1")
    return args


def twin(kind, params):
    """The peers' name of the job that a trial did; None if no peer does the same."""
    if kind in NETWORKS:
        return NETWORKS[kind] if params.get("preset") == "published" else None
    if kind == "pca" and params.get("score") == "weighted-component-distance":
        all_of_them = (params.get("n_components"), params.get("n_selected_components")) == ("all", "all")
        return "pca-weighted" if all_of_them and params.get("sign") == "loading" else None
    if kind == "loda":
        return kind if params.get("projection") == "sparse" else None
    if kind == "pca" and params.get("n_components") == 2:
        if params.get("score") == "reconstruction":
            return "pca-reconstruction"
        return {"projection": "pca", "loading": "pca-loading"}.get(params.get("sign"))
    if kind == "ocsvm":
        settings = (params.get("kernel"), params.get("gamma"), params.get("nu"))
        return {("rbf", 0.5, 0.0001): "ocsvm", ("rbf", 0.5, 0.01): "ocsvm-0.01"}.get(settings)
    if kind in ("ecod", "copod"):  # PyOD joins the rows of a call; ours does so if told to
        return kind if params.get("reference") == "joint" else f"{kind} (rows on their own)"
    if kind == "mahalanobis":
        return "mahalanobis-mcd" if params.get("estimator") == "mcd" else kind
    if kind in ("k-means", "cblof"):
        starts = {"k-means": 10, "cblof": 1}[kind]
        return kind if (params.get("n_clusters"), params.get("n_init")) == (8, starts) else None
    if kind == "gmm" and params.get("n_components") == 8:
        return {"full": "gmm", "diag": "gmm-diag"}[params.get("covariance_type")]
    return kind if kind in ALIKE else None


def quick_overrides(experiment):
    """`--set` options that shorten every network of an experiment file."""
    models = tomllib.loads(experiment.read_text(encoding="utf-8"))["model"]
    names = [model.get("name", model["kind"]) for model in models if model["kind"] in NETWORKS]
    return [part for name in names for part in ("--set", f'model."{name}".params.epochs={QUICK_EPOCHS}')]


def oddbench_command(args, scratch, results, jobs):
    command = [str(args.oddbench), "run", str(args.experiment), "--seeds", args.seeds, "--fresh"]
    command += ["--mirror", str(args.data), "--data-dir", f"{scratch}/data"]
    command += ["--results", str(results), "--reports", f"{scratch}/reports"]
    command += ["--jobs", str(jobs)] if jobs else []
    return command + (quick_overrides(args.experiment) if args.quick else [])


def peer_command(args, peer, models):
    command = [args.python, str(HERE / SCRIPTS[peer][0]), "--models", ",".join(models)]
    once = args.classical and not SEEDED.intersection(models)
    command += ["--seeds", args.seeds.split(",")[0] if once else args.seeds, "--data", str(args.data)]
    command += ["--threads", str(args.threads)] if args.threads else []
    return command + (["--epochs", str(QUICK_EPOCHS)] if args.quick else [])


def number(cell):
    return float(cell) if cell not in ("", None) else None


def read_results(results):
    """One line per finished trial with a twin, in the peers' terms; and the names that failed."""
    summaries = list(results.glob("*/summary.csv")) + list(results.glob("summary.csv"))
    if len(summaries) != 1:
        sys.exit(f"{results}: {len(summaries)} files summary.csv, where one is expected")
    lines, failed, seen = [], [], set()
    with summaries[0].open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["trial"] in seen:  # the first rule of the experiment makes the table
                continue
            seen.add(row["trial"])
            if row["status"] != "completed":
                failed.append(row["name"])
                continue
            record = json.loads((summaries[0].parent / "trials" / row["trial"] / "record.json").read_text())
            model = twin(row["kind"], record["trial"]["params"])
            if model is None:
                continue
            line = {"peer": "oddbench", "model": model, "seed": row["seed"]}
            for name in ("fit_seconds", "score_seconds", "peak_rss_mb", "accuracy", "f1", "roc_auc"):
                line[name] = number(row[name])
            epochs = len(record["outcome"]["epochs"])
            line["seconds_per_epoch"] = line["fit_seconds"] / epochs if epochs else None
            lines.append(line)
    return lines, failed


def run_oddbench(args, scratch, jobs, log):
    """Runs the experiment; returns its lines and what the whole process tree took."""
    results = Path(tempfile.mkdtemp(prefix="results-", dir=scratch))
    run = processes.watch(oddbench_command(args, scratch, results, jobs), log, args.limit)
    if run.status not in (0, 1):  # 1: some trial failed, the others have results
        sys.exit(f"oddbench ended with {run.status}:\n{run.stderr[-2000:]}")
    lines, failed = read_results(results)
    if failed:
        print(f"failed in oddbench: {', '.join(sorted(set(failed)))}", file=sys.stderr)
    return lines, run


def run_peer(args, peer, models, log):
    """Runs some models of a peer; returns its lines and what the process took, repeats left out."""
    run = processes.watch(peer_command(args, peer, models), log, args.limit)
    if run.status != 0:
        sys.exit(f"{peer} ended with {run.status}:\n{run.stderr[-2000:]}")
    lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    run.wall_seconds -= sum(line["repeat_seconds"] for line in lines)
    return lines, run


def one_round(args, scratch, log):
    """Ours one trial at a time, the study's twins, ours as a whole study, then the other peers."""
    wholes = {}
    if args.ours:
        lines, _ = read_results(args.ours)
    else:
        lines, wholes["oddbench, one trial at a time"] = run_oddbench(args, scratch, 1, log)
    ours = {line["model"] for line in lines}

    def peers(part_of_study):
        for peer in args.peers:
            wanted = [
                model
                for model in SCRIPTS[peer][1].split()
                if model in ours and (model in STUDY.get(peer, ())) == part_of_study
            ]
            seeded = [model for model in wanted if args.classical and model in SEEDED]
            for models in ([model for model in wanted if model not in seeded], seeded):
                if not models:
                    continue
                found, run = run_peer(args, peer, models, log)
                lines.extend(found)
                role = "twin of the study" if part_of_study else "other models"
                wholes[f"{peer}, {role}: {', '.join(models)}"] = run

    peers(part_of_study=True)
    if not args.ours and not args.classical:
        _, wholes[tables.WHOLE_STUDY] = run_oddbench(args, scratch, None, log)
    peers(part_of_study=False)
    return lines, wholes


def output_of(command):
    """The first line that a command prints, or None."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return (done.stdout.strip().splitlines() or [""])[0]


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"


def circumstances(args, load):
    """Where, when and with what, as Markdown."""
    asked = "import importlib.metadata as m, platform; print(' · '.join(['Python ' + platform.python_version()]"
    asked += f" + [p + ' ' + m.version(p) for p in {PACKAGES!r}]))"
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"
    revision = output_of(["git", "describe", "--always", "--dirty"]) or "unknown"
    facts = [
        f"date: {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        f"machine: {processor()}, {os.cpu_count()} cores{memory}, {platform.system()} {platform.machine()}",
        f"oddbench: {output_of([str(args.oddbench), '--version']) or 'unknown'}, revision {revision}",
        f"peers: {output_of([args.python, '-c', asked]) or 'unknown'}",
        f"command: `{shlex.join(['python', *sys.argv])}`",
        f"rounds: {args.rounds}, seeds: {args.seeds}",
    ]
    if load is not None:
        busy = " **The machine was busy: times mean little.**" if load > 0.5 else ""
        facts.append(f"load when it began: {load:.2f}.{busy}")
    if args.quick:
        facts.append(f"**quick: {QUICK_EPOCHS} epochs of each network, a check of the tool and no measurement**")
    if args.ours:
        facts.append(f"oddbench was not run: its figures are those of {args.ours}")
    return "\n".join(f"- {fact}" for fact in facts)


def main():
    args = arguments()
    if not args.ours and not args.oddbench.is_file():
        sys.exit(f"{args.oddbench} is missing: cargo build --release, or give --oddbench")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    rounds, log = [], lambda command: print("$", shlex.join(command), file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="oddbench-peers-") as scratch:
        for _ in range(args.rounds):
            rounds.append(one_round(args, scratch, log))
    lines = [line for found, _ in rounds for line in found]
    if args.raw:
        args.raw.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    print("# oddbench beside its Python peers\n")
    print(circumstances(args, load), end="\n\n")
    print(tables.of_models(lines))
    if args.classical:
        print(tables.of_twins(lines))
    else:
        print(tables.of_wholes([wholes for _, wholes in rounds]))


if __name__ == "__main__":
    main()
