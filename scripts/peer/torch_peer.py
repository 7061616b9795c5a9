"""PyTorch: the study's autoencoder, variational autoencoder and seq2seq with nn.LSTM.

Written to be quick: the training rows stay one tensor, an epoch is a permutation of it, and Adam
updates all parameters in one call. One thread by default, the quicker choice for networks this
small; `--threads` changes it.
"""

import measure

MODELS = ["ae", "vae", "seq2seq"]
ARGS = measure.arguments("torch", MODELS, threads=1)

import time  # noqa: E402  (after the number of threads is set)

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

torch.set_num_threads(ARGS.threads)
FEATURES = 18


def dense(*widths, last=None):
    """Dense layers with ReLU between them and `last` at the end; initialised as Keras does."""
    layers = []
    for fan_in, fan_out in zip(widths, widths[1:]):
        layer = nn.Linear(fan_in, fan_out)
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
        layers += [layer, nn.ReLU()]
    layers[-1] = last or nn.Identity()
    return nn.Sequential(*layers)


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = dense(FEATURES, 15, 7, 2)
        self.decoder = dense(2, 7, 15, FEATURES, last=nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))

    def loss(self, x):
        return F.mse_loss(self(x), x)

    def score(self, x):
        return (self(x) - x).square().mean(dim=1)


class VariationalAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(dense(FEATURES, 15, 7), nn.ReLU())
        self.z_mean = dense(7, 2)
        self.z_log_var = dense(7, 2)
        self.decoder = dense(2, 7, 15, FEATURES, last=nn.Sigmoid())

    def forward(self, x):
        hidden = self.encoder(x)
        mean, log_var = self.z_mean(hidden), self.z_log_var(hidden)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        return self.decoder(z), mean, log_var

    def loss(self, x):
        """Number of features times the squared error, plus the divergence; mean over rows."""
        y, mean, log_var = self(x)
        divergence = -0.5 * (1 + log_var - mean.square() - log_var.exp()).sum(dim=1)
        return ((y - x).square().sum(dim=1) + divergence).mean()

    def score(self, x):
        """The error of one sampled reconstruction."""
        return (self(x)[0] - x).square().mean(dim=1)


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(1, 10, bidirectional=True, batch_first=True)
        self.decoder = nn.LSTM(1, 20, batch_first=True)
        self.output = nn.Linear(20, 1)
        self.drop = nn.Dropout(0.2)

    def encode(self, x):
        """The states of both directions, side by side, for the decoder to start from."""
        _, states = self.encoder(self.drop(x))
        return tuple(torch.cat(tuple(state), dim=1)[None] for state in states)

    def loss(self, rows):
        """Teacher forcing: each step is fed a value and is to say the next; the last, the first."""
        x = rows[:, :, None]
        hidden, _ = self.decoder(self.drop(x), self.encode(x))
        return F.mse_loss(torch.sigmoid(self.output(hidden)), x.roll(-1, dims=1))

    def score(self, rows):
        """Writes all rows at once, step by step, from their first value and then its own outputs."""
        state, value = self.encode(rows[:, :, None]), rows[:, :1]
        written = [value]
        for _ in range(FEATURES - 1):
            hidden, state = self.decoder(value[:, None], state)
            value = torch.sigmoid(self.output(hidden[:, 0]))
            written.append(value)
        return (torch.cat(written, dim=1) - rows).square().mean(dim=1)


def trained(network, batch, published_epochs):
    """A job that trains a network with Adam at 0.01 on shuffled batches."""

    def job(split, settings):
        torch.manual_seed(settings.seed)
        model, x = network(), torch.from_numpy(split.x_train)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01, eps=1e-7, foreach=True)
        epochs, seconds = settings.epochs or published_epochs, []
        for _ in range(epochs):
            start = time.perf_counter()
            for rows in torch.randperm(len(x)).split(batch):
                optimizer.zero_grad(set_to_none=True)
                model.loss(x[rows]).backward()
                optimizer.step()
            seconds.append(time.perf_counter() - start)
        model.eval()

        @torch.inference_mode()
        def score(rows):
            return model.score(torch.from_numpy(rows)).numpy()

        return measure.Fit(score, seconds, epochs)

    return job


JOBS = {
    "ae": trained(Autoencoder, batch=128, published_epochs=14),
    "vae": trained(VariationalAutoencoder, batch=128, published_epochs=8),
    "seq2seq": trained(Seq2Seq, batch=256, published_epochs=40),
}

if __name__ == "__main__":
    measure.run("torch", JOBS, ARGS)
