"""The mechanisms of continual_privacy step by step in NumPy, with floating-point noise: what a script would do. Prints one JSON line a measured thing."""
import json
import time

import numpy as np

generator = np.random.default_rng(1)


def measure(name, work, repeats=3):
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    print(json.dumps({"name": name, "seconds": best}), flush=True)


def tree(horizon, rho=0.5):
    levels = horizon.bit_length()
    sigma = np.sqrt(levels / (2 * rho))
    nodes, noisy = np.zeros(levels), np.zeros(levels)
    out = np.empty(horizon)
    for t in range(1, horizon + 1):
        level = (t & -t).bit_length() - 1
        nodes[level] = nodes[:level].sum() + 1
        nodes[:level] = 0
        noisy[:level] = 0
        noisy[level] = nodes[level] + sigma * generator.standard_normal()
        out[t - 1] = noisy.sum()
    return out


def honaker(horizon, rho=0.5):
    levels = horizon.bit_length()
    sigma = np.sqrt(levels / (2 * rho))
    weight = np.ones(levels)
    for k in range(1, levels):
        weight[k] = 2 * weight[k - 1] / (1 + 2 * weight[k - 1])
    estimate, held = np.zeros(levels), np.zeros(levels, dtype=bool)
    out, total = np.empty(horizon), np.zeros(levels)
    for t in range(1, horizon + 1):
        level, value, size = 0, 1 + sigma * generator.standard_normal(), 1
        while held[level]:
            children = estimate[level] + value
            held[level] = False
            estimate[level] = 0
            level, size = level + 1, 2 * size
            value = weight[level] * (size + sigma * generator.standard_normal()) + (1 - weight[level]) * children
        estimate[level], held[level], total[level] = value, True, size
        out[t - 1] = estimate.sum()
    return out


def square_root_kernel(horizon):
    k = np.arange(1, horizon)
    return np.concatenate([[1.0], np.cumprod((2 * k - 1) / (2 * k))])


def square_root_offline(horizon, rho=0.5):
    kernel = square_root_kernel(horizon)
    sigma = np.sqrt((kernel**2).sum() / (2 * rho))
    size = 2 * horizon
    noise = np.fft.irfft(np.fft.rfft(kernel, size) * np.fft.rfft(sigma * generator.standard_normal(horizon), size), size)[:horizon]
    return np.arange(1, horizon + 1) + noise


def square_root_online(horizon, rho=0.5):
    kernel = square_root_kernel(horizon)[::-1].copy()
    sigma = np.sqrt((kernel**2).sum() / (2 * rho))
    noise, out = np.empty(horizon), np.empty(horizon)
    for t in range(1, horizon + 1):
        noise[t - 1] = sigma * generator.standard_normal()
        out[t - 1] = t + kernel[horizon - t :] @ noise[:t]
    return out


def recompute(horizon, columns, rho=0.5):
    every = int(round(np.cbrt(horizon * np.log(horizon) / (4 * rho))))
    sigma = np.sqrt(-(-horizon // every) / (2 * rho))
    sums, row, released = np.zeros(columns, dtype=np.int64), np.ones(columns, dtype=np.int64), 0.0
    out = np.empty(horizon)
    for t in range(1, horizon + 1):
        sums += row
        if t % every == 0:
            released = sums.max() + sigma * generator.standard_normal()
        out[t - 1] = released
    return out


if __name__ == "__main__":
    measure("tree_65536", lambda: tree(1 << 16))
    measure("honaker_65536", lambda: honaker(1 << 16))
    measure("square_root_online_65536", lambda: square_root_online(1 << 16), 1)
    measure("square_root_offline_65536", lambda: square_root_offline(1 << 16))
    measure("recompute_1000_columns", lambda: recompute(100000, 1000))
