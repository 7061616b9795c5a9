"""Reads split.json of `oddbench data export` and checks its fingerprint.

    python3 scripts/read_split.py split.json

`parts["train"]["rows"]` are row numbers of a table from 0, in the order in which models see them; with pandas,
`frame.iloc[rows]`. A label is 1 for an outlier. `row_ids(split, "test")` are the ids of the test rows, for a file of
scores (`kind = "scores"`).
"""

import hashlib
import json
import sys


def fingerprint(split):
    text = f"oddbench split {split['format_version']}\ndata {split['data']['digest']}\n"
    for name in ("train", "validation", "test"):
        part = split["parts"][name]
        text += f"{name} {part['table']}\n"
        text += "".join(f"{row} {label}\n" for row, label in zip(part["rows"], part["labels"], strict=True))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def row_ids(split, part):
    return [f"{split['fingerprint'][:16]}-{part}-{row}" for row in split["parts"][part]["rows"]]


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        split = json.load(file)
    found = fingerprint(split)
    if found != split["fingerprint"]:
        sys.exit(f"{sys.argv[1]} was changed: its rows have the fingerprint {found}")
    for name, part in split["parts"].items():
        print(f"{name}: {len(part['rows'])} rows of the {part['table']} table, {sum(part['labels'])} outliers")
    print(found)
