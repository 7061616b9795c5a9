"""Markdown from measurements: one table per quantity, and one of whole runs."""

from statistics import median

WHOLE_STUDY = "oddbench, the whole experiment from TOML to report"
PEERS = ["scikit-learn", "keras", "torch", "pyod"]
QUANTITIES = [  # key of a line, title, format; a difference instead of a ratio for ROC-AUC
    ("seconds_per_epoch", "Seconds per epoch", "{:.4f}"),
    ("fit_seconds", "Fit, seconds", "{:.4f}"),
    ("score_seconds", "Score 10,000 test rows, seconds", "{:.5f}"),
    ("peak_rss_mb", "Peak resident memory, MiB", "{:.0f}"),
    ("roc_auc", "ROC-AUC", "{:.4f}"),
]


def row(cells):
    return f"| {' | '.join(cells)} |"


def cell(values, form):
    """The median and, of several values, their range."""
    if not values:
        return ""
    text = form.format(median(values))
    if len(values) > 1:
        text += f" ({form.format(min(values))} to {form.format(max(values))})"
    return text


def compared(key, ours, theirs):
    """Ours over each peer's median, or ours minus it for ROC-AUC."""
    if not ours or not theirs:
        return ""
    if key == "roc_auc":
        return f"{median(ours) - median(theirs):+.4f}"
    return f"{median(ours) / median(theirs):.3f}" if median(theirs) else ""


def of_quantity(lines, key, title, form):
    """One table: a model a row, ours, each peer and ours beside it."""
    values = {}
    for line in lines:
        if line.get(key) is not None:
            values.setdefault((line["model"], line["peer"]), []).append(line[key])
    peers = [peer for peer in PEERS if any(found == peer for _, found in values)]
    models = dict.fromkeys(line["model"] for line in lines if (line["model"], "oddbench") in values)
    if not models or not peers:
        return ""
    sign = "−" if key == "roc_auc" else "÷"
    head = ["model", "oddbench", *(text for peer in peers for text in (peer, f"ours {sign} {peer}"))]
    table = [f"## {title}", "", row(head), row(["---"] + ["---:"] * (len(head) - 1))]
    for model in models:
        ours = values[model, "oddbench"]
        cells = [model, cell(ours, form)]
        for peer in peers:
            theirs = values.get((model, peer), [])
            cells += [cell(theirs, form), compared(key, ours, theirs)]
        table.append(row(cells))
    return "\n".join(table) + "\n"


def of_twins(lines):
    """One line per model and peer with everything beside each other; medians, ROC-AUC a mean over seeds."""
    head = ["model", "", "fit, s", "score 10,000, s", "fit + score, s", "peak MiB", "ROC-AUC"]
    table = ["## All together", "", row(head), row(["---"] * 2 + ["---:"] * 5)]
    values = {}
    for line in lines:
        values.setdefault((line["model"], line["peer"]), []).append(line)
    for model in dict.fromkeys(line["model"] for line in lines if line["peer"] == "oddbench"):
        ours = values[model, "oddbench"]
        table.append(row([model, *figures("oddbench", ours)]))
        for peer in PEERS:
            if theirs := values.get((model, peer)):
                ratios = [median(both(ours, key)) / median(both(theirs, key)) for key in ("fit", "score", "sum")]
                gap = mean_auc(ours) - mean_auc(theirs)
                table.append(row(["", *figures(peer, theirs)]))
                cells = [f"{ratio:.3f}" for ratio in ratios] + ["", f"{gap:+.4f}"]
                table.append(row(["", f"ours ÷ {peer}", *cells]))
    return "\n".join(table) + "\n"


def both(lines, what):
    """Seconds of fit, score or their sum."""
    fit, score = ([line[f"{part}_seconds"] for line in lines] for part in ("fit", "score"))
    return {"fit": fit, "score": score, "sum": [a + b for a, b in zip(fit, score)]}[what]


def mean_auc(lines):
    """The mean over seeds (and rounds, which do not change it)."""
    return sum(line["roc_auc"] for line in lines) / len(lines)


def figures(who, lines):
    """One line's cells: medians, and the mean ROC-AUC."""
    seconds = [f"{median(both(lines, what)):.4f}" for what in ("fit", "score", "sum")]
    return [who, *seconds, f"{median([line['peak_rss_mb'] for line in lines]):.0f}", f"{mean_auc(lines):.4f}"]


def of_models(lines):
    """All quantities; medians over seeds and rounds."""
    return "\n".join(filter(None, (of_quantity(lines, *quantity) for quantity in QUANTITIES)))


def of_wholes(rounds):
    """Whole processes, start to end: wall time and memory; and the study against its twin."""
    head = ["run", "wall seconds", "peak MiB, all its processes"]
    table = ["## Whole runs", "", row(head), row(["---"] + ["---:"] * 2)]
    for name in dict.fromkeys(name for wholes in rounds for name in wholes):
        runs = [wholes[name] for wholes in rounds if name in wholes]
        walls, peaks = [run.wall_seconds for run in runs], [run.peak_mb for run in runs]
        table.append(row([name, cell(walls, "{:.2f}"), cell(peaks, "{:.0f}")]))
    return "\n".join(table) + "\n" + against_twin(rounds)


def against_twin(rounds):
    """The ratio of the whole study to the Python twin, round by round."""
    ratios, ours, twins = [], [], []
    for wholes in rounds:
        twin = [run.wall_seconds for name, run in wholes.items() if "twin of the study" in name]
        if WHOLE_STUDY in wholes and twin:
            ours.append(wholes[WHOLE_STUDY].wall_seconds)
            twins.append(sum(twin))
            ratios.append(ours[-1] / twins[-1])
    if not ratios:
        return ""
    return (
        f"\nThe whole experiment: {cell(ours, '{:.1f}')} s; its Python twin (the runs named so, one "
        f"after the other): {cell(twins, '{:.1f}')} s; ratio {cell(ratios, '{:.3f}')}.\n"
    )
