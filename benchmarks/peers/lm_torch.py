"""The same transformers in Python with PyTorch, one thread: sampling with cached keys and values, and training steps. Prints one JSON line a measurement."""
import json
import math
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc, self.out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask, cache=None):
        batch, length, width = x.shape
        q, k, v = self.qkv(self.ln_1(x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if cache is not None:
            past, at = cache
            past[0][:, :, at : at + length], past[1][:, :, at : at + length] = k, v
            k, v = past[0][:, :, : at + length], past[1][:, :, : at + length]
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        if mask is not None:
            scores = scores + mask
        x = x + self.proj((F.softmax(scores, dim=-1) @ v).transpose(1, 2).reshape(batch, length, width))
        return x + self.out(F.gelu(self.fc(self.ln_2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, layers, width, heads, context=256, vocabulary=256):
        super().__init__()
        self.context, self.heads, self.width = context, heads, width
        self.wte, self.wpe = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width)
        for p in self.parameters():
            if p.dim() >= 2:
                nn.init.normal_(p, std=0.02)

    def forward(self, tokens, caches=None, at=0):
        length = tokens.shape[1]
        x = self.wte(tokens) + self.wpe.weight[at : at + length]
        mask = None if length == 1 else torch.full((length, length), -math.inf).triu(1)
        for i, block in enumerate(self.blocks):
            x = block(x, mask, None if caches is None else (caches[i], at))
        return F.linear(self.ln_f(x), self.wte.weight)

    def new_caches(self):
        shape = (1, self.heads, self.context, self.width // self.heads)
        return [(torch.zeros(shape), torch.zeros(shape)) for _ in self.blocks]


@torch.inference_mode()
def generate(model, count):
    caches, token = model.new_caches(), torch.tensor([[84]])
    for at in range(count):
        logits = model(token, caches, at)[0, -1]
        token = torch.multinomial(F.softmax(logits, dim=-1), 1).view(1, 1)


def train(steps):
    model = Gpt(4, 128, 4)
    decayed = [p for p in model.parameters() if p.dim() >= 2]
    rest = [p for p in model.parameters() if p.dim() < 2]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}], lr=1e-3, betas=(0.9, 0.99))
    text = torch.randint(64, (100000,))
    for _ in range(steps):
        begins = torch.randint(len(text) - 257, (8,)).tolist()
        inputs = torch.stack([text[b : b + 256] for b in begins])
        targets = torch.stack([text[b + 1 : b + 257] for b in begins])
        loss = F.cross_entropy(model(inputs).view(-1, 256), targets.view(-1))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        loss.item()


def report(name, work, repeats):
    best = math.inf
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    print(json.dumps({"name": name, "seconds": best}), flush=True)


if __name__ == "__main__":
    torch.manual_seed(1)
    small, wide = Gpt(4, 128, 4), Gpt(8, 512, 8)
    generate(small, 10)
    report("generation_4x128", lambda: generate(small, 200), 5)
    report("generation_8x512", lambda: generate(wide, 200), 3)
    train(1)
    report("training_4_steps", lambda: train(4), 4)
