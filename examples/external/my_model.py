"""A detector of your own for oddbench. Needs Python 3 and no package.

Change the class `Model`. The rest talks to oddbench and can stay as it is; docs/EXTERNAL.md describes what they say
to each other. Then:

    oddbench check --contract my_model.toml     does it keep what every detector must keep?
    oddbench run my_model.toml                  how good is it? The run ends with a report.
"""

import csv
import json
import math
import sys
import time


class Model:
    """Scores a row by its distance from the mean of the training rows, each column measured by its own spread."""

    def __init__(self, params, seed, threads):
        """`params` are those of the experiment file. Draw every random number from `seed`."""
        self.power = params.get("power", 2)

    def fit(self, rows):
        """Learns from the training rows, a list of lists of numbers. It gets no labels."""
        self.means, self.spreads = [], []
        for column in zip(*rows):
            mean = sum(column) / len(column)
            spread = math.sqrt(sum((value - mean) ** 2 for value in column) / len(column))
            self.means.append(mean)
            self.spreads.append(spread or 1.0)  # a column that never varies

    def score(self, rows):
        """Returns one number for each row, in their order. The higher the number, the more anomalous the row."""
        return [self.distance(row) for row in rows]

    def distance(self, row):
        parts = (abs(value - mean) / spread for value, mean, spread in zip(row, self.means, self.spreads))
        return sum(part**self.power for part in parts)


def read(path):
    """The rows of a CSV file. With numpy: np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)"""
    with open(path, newline="") as file:
        lines = csv.reader(file)
        next(lines)  # the names of the columns: x1, x2, ...
        return [[float(value) for value in line] for line in lines]


def main():
    with open("trial.json") as file:
        trial = json.load(file)
    model = Model(trial["params"], trial["seed"], trial["threads"])
    columns = None
    # These versions stand in the report. Add those of the packages that you use.
    print("@version python", sys.version.split()[0])
    for line in sys.stdin:
        order, *files = line.split()
        rows = read(files[0])
        started = time.perf_counter()
        if order == "fit":
            columns = len(rows[0])
            model.fit(rows)
            print("@seconds", time.perf_counter() - started)
        else:
            if len(rows[0]) != columns:
                sys.exit(f"fitted on {columns} columns, got {len(rows[0])}")
            scores = model.score(rows)
            print("@seconds", time.perf_counter() - started)
            with open(files[1], "w") as file:
                file.writelines(f"{score!r}\n" for score in scores)
        print("@done")


main()
