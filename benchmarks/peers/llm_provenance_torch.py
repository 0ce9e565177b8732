"""The reference's way on the same work: three passes of PyTorch over the logits (log-softmax and gather, softmax again for the entropy, and a sort-free
rank), and a Witten-Bell n-gram in plain Python. One thread. Prints one JSON line a measurement."""
import json
import math
import time
from collections import defaultdict

import torch

torch.set_num_threads(1)


def report(name, work, repeats):
    best = math.inf
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    print(json.dumps({"name": name, "seconds": best}), flush=True)


def pseudo_text(count):
    state, parts, length = 1, [], 0
    while length < count:
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        word = (state >> 16) % 2000
        rest, letters = word * word // 2000, []
        while rest > 0:
            letters.append(97 + rest % 26)
            rest //= 26
        parts.append(bytes(letters) + b" ")
        length += len(letters) + 1
    return b"".join(parts)[:count]


class Ngram:
    def __init__(self, text, order):
        self.order = order
        self.counts = [defaultdict(dict) for _ in range(order)]
        for k in range(order):
            table = self.counts[k]
            for i in range(k, len(text)):
                successors = table[text[i - k : i]]
                successors[text[i]] = successors.get(text[i], 0) + 1
        self.totals = [{c: (sum(s.values()), len(s)) for c, s in table.items()} for table in self.counts]

    def distribution(self, context):
        p = [1 / 256] * 256
        for k in range(self.order):
            if k > len(context):
                break
            c = context[len(context) - k :]
            if c not in self.totals[k]:
                break
            count, kinds = self.totals[k][c]
            p = [kinds * q / (count + kinds) for q in p]
            for x, n in self.counts[k][c].items():
                p[x] += n / (count + kinds)
        return p


def score(model, text):
    total = 0.0
    for n in range(len(text)):
        p = model.distribution(text[max(0, n - model.order + 1) : n])
        logs = [math.log(q) for q in p]
        entropy = -sum(q * l for q, l in zip(p, logs))
        second = sum(q * l * l for q, l in zip(p, logs))
        rank = 1 + sum(q > p[text[n]] for q in p)
        total += -logs[text[n]] + entropy + second + rank
    return total


def three_passes(logits, tokens):
    log_p = torch.log_softmax(logits, dim=-1)
    surprisal = -log_p.gather(-1, tokens[:, None]).squeeze(-1)
    p = torch.softmax(logits, dim=-1)
    entropy = -(p * log_p).sum(-1)
    variance = (p * log_p**2).sum(-1) - entropy**2
    rank = (logits > logits.gather(-1, tokens[:, None])).sum(-1) + 1
    return surprisal, entropy, variance, rank


if __name__ == "__main__":
    text = pseudo_text(300000)
    report("ngram_training", lambda: Ngram(text, 5), 2)
    model, probe = Ngram(text, 5), pseudo_text(320000)[300000:]
    report("ngram_scoring", lambda: score(model, probe), 1)
    torch.manual_seed(1)
    logits, tokens = 3 * torch.randn(64, 50257), torch.arange(64)
    with torch.no_grad():
        report("statistics_pass", lambda: three_passes(logits, tokens), 20)
