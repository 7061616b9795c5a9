"""A PyTorch autoencoder as an external model of oddbench: the twin of its own kind `autoencoder`.

    [[model]]
    name = "AE (PyTorch)"
    kind = "external"
    command = ["python3", "torch_autoencoder.py"]
    files = ["torch_autoencoder.py"]
    params = { epochs = 14, learning_rate = 0.01 }

The parameters have the names and the meanings that `oddbench models autoencoder` shows. Those that are left
out are of its preset `published`. Needs torch, and pyarrow unless the experiment says `format = "csv"`.
"""

import itertools
import json
import sys
import time

import numpy as np
import torch
from torch import nn

PUBLISHED = {
    "hidden": [15, 7],  # widths of the encoder; the decoder mirrors them
    "latent": 2,  # width of the bottleneck, which is linear
    "activation": "relu",  # of the hidden layers
    "output": "sigmoid",  # for columns that are scaled to [0, 1]; "linear" for others
    "init": "glorot-uniform",
    "learning_rate": 0.01,
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-7,
    "batch_size": 128,
    "epochs": 14,
}

ACTIVATIONS = {
    "linear": nn.Identity,
    "relu": nn.ReLU,
    "leaky-relu": lambda: nn.LeakyReLU(0.2),
    "elu": nn.ELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}

INITS = {
    "glorot-uniform": nn.init.xavier_uniform_,
    "he-uniform": lambda weight: nn.init.kaiming_uniform_(weight, nonlinearity="relu"),
}


def read(path):
    """The rows of a file as a matrix of 32-bit floats."""
    if path.endswith(".csv"):
        return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2, dtype=np.float32)
    # pyarrow's read_table and to_numpy import pandas if it is there, which takes longer than to read the rows.
    from pyarrow.parquet import ParquetFile

    [rows] = ParquetFile(path).read().combine_chunks().to_batches()
    return rows.to_tensor().to_numpy()


def fail(why):
    """Ends the trial with a message."""
    print("@error", why)
    sys.exit(1)


def stack(widths, init, hidden, last):
    """Dense layers with an activation after each; biases begin at zero."""
    layers = []
    for n_in, n_out in itertools.pairwise(widths):
        layer = nn.Linear(n_in, n_out)
        INITS[init](layer.weight)
        nn.init.zeros_(layer.bias)
        layers += [layer, ACTIVATIONS[hidden]()]
    layers[-1] = ACTIVATIONS[last]()
    return nn.Sequential(*layers)


def network(columns, p):
    """Encoder and decoder in one stack."""
    down = [columns, *p["hidden"], p["latent"]]
    encoder = stack(down, p["init"], p["activation"], "linear")
    return encoder.extend(stack(down[::-1], p["init"], p["activation"], p["output"]))


def optimiser(model, p):
    """Adam, which updates all weights in one call."""
    betas = (p["beta_1"], p["beta_2"])
    return torch.optim.Adam(model.parameters(), lr=p["learning_rate"], betas=betas, eps=p["epsilon"], fused=True)


def train(model, adam, x, p):
    """Minimises the mean squared error on batches that every epoch draws anew."""
    for epoch in range(1, p["epochs"] + 1):
        for rows in torch.randperm(len(x)).split(p["batch_size"]):
            batch = x[rows]
            loss = nn.functional.mse_loss(model(batch), batch)
            adam.zero_grad()
            loss.backward()
            adam.step()
        if not torch.isfinite(loss):
            fail(f"the loss is {loss.item()} after epoch {epoch}: lower learning_rate, or scale the columns")


@torch.inference_mode()
def anomaly_scores(model, x):
    """Mean over the columns of the squared error of the row as the network rebuilds it."""
    errors = [(model(rows) - rows).square().mean(dim=1, dtype=torch.float64) for rows in x.split(65_536)]
    return torch.cat(errors).tolist()


def main():
    with open("trial.json") as file:
        trial = json.load(file)
    unknown = sorted(set(trial["params"]) - set(PUBLISHED))
    if unknown:
        fail(f"unknown parameters: {', '.join(unknown)}; there are {', '.join(PUBLISHED)}")
    params = PUBLISHED | trial["params"]
    torch.set_num_threads(trial["threads"])
    torch.manual_seed(trial["seed"])
    print("@version python", sys.version.split()[0])
    print("@version torch", torch.__version__)
    model, columns = None, None
    for line in sys.stdin:
        order, *files = line.split()
        x = torch.from_numpy(read(files[0]))
        if order == "fit":
            columns = x.shape[1]
            if params["output"] == "sigmoid" and not (0 <= x.min() and x.max() <= 1):
                print(f"@note the output is a sigmoid, but training values reach from {x.min():g} to {x.max():g}")
            model = network(columns, params)
            # The first optimiser makes torch import its compiler. That takes seconds and is no training.
            adam = optimiser(model, params)
            started = time.perf_counter()
            train(model, adam, x, params)
            print("@seconds", time.perf_counter() - started)
        else:
            if x.shape[1] != columns:
                fail(f"fitted on {columns} columns, got {x.shape[1]}")
            started = time.perf_counter()
            scores = anomaly_scores(model, x)
            print("@seconds", time.perf_counter() - started)
            with open(files[1], "w") as file:
                file.writelines(f"{score!r}\n" for score in scores)
        print("@done")


main()
