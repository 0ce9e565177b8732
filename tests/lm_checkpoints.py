"""lm_checkpoints.py PROGRAM: checkpoints of GPT-2 and Llama in three precisions and in shards, scored by
`offprint lm perplexity` and compared with what PyTorch says of them: lm_torch_values.json, made by lm_torch_values.py.
Python alone, so that every machine runs it."""
import hashlib
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

# Bits of a weight's integer: what the format holds exactly, so that the numbers are the same for PyTorch and for us.
PRECISIONS = {"F32": 20, "F16": 11, "BF16": 8}


def pack(numbers, precision):
    if precision == "BF16":  # the upper half of a float32
        return b"".join(struct.pack("<f", x)[2:] for x in numbers)
    return struct.pack(f"<{len(numbers)}{'f' if precision == 'F32' else 'e'}", *numbers)


class Weights:
    """Tensors by name: (shape, flat numbers). Numbers are an integer times a power of two, near centre +- spread."""

    def __init__(self, seed, precision):
        self.bits, self.random, self.tensors = PRECISIONS[precision], random.Random(seed), {}

    def add(self, name, shape, spread, centre=0.0):
        count = 1
        for n in shape:
            count *= n
        limit, unit = 2 ** (self.bits - 1), 2.0 ** (2 - self.bits)  # integers below `limit` give numbers below 2
        span = int(spread * 2 / unit)
        numbers = [int(centre / unit) + self.random.getrandbits(30) % span - span // 2 for _ in range(count)]
        assert all(abs(n) < limit for n in numbers)
        self.tensors[name] = (shape, [n * unit for n in numbers])


def gpt2(precision):
    w = Weights(f"gpt2 {precision}", precision)
    w.add("wte.weight", (256, 24), 0.8)
    w.add("wpe.weight", (64, 24), 0.8)
    w.add("ln_f.weight", (24,), 0.4, 1)
    w.add("ln_f.bias", (24,), 0.4)
    for l in range(2):
        for name, i, o in (("attn.c_attn", 24, 72), ("attn.c_proj", 24, 24), ("mlp.c_fc", 24, 96),
                           ("mlp.c_proj", 96, 24)):
            w.add(f"h.{l}.{name}.weight", (i, o), 0.4)
            w.add(f"h.{l}.{name}.bias", (o,), 0.4)
        for name in ("ln_1", "ln_2"):
            w.add(f"h.{l}.{name}.weight", (24,), 0.4, 1)
            w.add(f"h.{l}.{name}.bias", (24,), 0.4)
    config = {"model_type": "gpt2", "vocab_size": 256, "n_embd": 24, "n_layer": 2, "n_head": 3, "n_positions": 64,
              "activation_function": "gelu_new"}
    return config, w.tensors


def llama(precision):
    w = Weights(f"llama {precision}", precision)
    w.add("model.embed_tokens.weight", (256, 24), 0.8)
    w.add("lm_head.weight", (256, 24), 0.8)
    w.add("model.norm.weight", (24,), 0.4, 1)
    for l in range(2):
        for name, o, i in (("self_attn.q_proj", 24, 24), ("self_attn.k_proj", 12, 24), ("self_attn.v_proj", 12, 24),
                           ("self_attn.o_proj", 24, 24), ("mlp.gate_proj", 40, 24), ("mlp.up_proj", 40, 24),
                           ("mlp.down_proj", 24, 40)):
            w.add(f"model.layers.{l}.{name}.weight", (o, i), 0.4)
        for name in ("input_layernorm", "post_attention_layernorm"):
            w.add(f"model.layers.{l}.{name}.weight", (24,), 0.4, 1)
    config = {"model_type": "llama", "vocab_size": 256, "hidden_size": 24, "num_hidden_layers": 2,
              "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64,
              "intermediate_size": 40, "rms_norm_eps": 1e-6, "rope_theta": 500.0, "tie_word_embeddings": False}
    return config, w.tensors


CASES = [(make, precision) for make in (gpt2, llama) for precision in PRECISIONS]
SKIPS = (1, 40)  # tokens that are context only: two means over one text
TEXT = random.Random("text").getrandbits(8 * 60).to_bytes(60, "little")


def name_of(make, precision):
    return f"{make.__name__} {precision}"


def fingerprint(config, tensors):
    return hashlib.sha256(json.dumps([config, tensors, list(TEXT)], sort_keys=True).encode()).hexdigest()


def write(path, tensors, precision):
    header, data = {}, b""
    for name, (shape, numbers) in tensors.items():
        raw = pack(numbers, precision)
        header[name] = {"dtype": precision, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def ours(program, config, tensors, precision):
    with tempfile.TemporaryDirectory() as folder:
        names = sorted(tensors)
        index = {"weight_map": {name: f"part-{i % 2}.safetensors" for i, name in enumerate(names)}}
        for part in range(2):
            write(f"{folder}/part-{part}.safetensors", {name: tensors[name] for name in names[part::2]}, precision)
        for file, content in (("model.safetensors.index.json", index), ("config.json", config)):
            with open(f"{folder}/{file}", "w") as out:
                json.dump(content, out)
        with open(f"{folder}/text.bin", "wb") as out:
            out.write(TEXT)
        result = []
        for skip in SKIPS:
            command = [program, "lm", "perplexity", folder, f"{folder}/text.bin", f"--skip={skip}", "--json"]
            said = json.loads(subprocess.check_output([*command, "--no-record"]))
            result.append(said["tables"]["perplexity"][0]["nats_per_token"])
        return result


def main():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "lm_torch_values.json")) as file:
        stored = json.load(file)
    failures = 0
    for make, precision in CASES:
        config, tensors = make(precision)
        name = name_of(make, precision)
        if fingerprint(config, tensors) != stored[name]["checkpoint"]:
            sys.exit(f"{name}: not the checkpoint that PyTorch has seen; run lm_torch_values.py")
        measured, theirs = ours(sys.argv[1], config, tensors, precision), stored[name]["nats_per_token"]
        good = all(abs(m - t) < 2e-5 * max(1, t) for m, t in zip(measured, theirs)) and len(measured) == len(theirs)
        failures += not good
        print(f"{name}: {measured} ours, {theirs} PyTorch{'' if good else '  DIFFERENT'}")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
