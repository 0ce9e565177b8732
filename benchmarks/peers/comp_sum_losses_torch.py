"""The work of comp_sum_losses_bench with Debian's PyTorch, one thread: CrossEntropyLoss, and training steps of the same network on the same batch.

Prints one JSON line a measured thing, named as in the C++ benchmark, with CPU seconds, the best of several.
"""
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)


def measure(name, work, repeats=8):
    work()
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    print(json.dumps({"name": name, "seconds": best}), flush=True)


logits = ((torch.arange(100000, dtype=torch.float32) * 17) % 101 - 50).div(10).view(10000, 10).requires_grad_()
labels = torch.arange(10000) % 10
criterion = nn.CrossEntropyLoss()


def cross_entropy():
    return torch.autograd.grad(criterion(logits, labels), logits)[0]


def generalised():
    q = 0.5
    return torch.autograd.grad(((1 - logits.softmax(1).gather(1, labels[:, None]).pow(q)) / q).mean(), logits)[0]


images = ((torch.arange(128 * 784, dtype=torch.float32) * 7) % 256 / 255).view(128, 1, 28, 28)
classes = torch.arange(128) % 10
network = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 4, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
optimiser = torch.optim.Adam(network.parameters(), 1e-3)
epsilon, steps = 0.1, 5


def attack(objective):
    low, high = (images - epsilon).clamp(min=0), (images + epsilon).clamp(max=1)
    x = (images + torch.empty_like(images).uniform_(-epsilon, epsilon)).clamp(0, 1)
    for _ in range(steps):
        x = x.detach().requires_grad_()
        gradient = torch.autograd.grad(objective(network(x)).sum(), x)[0]
        x = torch.min(torch.max(x.detach() + 2.5 * epsilon / steps * gradient.sign(), low), high)
    return x


def delta(scores):
    return scores.gather(1, classes[:, None]) - scores


def divergence(p, q):
    return F.kl_div(q.log_softmax(1), p.softmax(1), reduction="none").sum(1)


def natural():
    return F.cross_entropy(network(images), classes)


def trades():
    with torch.no_grad():
        clean = network(images)
    x = attack(lambda scores: divergence(clean, scores))
    clean = network(images)
    return F.cross_entropy(clean, classes) + 6 * divergence(clean, network(x)).mean()


def adv_comp_sum():
    with torch.no_grad():
        start = delta(network(images))
    x = attack(lambda scores: (delta(scores) - start).norm(2, 1))
    clean = network(images)
    return F.cross_entropy(clean, classes) + 0.2 * (delta(network(x)) - delta(clean)).norm(2, 1).mean()


def ten_steps(loss):
    def work():
        for _ in range(10):
            optimiser.zero_grad()
            loss().backward()
            optimiser.step()

    return work


if __name__ == "__main__":
    print("loss of cross-entropy:", criterion(logits, labels).item(), file=sys.stderr)
    measure("loss_and_gradient/cross_entropy", cross_entropy, 50)
    measure("loss_and_gradient/generalised", generalised, 50)
    measure("ten_steps_natural", ten_steps(natural))
    measure("ten_steps_trades", ten_steps(trades))
    measure("ten_steps_adv_comp_sum", ten_steps(adv_comp_sum))
