"""The work of mec_bottleneck_bench in Python: the encoder as an n x n matrix that is copied with each merge, couplings with heapq.

Prints one JSON line a measured thing, named as in the C++ benchmark, and the results to compare on standard error.
"""
import heapq
import json
import sys
import time

import numpy as np


def entropy(p):
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def merged(joint, i, j):
    """A copy of the joint of symbols and groups with groups i and j made one."""
    result = joint.copy()
    result[:, i] += result[:, j]
    result[:, j] = 0
    return result


def ebim(p, rate):
    joint = np.diag(p)
    if entropy(p) <= rate + 1e-12:
        return joint
    for _ in range(len(p) - 1):
        masses = joint.sum(axis=0)
        order = np.argsort(masses)
        order = order[masses[order] > 0]
        small = merged(joint, order[1], order[0])
        if entropy(small.sum(axis=0)) <= rate + 1e-12:
            return small
        joint = merged(joint, order[-1], order[-2])
        if entropy(joint.sum(axis=0)) <= rate + 1e-12:
            return joint
    return joint


def max_seeking(p, q):
    rows = [(-mass, i) for i, mass in enumerate(p) if mass > 0]
    columns = [(-mass, i) for i, mass in enumerate(q) if mass > 0]
    heapq.heapify(rows)
    heapq.heapify(columns)
    cells = []
    while rows and columns:
        a, x = heapq.heappop(rows)
        b, y = heapq.heappop(columns)
        mass = min(-a, -b)
        cells.append((x, y, mass))
        if -a - mass > 1e-14:
            heapq.heappush(rows, (a + mass, x))
        if -b - mass > 1e-14:
            heapq.heappush(columns, (b + mass, y))
    return cells


def scrambled(n, factor):
    masses = np.array([i * factor % 10007 + 1 for i in range(n)], dtype=float)
    return masses / masses.sum()


def measure(name, work, repeats):
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    print(json.dumps({"name": name, "seconds": best}), flush=True)


def step():
    joint = ebim(np.full(512, 1 / 512), 2.25)
    masses = joint.sum(axis=0)
    return max_seeking(masses[masses > 0], np.array([0.4, 0.3, 0.2, 0.1]))


if __name__ == "__main__":
    p = scrambled(512, 7919)
    large, other = scrambled(10000, 7919), scrambled(10000, 6007)
    print("ebim_512: H(T) =", entropy(ebim(p, entropy(p) / 4).sum(axis=0)), file=sys.stderr)
    print("mec_10000: H(X,Y) =", entropy(np.array([mass for _, _, mass in max_seeking(large, other)])), file=sys.stderr)
    measure("ebim_512", lambda: ebim(p, entropy(p) / 4), 3)
    measure("mec_10000", lambda: max_seeking(large, other), 5)
    measure("game_step_512", step, 3)
