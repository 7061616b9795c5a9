"""Keras (tf_keras, the one of the study): autoencoder, VAE, BiGAN and seq2seq as published.

Graph mode, `fit` on arrays, the legacy Adam: what a user of the study's code runs today. Two
things differ from the study, both in the scoring. The BiGAN's score leaves out
the constant that knew the label, and the seq2seq decoder writes all rows at once, not one by one.
"""

import measure

MODELS = ["ae", "vae", "bigan", "seq2seq"]
ARGS = measure.arguments("keras", MODELS)

import os  # noqa: E402  (after the number of threads is set)

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import time  # noqa: E402

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras as keras  # noqa: E402
from tf_keras import layers  # noqa: E402

tf.get_logger().setLevel("ERROR")
tf.config.threading.set_intra_op_parallelism_threads(ARGS.threads)
tf.config.threading.set_inter_op_parallelism_threads(ARGS.threads)
FEATURES = 18
SCORING_BATCH = 2048


def adam():
    return keras.optimizers.legacy.Adam(learning_rate=0.01)


def begin(settings):
    keras.backend.clear_session()
    keras.utils.set_random_seed(settings.seed)


class EpochClock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.start)


def fitted(model, inputs, targets, batch, epochs, score):
    clock = EpochClock()
    model.fit(inputs, targets, batch_size=batch, epochs=epochs, shuffle=True, verbose=0, callbacks=[clock])
    return measure.Fit(score, clock.seconds, epochs)


def squared_error(x, y):
    return ((x - y) ** 2).mean(axis=1)


def rebuild(model, x):
    return model.predict(x, batch_size=SCORING_BATCH, verbose=0)


def decoder_layers(z):
    hidden = layers.Dense(15, activation="relu")(layers.Dense(7, activation="relu")(z))
    return layers.Dense(FEATURES, activation="sigmoid")(hidden)


def ae(split, settings):
    begin(settings)
    x = keras.Input((FEATURES,))
    hidden = layers.Dense(7, activation="relu")(layers.Dense(15, activation="relu")(x))
    model = keras.Model(x, decoder_layers(layers.Dense(2)(hidden)))
    model.compile(adam(), loss="mse")
    train, epochs = split.x_train, settings.epochs or 14
    return fitted(model, train, train, 128, epochs, lambda rows: squared_error(rows, rebuild(model, rows)))


class Sample(layers.Layer):
    """z ~ N(mean, exp(log_var)), in scoring too."""

    def call(self, inputs):
        mean, log_var = inputs
        return mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))


def vae(split, settings):
    begin(settings)
    x = keras.Input((FEATURES,))
    hidden = layers.Dense(7, activation="relu")(layers.Dense(15, activation="relu")(x))
    mean, log_var = layers.Dense(2)(hidden), layers.Dense(2)(hidden)
    y = decoder_layers(Sample()([mean, log_var]))
    model = keras.Model(x, y)
    divergence = -0.5 * tf.reduce_sum(1 + log_var - tf.square(mean) - tf.exp(log_var), axis=1)
    model.add_loss(tf.reduce_mean(tf.reduce_sum(tf.square(x - y), axis=1) + divergence))
    model.compile(adam())
    epochs = settings.epochs or 8
    return fitted(model, split.x_train, None, 128, epochs, lambda rows: squared_error(rows, rebuild(model, rows)))


def discriminator():
    z, x = keras.Input((2,)), keras.Input((FEATURES,))
    pair = layers.Concatenate()([layers.Dropout(0.2)(z), layers.Dropout(0.2)(x)])
    hidden = layers.Dropout(0.2)(layers.LeakyReLU(0.1)(layers.Dense(128)(pair)))
    return keras.Model([z, x], layers.Dense(1, activation="sigmoid")(hidden))


def bigan(split, settings):
    """The published 15 "epochs" are 15 single batches, and so is `--epochs` here.

    Discriminator and combined model share one Adam, whose step counter so rises by three a batch.
    """
    begin(settings)
    encoder = keras.Sequential([keras.Input((FEATURES,)), layers.Dense(128), layers.LeakyReLU(0.2), layers.Dense(2)])
    generator = keras.Sequential(
        [keras.Input((2,)), layers.Dense(128, activation="relu"), layers.Dense(FEATURES, activation="sigmoid")]
    )
    judge, shared = discriminator(), adam()
    judge.compile(shared, loss="binary_crossentropy")
    judge.trainable = False  # within the combined model only: `judge` itself is compiled already
    z, x = keras.Input((2,)), keras.Input((FEATURES,))
    both = keras.Model([z, x], [judge([z, generator(z)]), judge([encoder(x), x])])
    both.compile(shared, loss=["binary_crossentropy"] * 2)

    batches, size, seconds = settings.epochs or 15, 256, []
    real, made = np.ones((size, 1)), np.zeros((size, 1))
    draw = np.random.RandomState(settings.seed)
    for _ in range(batches):
        start = time.perf_counter()
        rows = split.x_train[draw.randint(0, len(split.x_train), size)]
        codes = draw.normal(size=(size, 2)).astype(np.float32)
        judge.train_on_batch([encoder.predict_on_batch(rows), rows], real)
        judge.train_on_batch([codes, generator.predict_on_batch(codes)], made)
        both.train_on_batch([codes, rows], [real, made])
        seconds.append(time.perf_counter() - start)

    def score(rows):
        return np.abs(rows - rebuild(generator, rebuild(encoder, rows))).sum(axis=1)

    return measure.Fit(score, seconds, batches)


def seq2seq(split, settings):
    """Teacher forcing on the row; the target is the row rolled one step left, so that it wraps."""
    begin(settings)
    row, fed = keras.Input((FEATURES, 1)), keras.Input((None, 1))
    encode = layers.Bidirectional(layers.LSTM(10, return_state=True, dropout=0.2))
    _, ahead_h, ahead_c, back_h, back_c = encode(row)
    states = [layers.Concatenate()([ahead_h, back_h]), layers.Concatenate()([ahead_c, back_c])]
    decode = layers.LSTM(20, return_sequences=True, return_state=True, dropout=0.2)
    to_value = layers.Dense(1, activation="sigmoid")
    model = keras.Model([row, fed], to_value(decode(fed, initial_state=states)[0]))
    model.compile(adam(), loss="mse")

    @tf.function(reduce_retracing=True)
    def write(rows):
        """All rows at once, step by step, from their first value and then its own outputs."""
        _, ahead_h, ahead_c, back_h, back_c = encode(rows)
        state = [tf.concat([ahead_h, back_h], 1), tf.concat([ahead_c, back_c], 1)]
        value, written = rows[:, 0], [rows[:, 0]]
        for _ in range(FEATURES - 1):
            hidden, state = decode.cell(value, state, training=False)
            value = to_value(hidden)
            written.append(value)
        return tf.concat(written, 1)

    train, epochs = split.x_train[:, :, None], settings.epochs or 40
    target = np.roll(train, -1, axis=1)
    return fitted(
        model, [train, train], target, 256, epochs,
        lambda rows: squared_error(rows, write(tf.constant(rows[:, :, None])).numpy()),
    )


JOBS = {"ae": ae, "vae": vae, "bigan": bigan, "seq2seq": seq2seq}

if __name__ == "__main__":
    measure.run("keras", JOBS, ARGS)
