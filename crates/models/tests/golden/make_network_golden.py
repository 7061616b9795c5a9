"""Losses, gradients and a training step of the four networks, by PyTorch in double precision.

    python3 make_network_golden.py > networks.json     # torch 2.15.0, numpy 2.4.6

Weights and rows come from sines that the Rust tests compute alike, rounded to single precision on
both sides. Gradients and parameters are flat, in the order in which `crates/models` keeps them:
layer by layer, weights `[inputs][outputs]` before biases; of an LSTM the kernel, the recurrent kernel
and the bias, gates in the order i, f, g, o.
"""

import json

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

LEARNING_RATE = 0.01
ADAM = {"lr": LEARNING_RATE, "betas": (0.9, 0.999), "eps": 1e-7}

# The first eight draws of the VAE's noise in its Rust test, which asserts that they are these.
NOISE = [0.2522665, 1.0099735, 0.055093933, 0.11044316, -0.36435074, -0.37891784, 1.416953, 0.20599507]


def single(values):
    return torch.tensor(np.asarray(values, dtype=np.float64).astype(np.float32).astype(np.float64))


def weights(count, scale):
    return single(scale * np.sin(1.7 * np.arange(count) + 0.3))


def rows(n, d):
    return single(0.5 + 0.4 * np.sin(0.9 * np.arange(n * d))).reshape(n, d)


class Flat:
    """Hands out pieces of a flat vector."""

    def __init__(self, vector):
        self.vector, self.at = vector, 0

    def take(self, *shape):
        count = int(np.prod(shape))
        piece = self.vector[self.at : self.at + count].reshape(shape)
        self.at += count
        return piece

    def dense(self, n_in, n_out):
        kernel = self.take(n_in, n_out)
        bias = self.take(n_out)
        return lambda x: x @ kernel + bias


def stack(flat, widths, hidden, output):
    layers = [flat.dense(a, b) for a, b in zip(widths, widths[1:])]

    def forward(x):
        for layer in layers[:-1]:
            x = hidden(layer(x))
        return output(layers[-1](x))

    return forward


def identity(x):
    return x


def numbers(tensor):
    return [float(f"{v:.9g}") for v in tensor.detach().reshape(-1).tolist()]


def step(initial, loss_of):
    """Loss and gradient at the initial parameters, and the parameters after one step of Adam."""
    parameters = initial.clone().requires_grad_()
    optimizer = torch.optim.Adam([parameters], **ADAM)
    loss = loss_of(parameters)
    loss.backward()
    gradient = parameters.grad.clone()
    optimizer.step()
    return {
        "loss": loss.item(),
        "gradient": numbers(gradient),
        "parameters": numbers(parameters),
    }


def autoencoder():
    x = rows(8, 18)
    widths = [18, 15, 7, 2, 7, 15, 18]

    def loss(parameters):
        flat = Flat(parameters)
        encode = stack(flat, widths[:4], torch.relu, identity)
        decode = stack(flat, widths[3:], torch.relu, torch.sigmoid)
        assert flat.at == len(parameters)
        return F.mse_loss(decode(encode(x)), x)

    return step(weights(842, 0.5), loss)


def vae():
    x = rows(4, 18)
    noise = torch.tensor(NOISE).reshape(4, 2)

    def loss(parameters):
        flat = Flat(parameters)
        encode = stack(flat, [18, 15, 7, 4], torch.relu, identity)
        decode = stack(flat, [2, 7, 15, 18], torch.relu, torch.sigmoid)
        assert flat.at == len(parameters)
        heads = encode(x)
        mean, log_variance = heads[:, :2], heads[:, 2:]
        y = decode(mean + torch.exp(log_variance / 2) * noise)
        divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1)
        return (18 * ((y - x) ** 2).mean(1) + divergence).mean()

    return step(weights(858, 0.5), loss)


