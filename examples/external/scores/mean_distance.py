"""Scores for oddbench without any package: the distance from the mean of the training rows.

    oddbench data export --experiment first.toml out
    python3 mean_distance.py out
"""
import csv, math, sys

folder = sys.argv[1]

def read(name):
    with open(f"{folder}/{name}", newline="") as file:
        return list(csv.DictReader(file))

train, rows = read("train_inliers.csv"), read("to_score.csv")
columns = [name for name in rows[0] if name != "row_id"]

def values(row):
    return [float(row[name]) for name in columns]

mean = [sum(column) / len(train) for column in zip(*map(values, train))]
with open(f"{folder}/scores.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["row_id", "score"])
    writer.writerows([row["row_id"], math.dist(values(row), mean)] for row in rows)
