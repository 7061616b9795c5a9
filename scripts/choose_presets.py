"""Judges the rows of an experiment by their validation rows: the rule behind the `sound` presets.

    python3 scripts/choose_presets.py results/sound-presets        # needs pyarrow and scikit-learn

For each row, over its seeds: the lowest and the mean ROC-AUC of the validation rows, and the mean
validation loss of the last epoch. Of each kind, among the rows with the most seeds, the one whose
worst seed has the highest ROC-AUC is marked: a preset must not fail on any seed. Test scores are in the same files and are left aside.
"""

import collections
import json
import pathlib
import sys

import pyarrow.parquet as parquet
from sklearn.metrics import roc_auc_score


def validation_roc_auc(trial):
    rows = parquet.read_table(trial / "scores.parquet", columns=["set", "label", "score"]).to_pydict()
    columns = zip(rows["set"], rows["label"], rows["score"])
    labels, scores = zip(*((label, score) for part, label, score in columns if part == "validation"))
    return roc_auc_score(labels, scores)


def main():
    results = pathlib.Path(sys.argv[1])
    rows = collections.defaultdict(list)
    for entry in json.loads((results / "manifest.json").read_text())["trials"]:
        trial = results / "trials" / entry["id"]
        outcome = json.loads((trial / "record.json").read_text())["outcome"]
        if outcome["status"] != "completed":
            sys.exit(f"{trial}: {outcome['message']}")
        epochs = outcome["epochs"]
        loss = epochs[-1].get("validation_loss") if epochs else None
        rows[entry["kind"], entry["name"]].append((validation_roc_auc(trial), loss))
    kinds = list(dict.fromkeys(kind for kind, _ in rows))
    for kind in kinds:
        of_kind = {name: seeds for (k, name), seeds in rows.items() if k == kind}
        most = max(len(seeds) for seeds in of_kind.values())
        finalists = {name: seeds for name, seeds in of_kind.items() if len(seeds) == most}
        best = max(finalists, key=lambda name: min(auc for auc, _ in finalists[name]))
        print(f"\n{kind}: seeds; ROC-AUC lowest, mean; validation loss, mean")
        for name, seeds in of_kind.items():
            aucs = [auc for auc, _ in seeds]
            losses = [loss for _, loss in seeds if loss is not None]
            loss = f"{sum(losses) / len(losses):.6f}" if losses else "-"
            mark = "  <- chosen" if name == best else ""
            print(f"{name:40} {len(aucs):2} {min(aucs):.4f} {sum(aucs) / len(aucs):.4f}  {loss}{mark}")


if __name__ == "__main__":
    main()
