"""PyTorch on a GPU: seconds of an epoch of the study's networks, one or many of them at once.

The twin of `cargo run --release -p oddbench-kernels --example epochs -- format=csv`: the same shapes, batches and
numbers of rows, and the same columns on standard output, a file of measured epochs that an experiment can name in
`[report] measured_epochs`.

    python3 scripts/peer/torch_gpu_peer.py > epochs-torch.csv
    python3 scripts/peer/torch_gpu_peer.py --networks autoencoder --models 1,8 --rows 2000 --device cpu

Many models at once are batched products: every parameter has the number of models as its first dimension. Two engines:

- `pytorch eager` runs each step as Python writes it;
- `pytorch cuda graph` records a step once and replays it for each batch. It needs a CUDA device.

Rows are random numbers, because only the shapes decide the time. The first epoch is left out, and the median of the
others counts. Noise, codes and dropout are drawn on the device, which is cheaper than what oddbench does: it sends them.
"""

import argparse
import csv
import statistics
import sys
import time

import torch
from torch.nn import functional as F

FEATURES = 18
LATENT = 2


class Parameters:
    """The parameters of so many models: each tensor has the models as its first dimension."""

    def __init__(self, models, device):
        self.models, self.device, self.all = models, device, []

    def new(self, *shape):
        scale = (sum(shape[-2:]) / 6.0) ** -0.5
        values = (torch.rand(self.models, *shape, device=self.device) * 2 - 1) * scale
        self.all.append(values.requires_grad_())
        return self.all[-1]

    def dense(self, n_in, n_out):
        return self.new(n_in, n_out), self.new(1, n_out)

    def stack(self, *widths):
        return [self.dense(n_in, n_out) for n_in, n_out in zip(widths, widths[1:])]


def apply(layer, x):
    """A dense layer of each model on its own rows: [models, rows, features]."""
    weights, bias = layer
    return torch.baddbmm(bias, x, weights)


def forward(layers, x, hidden, last):
    for layer in layers[:-1]:
        x = hidden(apply(layer, x))
    return last(apply(layers[-1], x))


def linear(x):
    return x


def leaky(slope):
    return lambda x: F.leaky_relu(x, slope)


def squared(y, x):
    """The mean over rows and features, added up over models: no model's gradient depends on another."""
    return (y - x).square().mean(dim=(1, 2)).sum()


class Autoencoder:
    batch = 128

    def __init__(self, parameters):
        self.encoder = parameters.stack(FEATURES, 15, 7, LATENT)
        self.decoder = parameters.stack(LATENT, 7, 15, FEATURES)
        self.groups = [parameters.all]

    def losses(self, x):
        code = forward(self.encoder, x, leaky(0.2), linear)
        yield squared(forward(self.decoder, code, leaky(0.2), torch.sigmoid), x)


class Vae:
    batch = 128

    def __init__(self, parameters):
        self.encoder = parameters.stack(FEATURES, 15, 7, 2 * LATENT)
        self.decoder = parameters.stack(LATENT, 7, 15, FEATURES)
        self.groups = [parameters.all]

    def losses(self, x):
        mean, log_var = forward(self.encoder, x, leaky(0.2), linear).split(LATENT, dim=2)
        code = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        y = forward(self.decoder, code, leaky(0.2), torch.sigmoid)
        divergence = -0.5 * (1 + log_var - mean.square() - log_var.exp()).sum(dim=2)
        yield squared(y, x) + 0.1 * divergence.mean(dim=1).sum()


class Bigan:
    batch = 256

    def __init__(self, parameters):
        self.encoder = parameters.stack(FEATURES, 128, LATENT)
        self.generator = parameters.stack(LATENT, 128, FEATURES)
        both = len(parameters.all)
        self.discriminator = parameters.stack(FEATURES + LATENT, 128, 1)
        self.groups = [parameters.all[both:], parameters.all[:both]]

    def judged(self, x, code):
        pair = F.dropout(torch.cat((x, code), dim=2), 0.2)
        hidden = F.dropout(F.leaky_relu(apply(self.discriminator[0], pair), 0.1), 0.2)
        return apply(self.discriminator[1], hidden)

    def both(self, x):
        """Rows with their codes, and rows made from random codes."""
        code = torch.rand(*x.shape[:2], LATENT, device=x.device)
        encoded = forward(self.encoder, x, leaky(0.2), linear)
        made = forward(self.generator, code, torch.relu, torch.sigmoid)
        return (x, encoded), (made, code)

    def losses(self, x):
        """First the discriminator's step, then that of encoder and generator, with the reconstruction's error."""
        with torch.no_grad():
            real, made = self.both(x)
        one = lambda pair, target: F.softplus(self.judged(*pair) * (1 - 2 * target)).mean(dim=(1, 2)).sum()
        yield one(real, 1) + one(made, 0)
        real, made = self.both(x)
        again = forward(self.generator, real[1], torch.relu, torch.sigmoid)
        yield one(real, 0) + one(made, 1) + 100.0 * squared(again, x)


