"""lm_torch_values.py: what PyTorch says of the checkpoints of lm_checkpoints.py, by forward passes written for it, in
float64 (Debian's python3-torch 1.13), into lm_torch_values.json. To be run when the checkpoints change."""
import json
import math
import os

import torch
import torch.nn.functional as F

import lm_checkpoints


def gpt2(w):
    def forward(tokens):
        n = len(tokens)
        x = w["wte.weight"][tokens] + w["wpe.weight"][:n]
        for l in range(2):
            p = f"h.{l}."
            y = F.layer_norm(x, (24,), w[p + "ln_1.weight"], w[p + "ln_1.bias"])
            q, k, v = (y @ w[p + "attn.c_attn.weight"] + w[p + "attn.c_attn.bias"]).view(n, 3, 3, 8).permute(1, 2, 0, 3)
            a = (q @ k.transpose(-1, -2) / math.sqrt(8) + torch.full((n, n), -math.inf).triu(1)).softmax(-1) @ v
            x = x + a.transpose(0, 1).reshape(n, 24) @ w[p + "attn.c_proj.weight"] + w[p + "attn.c_proj.bias"]
            y = F.layer_norm(x, (24,), w[p + "ln_2.weight"], w[p + "ln_2.bias"])
            y = F.gelu(y @ w[p + "mlp.c_fc.weight"] + w[p + "mlp.c_fc.bias"], approximate="tanh")
            x = x + y @ w[p + "mlp.c_proj.weight"] + w[p + "mlp.c_proj.bias"]
        return F.layer_norm(x, (24,), w["ln_f.weight"], w["ln_f.bias"]) @ w["wte.weight"].T

    return forward


def llama(w):
    def rms(x, name):
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-6) * w[name]

    def rotary(x):
        angle = torch.arange(x.shape[1]).double()[:, None] * 500.0 ** (-torch.arange(3).double() / 3)
        angle = torch.cat([angle, angle], -1)
        return x * angle.cos() + torch.cat([-x[..., 3:], x[..., :3]], -1) * angle.sin()

    def forward(tokens):
        n = len(tokens)
        x = w["model.embed_tokens.weight"][tokens]
        for l in range(2):
            p = f"model.layers.{l}."
            y = rms(x, p + "input_layernorm.weight")
            q = rotary((y @ w[p + "self_attn.q_proj.weight"].T).view(n, 4, 6).transpose(0, 1))
            k = rotary((y @ w[p + "self_attn.k_proj.weight"].T).view(n, 2, 6).transpose(0, 1)).repeat_interleave(2, 0)
            v = (y @ w[p + "self_attn.v_proj.weight"].T).view(n, 2, 6).transpose(0, 1).repeat_interleave(2, 0)
            a = (q @ k.transpose(-1, -2) / math.sqrt(6) + torch.full((n, n), -math.inf).triu(1)).softmax(-1) @ v
            x = x + a.transpose(0, 1).reshape(n, 24) @ w[p + "self_attn.o_proj.weight"].T
            y = rms(x, p + "post_attention_layernorm.weight")
            y = F.silu(y @ w[p + "mlp.gate_proj.weight"].T) * (y @ w[p + "mlp.up_proj.weight"].T)
            x = x + y @ w[p + "mlp.down_proj.weight"].T
        return rms(x, "model.norm.weight") @ w["lm_head.weight"].T

    return forward


def main():
    text = torch.tensor(list(lm_checkpoints.TEXT))
    values = {}
    for make, precision in lm_checkpoints.CASES:
        config, tensors = make(precision)
        w = {name: torch.tensor(numbers, dtype=torch.float64).view(shape) for name, (shape, numbers) in tensors.items()}
        forward = {"gpt2": gpt2, "llama": llama}[make.__name__](w)
        log_p = forward(text).log_softmax(-1)[:-1].gather(1, text[1:, None])[:, 0]
        values[lm_checkpoints.name_of(make, precision)] = {
            "checkpoint": lm_checkpoints.fingerprint(config, tensors),
            "nats_per_token": [-log_p[skip - 1 :].mean().item() for skip in lm_checkpoints.SKIPS]}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lm_torch_values.json")
    with open(path, "w") as file:
        json.dump(values, file, indent=2)
        file.write("\n")


main()