def bigan():
    """One batch of the published preset: three moves of one Adam with a common counter."""
    n, d, latent, hidden = 8, 18, 2, 128
    x = rows(n, d)
    z = single(np.cos(1.3 * np.arange(n * latent))).reshape(n, latent)

    def mask(count, at):
        # One in five is dropped, the others are scaled up.
        kept = (np.arange(n * count) + at) % 5 != 0
        return single(kept * np.float64(np.float32(1.25))).reshape(n, count)

    real = (mask(latent + d, 0), mask(hidden, 1))
    made = (mask(latent + d, 2), mask(hidden, 3))
    sizes = [18 * 128 + 128 + 128 * 2 + 2, 2 * 128 + 128 + 128 * 18 + 18, 20 * 128 + 128 + 128 + 1]
    boundary = sizes[0] + sizes[1]

    def networks(parameters):
        flat = Flat(parameters)
        leaky = lambda slope: lambda v: F.leaky_relu(v, slope)
        encoder = stack(flat, [d, hidden, latent], leaky(0.2), identity)
        generator = stack(flat, [latent, hidden, d], torch.relu, torch.sigmoid)
        features, verdict = flat.dense(latent + d, hidden), flat.dense(hidden, 1)
        assert flat.at == len(parameters)

        def judge(code, row, masks, target):
            h = F.leaky_relu(features(torch.cat([code, row], 1) * masks[0]), 0.1) * masks[1]
            logit = verdict(h)
            return F.binary_cross_entropy_with_logits(logit, torch.full_like(logit, target))

        return encoder, generator, judge

    def loss_real(parameters):
        encoder, _, judge = networks(parameters)
        return judge(encoder(x).detach(), x, real, 1.0)

    def loss_made(parameters):
        _, generator, judge = networks(parameters)
        return judge(z, generator(z).detach(), made, 0.0)

    def loss_both(parameters):
        encoder, generator, judge = networks(parameters)
        return judge(z, generator(z), made, 1.0) + judge(encoder(x), x, real, 0.0)

    parameters = weights(sum(sizes), 0.2)
    m, v = torch.zeros_like(parameters), torch.zeros_like(parameters)
    moves = [(loss_real, slice(boundary, None)), (loss_made, slice(boundary, None)), (loss_both, slice(0, boundary))]
    losses, smallest = [], torch.full_like(parameters, float("inf"))
    for t, (loss_of, part) in enumerate(moves, 1):
        at = parameters.clone().requires_grad_()
        loss = loss_of(at)
        loss.backward()
        g = at.grad[part]
        smallest[part] = torch.minimum(smallest[part], g.abs())
        m[part] = 0.9 * m[part] + 0.1 * g
        v[part] = 0.999 * v[part] + 0.001 * g**2
        root = (v[part] / (1 - 0.999**t)).sqrt()
        parameters[part] -= LEARNING_RATE * m[part] / (1 - 0.9**t) / (root + ADAM["eps"])
        losses.append(loss.item())
    # Every eleventh parameter: enough to catch any mistake, and a short file.
    every = slice(None, None, 11)
    return {
        "losses": losses,
        "every": 11,
        "parameters": numbers(parameters[every]),
        "smallest_gradient": numbers(smallest[every]),
    }


def seq2seq():
    """`nn.LSTM` with the published wiring: teacher forcing, target rolled by one, no dropout."""
    n, steps, units = 6, 18, 10
    x = rows(n, steps)
    initial = weights(2741, 0.4)

    layers = [torch.nn.LSTM(1, u, batch_first=True) for u in (units, units, 2 * units)]
    head = torch.nn.Linear(2 * units, 1)
    flat = Flat(initial)
    with torch.no_grad():
        for lstm in layers:
            u = lstm.hidden_size
            lstm.weight_ih_l0.copy_(flat.take(1, 4 * u).T)
            lstm.weight_hh_l0.copy_(flat.take(u, 4 * u).T)
            lstm.bias_ih_l0.copy_(flat.take(4 * u))
            # PyTorch adds two biases, Keras and oddbench have one.
            lstm.bias_hh_l0.zero_().requires_grad_(False)
        head.weight.copy_(flat.take(2 * units, 1).T)
        head.bias.copy_(flat.take(1))
    assert flat.at == len(initial)

    trained = [p for layer in [*layers, head] for p in layer.parameters() if p.requires_grad]

    def flatten(pick):
        pieces = []
        for lstm in layers:
            pieces += [pick(lstm.weight_ih_l0).T, pick(lstm.weight_hh_l0).T, pick(lstm.bias_ih_l0)]
        pieces += [pick(head.weight).T, pick(head.bias)]
        return torch.cat([p.reshape(-1) for p in pieces])

    optimizer = torch.optim.Adam(trained, **ADAM)
    forward, backward, decoder = layers
    _, (h_f, c_f) = forward(x.unsqueeze(2))
    _, (h_b, c_b) = backward(x.flip(1).unsqueeze(2))
    state = (torch.cat([h_f, h_b], 2), torch.cat([c_f, c_b], 2))
    out, _ = decoder(x.unsqueeze(2), state)
    y = torch.sigmoid(head(out)).squeeze(2)
    loss = F.mse_loss(y, x.roll(-1, 1))
    loss.backward()
    gradient = flatten(lambda p: p.grad).clone()
    optimizer.step()
    return {
        "loss": loss.item(),
        "gradient": numbers(gradient),
        "parameters": numbers(flatten(lambda p: p.data)),
    }


print(json.dumps({"autoencoder": autoencoder(), "vae": vae(), "bigan": bigan(), "seq2seq": seq2seq()}))
