"""lm_torch.py PROGRAM: checkpoints of both layouts, written by hand in half precision and in shards, scored by PyTorch and by `offprint lm perplexity`.
Exit status 77 if PyTorch is not there."""
import json
import math
import os
import struct
import subprocess
import sys
import tempfile

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    print("skipped: python3-torch is not installed")
    sys.exit(77)

NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


def write(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().view(torch.int16 if tensor.element_size() == 2 else torch.int32).numpy().tobytes()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def gpt2(dtype):
    config = {"model_type": "gpt2", "vocab_size": 256, "n_embd": 24, "n_layer": 2, "n_head": 3, "n_positions": 64, "activation_function": "gelu_new"}
    t = {"wte.weight": torch.randn(256, 24) * 0.4, "wpe.weight": torch.randn(64, 24) * 0.4, "ln_f.weight": 1 + torch.randn(24) * 0.2, "ln_f.bias": torch.randn(24) * 0.2}
    for l in range(2):
        for name, i, o in (("attn.c_attn", 24, 72), ("attn.c_proj", 24, 24), ("mlp.c_fc", 24, 96), ("mlp.c_proj", 96, 24)):
            t[f"h.{l}.{name}.weight"], t[f"h.{l}.{name}.bias"] = torch.randn(i, o) * 0.2, torch.randn(o) * 0.2
        for name in ("ln_1", "ln_2"):
            t[f"h.{l}.{name}.weight"], t[f"h.{l}.{name}.bias"] = 1 + torch.randn(24) * 0.2, torch.randn(24) * 0.2
    t = {name: tensor.to(dtype) for name, tensor in t.items()}
    w = {name: tensor.double() for name, tensor in t.items()}

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
            x = x + F.gelu(y @ w[p + "mlp.c_fc.weight"] + w[p + "mlp.c_fc.bias"], approximate="tanh") @ w[p + "mlp.c_proj.weight"] + w[p + "mlp.c_proj.bias"]
        return F.layer_norm(x, (24,), w["ln_f.weight"], w["ln_f.bias"]) @ w["wte.weight"].T

    return config, t, forward


def llama(dtype):
    config = {"model_type": "llama", "vocab_size": 256, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
              "max_position_embeddings": 64, "intermediate_size": 40, "rms_norm_eps": 1e-6, "rope_theta": 500.0, "tie_word_embeddings": False}
    t = {"model.embed_tokens.weight": torch.randn(256, 24) * 0.4, "lm_head.weight": torch.randn(256, 24) * 0.4, "model.norm.weight": 1 + torch.randn(24) * 0.2}
    for l in range(2):
        for name, o, i in (("self_attn.q_proj", 24, 24), ("self_attn.k_proj", 12, 24), ("self_attn.v_proj", 12, 24), ("self_attn.o_proj", 24, 24),
                           ("mlp.gate_proj", 40, 24), ("mlp.up_proj", 40, 24), ("mlp.down_proj", 24, 40)):
            t[f"model.layers.{l}.{name}.weight"] = torch.randn(o, i) * 0.2
        for name in ("input_layernorm", "post_attention_layernorm"):
            t[f"model.layers.{l}.{name}.weight"] = 1 + torch.randn(24) * 0.2
    t = {name: tensor.to(dtype) for name, tensor in t.items()}
    w = {name: tensor.double() for name, tensor in t.items()}

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
            x = x + (F.silu(y @ w[p + "mlp.gate_proj.weight"].T) * (y @ w[p + "mlp.up_proj.weight"].T)) @ w[p + "mlp.down_proj.weight"].T
        return rms(x, "model.norm.weight") @ w["lm_head.weight"].T

    return config, t, forward


def main():
    torch.manual_seed(1)
    text = bytes(torch.randint(256, (60,)).tolist())
    failures = 0
    for make in (gpt2, llama):
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            config, tensors, forward = make(dtype)
            with tempfile.TemporaryDirectory() as folder:
                names = sorted(tensors)
                index = {"weight_map": {name: f"part-{i % 2}.safetensors" for i, name in enumerate(names)}}
                for part in range(2):
                    write(f"{folder}/part-{part}.safetensors", {name: tensors[name] for name in names[part::2]})
                json.dump(index, open(f"{folder}/model.safetensors.index.json", "w"))
                json.dump(config, open(f"{folder}/config.json", "w"))
                open(f"{folder}/text.bin", "wb").write(text)
                environment = dict(os.environ, OFFPRINT_DATA=folder + "/data")
                ours = json.loads(subprocess.check_output([sys.argv[1], "lm", "perplexity", folder, f"{folder}/text.bin", "--json"], env=environment))
            log_p = forward(torch.tensor(list(text))).log_softmax(-1)
            theirs = -log_p[:-1].gather(1, torch.tensor(list(text[1:]))[:, None]).mean().item()
            measured = ours["tables"]["perplexity"][0]["nats_per_token"]
            good = abs(measured - theirs) < 2e-5 * max(1, theirs)
            failures += not good
            print(f"{make.__name__} {NAMES[dtype]}: {measured:.6f} ours, {theirs:.6f} PyTorch{'' if good else '  DIFFERENT'}")
    sys.exit(failures > 0)


main()
