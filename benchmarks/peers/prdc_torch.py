"""The work of prdc_bench in Python: TD3 with the dataset constraint in PyTorch, nearest pairs by SciPy's KD-tree, one thread.

Reads the data sets that prdc_bench left in the user's cache. Prints one JSON line a measured thing, named as in the C++ benchmark; a unit of work is
two updates, of which one updates the actor.
"""
import copy
import json
import os
import time

import h5py
import numpy as np
import torch
from scipy.spatial import cKDTree

torch.set_num_threads(1)
torch.manual_seed(0)


def cache():
    if "OFFPRINT_CACHE" in os.environ:
        return os.environ["OFFPRINT_CACHE"]
    return os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "offprint")


def transitions(task):
    with h5py.File(os.path.join(cache(), "control", f"bench-{task}.hdf5")) as f:
        keep = ~f["timeouts"][:-1]
        s, a, r = f["observations"][:], f["actions"][:], f["rewards"][:]
        terminal = f["terminals"][:].astype(np.float32)
    mean, std = s[:-1][keep].mean(0), s[:-1][keep].std(0) + 1e-3
    s = (s - mean) / std
    return s[:-1][keep], a[:-1][keep], r[:-1][keep], s[1:][keep], 1 - terminal[:-1][keep]


def net(inputs, hidden, outputs, last=None):
    layers = [torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, outputs)]
    return torch.nn.Sequential(*layers, *([last] if last else []))


class Learner:
    def __init__(self, data, hidden, batch, rate, constraint):
        self.host, self.batch, self.constraint = data, batch, constraint
        self.data = [torch.tensor(x) for x in data]
        o, a = data[0].shape[1], data[1].shape[1]
        self.actor, self.q1, self.q2 = net(o, hidden, a, torch.nn.Tanh()), net(o + a, hidden, 1), net(o + a, hidden, 1)
        self.targets = [copy.deepcopy(x) for x in (self.actor, self.q1, self.q2)]
        self.actor_adam = torch.optim.Adam(self.actor.parameters(), rate)
        self.critic_adam = torch.optim.Adam([*self.q1.parameters(), *self.q2.parameters()], rate)
        self.tree = cKDTree(np.hstack([2 * data[0], data[1]])) if constraint == "pair" else None
        self.updates = 0

    def update(self):
        rows = torch.randint(0, len(self.data[0]), (self.batch,))
        s, a, r, s2, go = [x[rows] for x in self.data]
        actor_target, q1_target, q2_target = self.targets
        with torch.no_grad():
            noise = (torch.randn_like(a) * 0.2).clamp(-0.5, 0.5)
            a2 = (actor_target(s2) + noise).clamp(-1, 1)
            x2 = torch.cat([s2, a2], 1)
            y = r[:, None] + go[:, None] * 0.99 * torch.min(q1_target(x2), q2_target(x2))
        x = torch.cat([s, a], 1)
        loss = torch.nn.functional.mse_loss(self.q1(x), y) + torch.nn.functional.mse_loss(self.q2(x), y)
        self.critic_adam.zero_grad()
        loss.backward()
        self.critic_adam.step()
        self.updates += 1
        if self.updates % 2:
            return
        pi = self.actor(s)
        q = self.q1(torch.cat([s, pi], 1))
        weight = 2.5 / q.abs().mean().detach()
        if self.tree is not None:
            key = torch.cat([2 * s, pi], 1).detach().numpy()
            nearest = torch.tensor(self.host[1][self.tree.query(key, k=1, workers=1)[1]])
        else:
            nearest = a
        loss = -weight * q.mean() + torch.nn.functional.mse_loss(pi, nearest)
        self.actor_adam.zero_grad()
        loss.backward()
        self.actor_adam.step()
        with torch.no_grad():
            for target, source in zip(self.targets, (self.actor, self.q1, self.q2)):
                for t, p in zip(target.parameters(), source.parameters()):
                    t.data.copy_(0.005 * p.data + 0.995 * t.data)


def measure(name, learner, repeats):
    for _ in range(2000):
        learner.update()
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(2 * repeats):
            learner.update()
        best = min(best, (time.process_time() - start) / repeats)
    print(json.dumps({"name": name, "seconds": best}), flush=True)


if __name__ == "__main__":
    cheetah, pendulum = transitions("half-cheetah"), transitions("pendulum")
    measure("update/half_cheetah_256", Learner(cheetah, 256, 256, 3e-4, "pair"), 50)
    measure("update/pendulum_256", Learner(pendulum, 256, 256, 3e-4, "pair"), 50)
    measure("update/pendulum_64", Learner(pendulum, 64, 64, 1e-3, "pair"), 100)
    measure("update/td3_bc_half_cheetah_256", Learner(cheetah, 256, 256, 3e-4, "own"), 50)
    tree = cKDTree(np.hstack([2 * cheetah[0], cheetah[1]]))
    rows = np.arange(256) * 7919 % len(cheetah[0])
    keys = np.hstack([2 * cheetah[0][rows], cheetah[1][(rows + len(cheetah[0]) // 2) % len(cheetah[0])]])
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        tree.query(keys, k=1, workers=1)
        best = min(best, time.process_time() - start)
    print(json.dumps({"name": "searches/half_cheetah_tree", "seconds": best}), flush=True)
