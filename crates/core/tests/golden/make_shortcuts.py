"""Writes shortcuts.json beside itself: what single columns tell of the labels of test rows, and the runs of
their labels, from scikit-learn, SciPy and formulas written a second time.

The one-rule classifier follows Holte (1993): sorted values are cut where the majority changes, once an interval
has six rows of its majority, and neighbours of one majority are joined. A row weighs one over the number of
rows of its class.

Made with Python 3.11, NumPy 2.4.6, SciPy 1.17.1, scikit-learn 1.9.1:
    python make_shortcuts.py
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.optimize import brentq
from scipy.stats import binomtest, norm
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score

Z = norm.ppf(0.975)
SMALL = 6


def columns(rng, label):
    """Columns of one part: measurements, ties, both tails, gaps."""
    n = len(label)
    side = np.where(rng.random(n) < 0.5, 1, -1)
    gaps = rng.normal(label, 1)
    gaps[rng.random(n) < np.where(label, 0.3, 0.05)] = np.nan
    return {
        "shifted": rng.normal(label, 1),
        "falls": rng.normal(-1.5 * label, 2),
        "tied": rng.integers(0, 5, n) + label * rng.integers(0, 3, n),
        "tails": np.where(label, 3 * side, 0) + rng.normal(0, 1, n),
        "gaps": gaps,
        "constant": np.full(n, 7.0),
    }


def categories(rng, label):
    """A category whose values lean to either side; some occur in one part only."""
    names = np.array(["tcp", "udp", "icmp", "gre", "ipv6"])
    inlier, outlier = [0.5, 0.3, 0.1, 0.06, 0.04], [0.2, 0.2, 0.5, 0.05, 0.05]
    return names[[rng.choice(5, p=outlier if one else inlier) for one in label]]


def area_interval(area, m, n):
    """Newcombe 2006, part 2, method 5."""

    def reach(truth):
        more = (m + n) / 2 - 1
        pairs = 1 + more * ((1 - truth) / (2 - truth) + truth / (1 + truth))
        return Z * np.sqrt(truth * (1 - truth) * pairs / (m * n))

    low = brentq(lambda truth: area - truth - reach(truth), 1e-12, area, xtol=1e-15)
    high = brentq(lambda truth: truth - area - reach(truth), area, 1 - 1e-12, xtol=1e-15)
    return [low, high]


def balanced_interval(right_out, m, right_in, n):
    """Wilson's intervals from SciPy, squared and added."""
    ends = [binomtest(int(k), int(of)).proportion_ci(method="wilson") for k, of in [(right_out, m), (right_in, n)]]
    shares = [right_out / m, right_in / n]
    low = np.hypot(*[share - end.low for share, end in zip(shares, ends)]) / 2
    high = np.hypot(*[end.high - share for share, end in zip(shares, ends)]) / 2
    return [np.mean(shares) - low, np.mean(shares) + high]


def one_rule(value, label):
    """A function that calls values, and how many intervals it has."""
    weight = np.where(label, 1 / label.sum(), 1 / (~label).sum())
    known = ~np.isnan(value)
    missing = weight[~known & label].sum() > weight[~known & ~label].sum()
    distinct = np.unique(value[known])
    rows = [[(known & (value == one) & (label == side)).sum() for side in (False, True)] for one in distinct]
    totals = np.array([(~label).sum(), label.sum()])

    def leans(counts):
        return counts[1] * totals[0] > counts[0] * totals[1]

    parts, now = [], None
    for one, counts in zip(distinct, map(np.array, rows)):
        if now is None:
            now = [counts, [one]]
        elif now[0][int(leans(now[0]))] >= SMALL and leans(now[0]) != leans(counts):
            parts.append(now)
            now = [counts, [one]]
        else:
            now = [now[0] + counts, now[1] + [one]]
    if parts and now[0][int(leans(now[0]))] < SMALL:
        parts[-1] = [parts[-1][0] + now[0], parts[-1][1] + now[1]]
    else:
        parts.append(now)
    joined = []
    for counts, values in parts:
        if joined and joined[-1][0] == leans(counts):
            joined[-1][1].extend(values)
        else:
            joined.append([leans(counts), list(values)])
    cuts = [(a[1][-1] + b[1][0]) / 2 for a, b in zip(joined, joined[1:])]
    called = np.array([bool(part[0]) for part in joined])
    call = lambda x: np.where(np.isnan(x), missing, called[np.searchsorted(cuts, x, side="left")])
    return call, len(joined)


def numbers(learn, learned, judge, judged):
    """Direction, rule and figures of a column of numbers."""
    known = ~np.isnan(learn)
    share = lambda mask: (mask & learned).sum() * (~learned).sum() > (mask & ~learned).sum() * learned.sum()
    odd = share(~known)

    def scores(value, sign):
        end = np.inf if odd else -np.inf
        return np.where(np.isnan(value), end, sign * value)

    finite = lambda score: np.clip(score, -1e9, 1e9)
    sign = 1 if roc_auc_score(learned, finite(scores(learn, 1))) >= 0.5 else -1
    area = roc_auc_score(judged, finite(scores(judge, sign)))
    call, parts = one_rule(learn, learned)
    return area, call(judge), parts


def texts(learn, learned, judge, judged):
    """The same of categories."""
    base = learned.mean()
    shares = {one: (learned[learn == one].sum() + 2 * base) / ((learn == one).sum() + 2) for one in set(learn)}
    area = roc_auc_score(judged, [shares.get(one, base) for one in judge])
    lean = lambda one: learned[learn == one].sum() * (~learned).sum() > (~learned[learn == one]).sum() * learned.sum()
    called = np.array([one in shares and bool(lean(one)) for one in judge])
    return area, called, len(shares)


def runs(label):
    a, b = float(label.sum()), float((~label).sum())
    count = 1 + int((label[1:] != label[:-1]).sum())
    mean = 2 * a * b / (a + b) + 1
    variance = (mean - 1) * (mean - 2) / (a + b - 1)
    return {"runs": count, "expected": mean, "z": (count - mean) / np.sqrt(variance)}


def main():
    rng = np.random.default_rng(15)
    label = rng.random(900) < 0.3
    # Bursts: labels follow the rows before them.
    for row in range(1, 900):
        if rng.random() < 0.5:
            label[row] = label[row - 1]
    learn, judge = np.arange(0, 400), np.arange(400, 900)
    found = columns(rng, label)
    category = categories(rng, label)
    category[judge[3]] = "sctp"
    figures = {}
    for name, value in [*found.items(), ("category", category)]:
        of = texts if name == "category" else numbers
        area, called, parts = of(value[learn], label[learn], value[judge], label[judge])
        truth = label[judge]
        m, n = int(truth.sum()), int((~truth).sum())
        figures[name] = {
            "roc_auc": area,
            "roc_auc_interval": area_interval(area, m, n),
            "balanced_accuracy": balanced_accuracy_score(truth, called),
            "interval": balanced_interval((called & truth).sum(), m, (~called & ~truth).sum(), n),
            "f1": f1_score(truth, called),
            "parts": parts,
        }
    golden = {
        "made_with": f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}",
        "labels": label.tolist(),
        "learn": len(learn),
        "numbers": {k: [None if np.isnan(x) else float(x) for x in v] for k, v in found.items()},
        "category": category.tolist(),
        "figures": figures,
        "order": runs(label[judge]),
    }
    path = Path(__file__).with_name("shortcuts.json")
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
