"""A model of bge-m3's shape with made weights: 24 layers, D 1024, 250,002 words. What it takes, against the estimate."""
import json
import os
import random

L, D, H, F, V, P = 24, 1024, 16, 4096, 250002, 8194


def make(folder):
    import torch
    from safetensors.torch import save_file
    torch.manual_seed(3)
    t = {}

    def matrix(name, *shape):
        t[name] = torch.empty(shape).normal_(0, 0.02)

    def norm(name):
        t[name + ".weight"], t[name + ".bias"] = torch.ones(D), torch.zeros(D)

    def linear(name, out, inputs):
        matrix(name + ".weight", out, inputs)
        t[name + ".bias"] = torch.zeros(out)

    matrix("embeddings.word_embeddings.weight", V, D)
    matrix("embeddings.position_embeddings.weight", P, D)
    matrix("embeddings.token_type_embeddings.weight", 1, D)
    norm("embeddings.LayerNorm")
    for i in range(L):
        layer = f"encoder.layer.{i}."
        for part in ("query", "key", "value"):
            linear(layer + "attention.self." + part, D, D)
        linear(layer + "attention.output.dense", D, D)
        norm(layer + "attention.output.LayerNorm")
        linear(layer + "intermediate.dense", F, D)
        linear(layer + "output.dense", D, F)
        norm(layer + "output.LayerNorm")
    save_file(t, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    write(folder, "config.json", {
        "model_type": "xlm-roberta", "architectures": ["XLMRobertaModel"], "vocab_size": V, "hidden_size": D, "num_hidden_layers": L,
        "num_attention_heads": H, "intermediate_size": F, "max_position_embeddings": P, "type_vocab_size": 1, "pad_token_id": 1,
        "bos_token_id": 0, "eos_token_id": 2, "layer_norm_eps": 1e-5, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1})
    write(folder, "modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}])
    os.makedirs(os.path.join(folder, "1_Pooling"))
    write(folder, "1_Pooling/config.json", {"word_embedding_dimension": D, "pooling_mode_cls_token": True})
    write(folder, "sentence_bert_config.json", {"max_seq_length": 8192, "do_lower_case": False})
    words(folder)


def words(folder):
    r, seen = random.Random(5), {"<s>", "<pad>", "</s>", "<unk>", "▁"}
    pieces = [["<s>", 0], ["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["▁", -3.0]]
    pieces += [[c, -8.0] for c in "abcdefghijklmnopqrstuvwxyz.,"]
    seen.update("abcdefghijklmnopqrstuvwxyz.,")
    while len(pieces) < V - 1:
        word = ("▁" if r.random() < 0.6 else "") + "".join(r.choices("abcdefghijklmnopqrstuvwxyz", k=r.randint(2, 8)))
        if word not in seen:
            seen.add(word)
            pieces.append([word, -10.0 - 4 * r.random()])
    pieces.append(["<mask>", 0])
    special = [{"id": i, "content": c, "single_word": False, "lstrip": c == "<mask>", "rstrip": False, "normalized": False, "special": True}
               for i, c in ((0, "<s>"), (1, "<pad>"), (2, "</s>"), (3, "<unk>"), (V - 1, "<mask>"))]
    token = lambda c, i: {"id": c, "ids": [i], "tokens": [c]}
    write(folder, "tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": {"type": "NFKC"},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                     {"SpecialToken": {"id": "</s>", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
                     {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "special_tokens": {"<s>": token("<s>", 0), "</s>": token("</s>", 2)}},
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": pieces, "byte_fallback": False}})


def write(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False)


def large(folder):
    from peers import DATA, hone, line
    model = os.path.join(folder, "m3")
    os.makedirs(model)
    make(model)
    with open(os.path.join(DATA, "uber_2021_val.json"), encoding="utf-8") as f:
        chunks = list(json.load(f)["corpus"].values())
    text = os.path.join(folder, "long")
    with open(text, "w", encoding="utf-8") as f:
        f.write(" ".join(" ".join(chunks).lower().split())[:60000] + "\n")
    _, seconds, peak = hone("embed", "--embedder", model, "--stdin", stdin=text)
    line("bge-m3's shape: load and embed a text of 8,192 tokens, s", f"{seconds:.1f}", f"{peak:,.0f} MB", seconds, "")
    path = os.path.join(folder, "m3.hone")
    hone("-p", path, "init")
    hone("-p", path, "import", os.path.join(DATA, "lyft_2021_train.json"), "--split", "train")
    for method, limit in (("lora", 5000), ("full", 14000)):
        words = ("-p", path, "train", "--embedder", model, "--method", method, "--batch", 4, "--epochs", 1, "--pairs", 12, "--no-refit",
                 "--name", method)
        estimate = json.loads(hone(*words, "--estimate", "--json")[0])
        _, seconds, peak = hone(*words, "--json")
        line(f"bge-m3's shape, {method}, three steps of 4 pairs: peak MB, estimate", f"{peak:,.0f}",
             f"{estimate['memory_bytes'] / 1e6:,.0f}", peak / limit, f"≤ 1 of {limit:,} MB")
        line(f"bge-m3's shape, {method}: seconds, estimate", f"{seconds:.0f}", f"{estimate['seconds']:.0f}",
             seconds / estimate["seconds"], "0.75–1.25")
