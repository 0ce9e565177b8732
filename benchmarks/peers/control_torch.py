"""The work of control_bench in Python: TD3+BC in PyTorch, one thread; 11 observations, 3 actions.

Prints one JSON line a measured thing, named as in the C++ benchmark; a unit of work is two updates, of which one updates the actor.
"""
import copy
import json
import time

import torch

torch.set_num_threads(1)
torch.manual_seed(0)
data = [torch.randn(20000, 11), torch.rand(20000, 3) * 2 - 1, torch.randn(20000), torch.randn(20000, 11), torch.ones(20000)]


def net(inputs, hidden, outputs, *last):
    return torch.nn.Sequential(torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, hidden), torch.nn.ReLU(),
                               torch.nn.Linear(hidden, outputs), *last)


def measure(batch, hidden, repeats):
    actor, q1, q2 = net(11, hidden, 3, torch.nn.Tanh()), net(14, hidden, 1), net(14, hidden, 1)
    targets = [copy.deepcopy(x) for x in (actor, q1, q2)]
    actor_adam = torch.optim.Adam(actor.parameters(), 3e-4)
    critic_adam = torch.optim.Adam([*q1.parameters(), *q2.parameters()], 3e-4)

    def update(with_actor):
        rows = torch.randint(0, 20000, (batch,))
        s, a, r, s2, go = [x[rows] for x in data]
        with torch.no_grad():
            a2 = (targets[0](s2) + (torch.randn_like(a) * 0.2).clamp(-0.5, 0.5)).clamp(-1, 1)
            x2 = torch.cat([s2, a2], 1)
            y = r[:, None] + go[:, None] * 0.99 * torch.min(targets[1](x2), targets[2](x2))
        x = torch.cat([s, a], 1)
        loss = torch.nn.functional.mse_loss(q1(x), y) + torch.nn.functional.mse_loss(q2(x), y)
        critic_adam.zero_grad()
        loss.backward()
        critic_adam.step()
        if not with_actor:
            return
        pi = actor(s)
        q = q1(torch.cat([s, pi], 1))
        loss = -2.5 / q.abs().mean().detach() * q.mean() + torch.nn.functional.mse_loss(pi, a)
        actor_adam.zero_grad()
        loss.backward()
        actor_adam.step()
        with torch.no_grad():
            for target, source in zip(targets, (actor, q1, q2)):
                for t, p in zip(target.parameters(), source.parameters()):
                    t.data.copy_(0.005 * p.data + 0.995 * t.data)

    for _ in range(20):
        update(True)
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(repeats):
            update(False)
            update(True)
        best = min(best, (time.process_time() - start) / repeats)
    print(json.dumps({"name": f"td3_bc_update/{batch}/{hidden}", "seconds": best}), flush=True)


if __name__ == "__main__":
    for batch, hidden, repeats in [(256, 256, 20), (256, 128, 40), (256, 64, 60), (128, 128, 60), (128, 64, 80), (64, 64, 80)]:
        measure(batch, hidden, repeats)
