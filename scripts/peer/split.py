"""The published split of KDD Cup 99, row for row, from the two archives.

The rows of the 2020 study: training on the 97,278 normal connections of the 10 % file, testing on
8,000 inliers and 2,000 outliers of `corrected`, with the study's labels (an attack whose name is
not among the 22 of `training_attack_types` counts as normal) or with the corrected ones. Sampling
is NumPy's legacy `RandomState`, whose streams are frozen, so every machine gets the same rows.

    python split.py [FOLDER]        checks row numbers and, for the published labels, every byte
"""

import gzip
import hashlib
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

TRAIN_FILE = "kddcup.data_10_percent.gz"
TEST_FILE = "corrected.gz"
DIGESTS = {  # sha256 of the decompressed content: mirrors recompress
    TRAIN_FILE: "f8c8267ebcd9c0ed1fd7d6277fe5bfff8732e9b7db8e61b873542b2a534b6f9a",
    TEST_FILE: "547dfb9c0f0dc1d9944219ec79e851191faebaeb8acbfa1cd171c418397052a4",
}

# The study's 18 columns: features 23 to 40 (from 0) of the 41; the label is column 41.
FEATURES = (
    "srv_count serror_rate srv_serror_rate rerror_rate srv_rerror_rate same_srv_rate diff_srv_rate "
    "srv_diff_host_rate dst_host_count dst_host_srv_count dst_host_same_srv_rate "
    "dst_host_diff_srv_rate dst_host_same_src_port_rate dst_host_srv_diff_host_rate "
    "dst_host_serror_rate dst_host_srv_serror_rate dst_host_rerror_rate dst_host_srv_rerror_rate"
).split()
COLUMNS = range(23, 42)
COUNTS = ("srv_count", "dst_host_count", "dst_host_srv_count")  # whole numbers; the rest are shares

# The attack names of `training_attack_types`.
KNOWN_ATTACKS = frozenset(
    "back buffer_overflow ftp_write guess_passwd imap ipsweep land loadmodule multihop neptune nmap "
    "perl phf pod portsweep rootkit satan smurf spy teardrop warezclient warezmaster".split()
)

# Per label policy: sizes of validation inliers and outliers, and the first five original row
# numbers (from 0) of test inliers and outliers.
EXPECTED = {
    "published": {
        "val": (15_864, 46_341),
        "inliers": [89986, 89761, 123925, 99139, 145053],
        "outliers": [305430, 278510, 269526, 23398, 280362],
    },
    "corrected": {
        "val": (12_119, 50_087),
        "inliers": [97159, 75400, 282917, 82939, 230539],
        "outliers": [24134, 15755, 296005, 11294, 121280],
    },
}

# sha256 of each part as the study published it: CSV of the raw columns and `target`.
CSV_DIGESTS = {
    "test_inliers": "967c1b95898de4fcfdf3ee24027a3cb2c249ed6bcb35a55746e553789a77559a",
    "test_outliers": "926ad095626103551f54a9a22e0e4422346d7493d504afedf6067cee3f8f0e9f",
    "val_inliers": "93db7ee263939e1eec2a9d54e936724c1e24c915afd8185299a6b9e50273952c",
    "val_outliers": "33c75eb385e9313960b93e50f9e49839e8e8f1c966b54fe8835727c7e513f79d",
}


@dataclass
class Split:
    """Rows scaled to [0, 1] by the training rows; `y_test` is True for an outlier."""

    x_train: np.ndarray  # (97278, 18) float32
    x_test: np.ndarray  # (10000, 18) float32, the inliers first
    y_test: np.ndarray  # (10000,) bool


def folder(given: str | None) -> Path:
    """Where the archives are: the folder given, or ODDBENCH_MIRROR, or the `kdd99` within either."""
    place = given or os.environ.get("ODDBENCH_MIRROR")
    if not place:
        sys.exit("no data: give --data FOLDER or set ODDBENCH_MIRROR to a folder that holds kdd99/*.gz")
    for candidate in (Path(place), Path(place) / "kdd99"):
        if all((candidate / name).is_file() for name in (TRAIN_FILE, TEST_FILE)):
            return candidate
    sys.exit(f"{place} holds neither {TRAIN_FILE} and {TEST_FILE} nor a folder kdd99 with them")