class Seq2Seq:
    batch = 256
    UNITS = 10

    def __init__(self, parameters):
        cell = lambda units: (parameters.new(1, 4 * units), parameters.new(units, 4 * units), parameters.new(1, 4 * units))
        self.directions = [cell(self.UNITS), cell(self.UNITS)]
        self.decoder, self.output = cell(2 * self.UNITS), parameters.dense(2 * self.UNITS, 1)
        self.groups = [parameters.all]

    def step(self, cell, value, state):
        inward, recurrent, bias = cell
        hidden, kept = state
        gates = torch.baddbmm(bias, hidden, recurrent) + value * inward
        enter, forget, content, leave = gates.chunk(4, dim=2)
        kept = torch.sigmoid(forget) * kept + torch.sigmoid(enter) * torch.tanh(content)
        return torch.sigmoid(leave) * torch.tanh(kept), kept

    def encode(self, cell, x, steps):
        state = (x.new_zeros(*x.shape[:2], self.UNITS),) * 2
        for at in steps:
            state = self.step(cell, x[:, :, at : at + 1], state)
        return state

    def losses(self, x):
        seen = F.dropout(x, 0.2)
        ahead = self.encode(self.directions[0], seen, range(FEATURES))
        back = self.encode(self.directions[1], seen, reversed(range(FEATURES)))
        state = tuple(torch.cat(pair, dim=2) for pair in zip(ahead, back))
        value, written = x[:, :, :1], []
        for _ in range(FEATURES):
            state = self.step(self.decoder, value, state)
            value = torch.sigmoid(apply(self.output, state[0]))
            written.append(value)
        yield squared(torch.cat(written, dim=2), x)


NETWORKS = {"autoencoder": Autoencoder, "vae": Vae, "bigan": Bigan, "seq2seq": Seq2Seq}


class Training:
    """So many models of one network, with an optimiser for each group of parameters."""

    def __init__(self, network, models, rows, batch, device):
        parameters = Parameters(models, device)
        self.network, self.batch = network(parameters), batch
        self.x = torch.rand(rows, FEATURES, device=device)
        self.models, self.device = models, device
        options = {"lr": 0.001, "eps": 1e-7, "foreach": True, "capturable": device.type == "cuda"}
        self.optimizers = [torch.optim.Adam(group, **options) for group in self.network.groups]

    def step(self, rows):
        """Every group in turn, on the rows of each model: [models, batch]."""
        losses = self.network.losses(self.x[rows])
        for optimizer, group in zip(self.optimizers, self.network.groups):
            gradients = torch.autograd.grad(next(losses), group)
            for values, gradient in zip(group, gradients):
                values.grad = gradient
            optimizer.step()

    def order(self):
        """The rows of each batch, in an order of its own for each model. The last batch is left out if it is short."""
        whole = len(self.x) // self.batch * self.batch
        keys = torch.rand(self.models, len(self.x), device=self.device)
        return keys.argsort(dim=1)[:, :whole].split(self.batch, dim=1)


def eager(training):
    return training.step


def cuda_graph(training):
    """A step that is recorded once; the rows are copied to where the recording reads them."""
    rows = training.order()[0].clone()
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            training.step(rows)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        training.step(rows)

    def step(of_batch):
        rows.copy_(of_batch)
        graph.replay()

    return step


def finish(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def seconds_of_an_epoch(training, engine, epochs):
    step, seconds = engine(training), []
    for _ in range(epochs):
        batches = training.order()
        finish(training.device)
        start = time.perf_counter()
        for rows in batches:
            step(rows)
        finish(training.device)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    numbers = lambda text: [int(part) for part in text.split(",")]
    parser.add_argument("--networks", default=",".join(NETWORKS), help="separated by commas")
    parser.add_argument("--models", type=numbers, default=[1, 8, 132, 264, 1000], help="at once, separated by commas")
    parser.add_argument("--rows", type=int, default=97_278)
    parser.add_argument("--batch", type=int, help="rows of a step; default: the study's")
    parser.add_argument("--epochs", type=int, default=3, help="at least 2")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--most-seconds", type=float, default=60.0, help="leave out greater numbers of models after this")
    return parser.parse_args()


def main():
    settings = arguments()
    unknown = set(settings.networks.split(",")) - NETWORKS.keys()
    if unknown:
        sys.exit(f"there is no network {sorted(unknown)}; there are {', '.join(NETWORKS)}")
    device = torch.device(settings.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        sys.exit("PyTorch finds no CUDA device; --device cpu measures the processor")
    engines = {"pytorch eager": eager}
    if device.type == "cuda":
        engines["pytorch cuda graph"] = cuda_graph
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "processor"
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(["network", "engine", "device", "batch", "rows", "models", "seconds"])
    for network in settings.networks.split(","):
        batch = settings.batch or NETWORKS[network].batch
        for engine, start in engines.items():
            for models in settings.models:
                torch.manual_seed(1)
                training = Training(NETWORKS[network], models, settings.rows, batch, device)
                try:
                    took = seconds_of_an_epoch(training, start, max(settings.epochs, 2))
                except torch.OutOfMemoryError as error:
                    print(f"{network}, {engine}, {models} models: {error}", file=sys.stderr)
                    break
                lines.writerow([network, engine, name, batch, settings.rows, models, f"{took:.6f}"])
                sys.stdout.flush()
                if took > settings.most_seconds:
                    break


if __name__ == "__main__":
    main()
