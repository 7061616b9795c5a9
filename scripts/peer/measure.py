"""What every peer shares: its command line, the clock, peak memory, the metrics, and the JSON line.

A peer is a table of jobs. A job gets the split and its settings and returns a `Fit`: how it was
trained and a function that scores rows. Everything else is measured here, alike for all.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class Settings:
    """What the command line asks of one fit."""

    seed: int
    epochs: int | None  # None: as published
    threads: int


@dataclass
class Fit:
    """A fitted model: its score function and, for networks, the seconds of each epoch."""

    score: Callable[[Any], Any]
    epoch_seconds: list[float] = field(default_factory=list)
    epochs: int | None = None


Job = Callable[[Any, Settings], Fit]


def arguments(peer: str, models: list[str], threads: int | None = None) -> argparse.Namespace:
    """Reads the command line and limits the threads; call it before numpy is imported."""
    parser = argparse.ArgumentParser(description=f"The {peer} peer: one JSON line per model and seed.")
    parser.add_argument("--models", default=",".join(models), help="comma-separated (default: %(default)s)")
    parser.add_argument("--seeds", default="2018", help="comma-separated (default: %(default)s)")
    parser.add_argument("--epochs", type=int, help="in place of the published number, for quick checks")
    parser.add_argument("--threads", type=int, default=threads or CORES, help="(default: %(default)s)")
    parser.add_argument("--data", help="folder with the two archives (default: ODDBENCH_MIRROR)")
    parser.add_argument("--labels", choices=["published", "corrected"], default="published")
    args = parser.parse_args()
    args.models = args.models.split(",")
    args.seeds = [int(seed) for seed in args.seeds.split(",")]
    if unknown := [model for model in args.models if model not in models]:
        parser.error(f"unknown model {unknown[0]!r}; there are {', '.join(models)}")
    if args.threads < 1 or (args.epochs is not None and args.epochs < 1):
        parser.error("--threads and --epochs are at least 1")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(args.threads)
    return args


def forget_peak() -> None:
    """Starts the peak of resident memory anew, where the system can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass  # the peak is then that of the process so far, which is what a first model sees anyway


def peak_rss_mb() -> float:
    """Peak resident memory of this process in MiB, since `forget_peak` on Linux."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
    except (OSError, StopIteration):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def metrics(scores: Any, outlier: Any) -> dict[str, float]:
    """At the threshold of best accuracy on these very rows, among the scores rounded to 3 decimals.

    A row is called an outlier if its score is above the threshold; of equally good thresholds the
    lowest counts. ROC-AUC is of the scores themselves.
    """
    import numpy as np
    from sklearn.metrics import roc_auc_score

    scores = np.asarray(scores, dtype=np.float64)
    assert scores.shape == outlier.shape and np.isfinite(scores).all(), "one finite score a row"
    order = np.sort(scores), np.sort(scores[outlier])
    thresholds = np.unique(np.round(scores, 3))
    called, found = (len(part) - np.searchsorted(part, thresholds, side="right") for part in order)
    false_alarms, missed = called - found, outlier.sum() - found
    best = int(np.argmin(false_alarms + missed))
    tp, fp, fn = (int(count[best]) for count in (found, false_alarms, missed))
    return {
        "threshold": float(thresholds[best]),
        "accuracy": 1 - (fp + fn) / len(scores),
        "precision": tp / (tp + fp) if tp + fp else 0.0,
        "recall": tp / (tp + fn),
        "f1": 2 * tp / (2 * tp + fp + fn),
        "f2": 5 * tp / (5 * tp + fp + 4 * fn),
        "roc_auc": float(roc_auc_score(outlier, scores)),
    }


def median(values: list[float]) -> float:
    """The middle one; the mean of the middle two."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def measure(peer: str, name: str, job: Job, split: Any, settings: Settings) -> dict[str, Any]:
    """Fits once, scores the test rows three times, and says what it took.

    The median of the three counts, so that no peer pays for the building of a graph. What the two
    repeats took is told apart, so that it can be left out of the time of a whole study.
    """
    forget_peak()
    start = time.perf_counter()
    fit = job(split, settings)
    stops = [time.perf_counter()]
    for _ in range(3):
        scores = fit.score(split.x_test)
        stops.append(time.perf_counter())
    score_seconds = [stop - begun for begun, stop in zip(stops, stops[1:])]
    line: dict[str, Any] = {"peer": peer, "model": name, "seed": settings.seed, "threads": settings.threads}
    line |= {"epochs": fit.epochs, "fit_seconds": stops[0] - start}
    line |= {"score_seconds": median(score_seconds), "repeat_seconds": stops[3] - stops[1]}
    line["seconds_per_epoch"] = median(fit.epoch_seconds) if fit.epoch_seconds else None
    line["peak_rss_mb"] = peak_rss_mb()
    line |= metrics(scores, split.y_test)
    return {key: round(value, 6) if isinstance(value, float) else value for key, value in line.items()}


def run(peer: str, jobs: dict[str, Job], args: argparse.Namespace) -> None:
    """Every model asked for with every seed, one line each; a failure ends the process."""
    import split

    rows = split.load(args.data, args.labels)
    for name in args.models:
        for seed in args.seeds:
            settings = Settings(seed=seed, epochs=args.epochs, threads=args.threads)
            print(json.dumps(measure(peer, name, jobs[name], rows, settings)), flush=True)