def content(archive: Path) -> io.BytesIO:
    """The verified text of an archive."""
    text = gzip.decompress(archive.read_bytes())
    found = hashlib.sha256(text).hexdigest()
    if found != DIGESTS[archive.name]:
        sys.exit(f"{archive}: sha256 of the content is {found}, not {DIGESTS[archive.name]}")
    return io.BytesIO(text)


def read_all(archive: Path) -> pd.DataFrame:
    """The 41 raw columns, named 0 to 40, and `label` (without its full stop)."""
    table = pd.read_csv(content(archive), header=None).rename(columns={41: "label"})
    table["label"] = table["label"].str.rstrip(".")
    return table


def read(archive: Path) -> pd.DataFrame:
    """The 18 raw columns and `label` (without its full stop), in the order of the file."""
    dtypes = dict.fromkeys(FEATURES, "float64") | dict.fromkeys(COUNTS, "int64")
    table = pd.read_csv(
        content(archive),
        header=None,
        usecols=list(COLUMNS),
        names=[*FEATURES, "label"],
        dtype=dtypes | {"label": "string"},
    )
    table["label"] = table["label"].str.rstrip(".")
    return table


def drawn(table: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """The first `count` rows of a legacy permutation."""
    return table.iloc[np.random.RandomState(seed).permutation(len(table))[:count]]


def divide(table: pd.DataFrame, labels: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Inliers and outliers under a label policy, in the shuffled order of the file."""
    table = drawn(table, len(table), 200)
    if labels == "published":
        outlier = table["label"].isin(KNOWN_ATTACKS)
    else:
        outlier = table["label"] != "normal"
    return table[~outlier], table[outlier]


def test_parts(table: pd.DataFrame, labels: str) -> dict[str, pd.DataFrame]:
    """Validation and test rows of `corrected`, and as `all_...` every row that does not validate.

    Checks the sizes and row numbers of the study's parts.
    """
    parts = {}
    for kind, rows, count in zip(("inliers", "outliers"), divide(table, labels), (8000, 2000)):
        val = drawn(rows, round(0.2 * len(rows)), 200)
        rest = rows[~rows.index.isin(val.index)]
        parts[f"val_{kind}"], parts[f"test_{kind}"] = val, drawn(rest, count, 250)
        parts[f"all_{kind}"] = rest
    expected = EXPECTED[labels]
    sizes = (len(parts["val_inliers"]), len(parts["val_outliers"]))
    assert sizes == expected["val"], f"validation sizes {sizes}"
    for kind in ("inliers", "outliers"):
        first = parts[f"test_{kind}"].index[:5].tolist()
        assert first == expected[kind], f"first test {kind} are rows {first}"
    return parts


def load(data: str | None = None, labels: str = "published") -> Split:
    """Reads, splits and scales."""
    place = folder(data)
    train, _ = divide(read(place / TRAIN_FILE), labels)
    assert len(train) == 97_278, f"{len(train)} training rows"
    parts = test_parts(read(place / TEST_FILE), labels)
    x_train = train[FEATURES].to_numpy(np.float64)
    low, span = x_train.min(axis=0), np.ptp(x_train, axis=0)
    assert (span > 0).all(), "a constant column"
    inliers, outliers = parts["test_inliers"], parts["test_outliers"]
    x_test = pd.concat([inliers, outliers])[FEATURES].to_numpy(np.float64)
    return Split(
        x_train=np.ascontiguousarray((x_train - low) / span, dtype=np.float32),
        x_test=np.ascontiguousarray((x_test - low) / span, dtype=np.float32),
        y_test=np.arange(len(x_test)) >= len(inliers),
    )


def published_bytes(part: pd.DataFrame, outlier: bool) -> bytes:
    """The CSV that the study published for a part."""
    table = part[FEATURES].assign(target=int(outlier))
    return table.to_csv(index=False, lineterminator="\n").encode()


def main() -> None:
    data = sys.argv[1] if len(sys.argv) > 1 else None
    split = load(data)
    print(f"train {split.x_train.shape}, test {split.x_test.shape}, outliers {split.y_test.sum()}")
    table = read(folder(data) / TEST_FILE)
    test_parts(table, "corrected")
    print("row numbers agree for published and corrected labels")
    parts, wrong = test_parts(table, "published"), []
    for name, digest in CSV_DIGESTS.items():
        content = published_bytes(parts[name], name.endswith("outliers"))
        same = hashlib.sha256(content).hexdigest() == digest
        print(f"{name}: {len(parts[name])} rows, {'the published bytes' if same else 'OTHER BYTES'}")
        wrong += [] if same else [name]
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
