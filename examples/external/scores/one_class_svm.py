"""Scores for oddbench with pandas and scikit-learn: a one-class SVM.

    oddbench data export --experiment kdd99.toml out/kdd99
    python3 one_class_svm.py out/kdd99
"""
import sys

import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import OneClassSVM

folder = sys.argv[1]
train = pd.read_csv(f"{folder}/train_inliers.csv").drop(columns="target")
model = make_pipeline(MinMaxScaler(), OneClassSVM(kernel="rbf", gamma=0.5, nu=0.0001, tol=1e-7)).fit(train)

rows = pd.read_csv(f"{folder}/to_score.csv", index_col="row_id")
scores = pd.Series(-model.decision_function(rows[train.columns]), rows.index, name="score")
scores.to_csv(f"{folder}/scores.csv")
