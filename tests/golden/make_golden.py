"""Writes the golden files of this folder with the field's own tools, so that the C code is held to their numbers.

    python3 -m venv env && env/bin/pip install -r requirements.txt
    env/bin/python make_golden.py [mining losses adamw metrics distributions]

Needs no model and no network once the packages are there: the models are stubs that look vectors up in a
table. Every file names the versions that wrote it. Nothing here is read at run time; the tests read the JSON.
"""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import scipy
import scipy.stats
import sentence_transformers
import torch
from datasets import Dataset
from sentence_transformers import util
from sentence_transformers.sentence_transformer import losses
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

HERE = Path(__file__).resolve().parent
CLEAR = 1e-5  # no two scores, and no score and threshold, of a golden are nearer than this


def write(name, about, body):
    versions = {
        "sentence-transformers": sentence_transformers.__version__,
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
    (HERE / name).write_text(layout({"about": about, "versions": versions, **body}) + "\n")


def layout(value, indent=0):
    """JSON with every list or object of plain values on one line, so that a vector reads as a vector."""
    parts = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(value, (dict, list)) or not any(isinstance(part, (dict, list)) or prose(part) for part in parts):
        return json.dumps(value)
    if isinstance(value, dict) and set(value) == {"text", "vector"}:
        return json.dumps(value)
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        lines = [f"{pad}{json.dumps(key)}: {layout(part, indent + 1)}" for key, part in value.items()]
    else:
        lines = [pad + layout(part, indent + 1) for part in value]
    ends = "{}" if isinstance(value, dict) else "[]"
    return ends[0] + "\n" + ",\n".join(lines) + "\n" + " " * indent + ends[1]


def prose(value):
    return isinstance(value, str) and len(value) > 40


class TableModel:
    """As much of a SentenceTransformer as the miner and the evaluator ask for: text → the vector in a table."""

    device = torch.device("cpu")
    similarity_fn_name = "cosine"
    similarity = staticmethod(util.cos_sim)
    similarity_pairwise = staticmethod(util.pairwise_cos_sim)

    class model_card_data:
        base_model = ""

        @staticmethod
        def set_evaluation_metrics(*_args, **_kwargs):
            pass

    def __init__(self, table):
        self.table = {text: np.asarray(vector, dtype=np.float32) for text, vector in table}

    def encode(self, texts, normalize_embeddings=False, convert_to_tensor=False, **_kwargs):
        rows = np.stack([self.table[text] for text in texts])
        if normalize_embeddings:
            rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return torch.from_numpy(rows) if convert_to_tensor else rows

    encode_query = encode
    encode_document = encode


class TableReranker:
    """As much of a CrossEncoder as the miner asks for."""

    def __init__(self, scores):
        self.scores = scores

    def predict(self, pairs, **_kwargs):
        return torch.tensor([self.scores[pair] for pair in pairs], dtype=torch.float32)


# --- hard negatives ------------------------------------------------------------------------------

MINING_ABOUT = [
    "What sentence_transformers.util.mine_hard_negatives keeps, on tables of vectors.",
    "worlds[name]: queries and corpus as given (text, vector; vectors are not normalised, the miner normalises them;",
    "equal texts have equal vectors); positives: pairs [query, passage] of positions, in the order of the dataset.",
    "reranker (some worlds): scores (queries, corpus).",
    "cases: world; options with the parameter names of mine_hard_negatives, null where unset; rescored: whether the",
    "reranker was given. expected: for each query in order positive_scores (unique positives in the dataset's order) and",
    "negatives [{passage, score}] in the order kept; passage is the first position in the corpus that has the text.",
    "triplet_rows, ntuple_rows: how many rows the two output formats have (n-tuple drops rows that come out short).",
    "No two different passages of a query have scores nearer than 1e-5, nor is any that near a threshold.",
]

DEFAULTS = {
    "range_min": 0,
    "range_max": None,
    "max_score": None,
    "min_score": None,
    "absolute_margin": None,
    "relative_margin": None,
    "num_negatives": 3,
    "include_positives": False,
}


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def rounded(rows):
    return [[round(float(x), 3) for x in row] for row in rows]


def world(rng, queries, passages, positives, toward=0.8, duplicates=(), reranker=False, dims=8):
    """Random vectors; a positive leans toward its query (away from it when toward is negative)."""
    q = unit(rng.normal(size=(queries, dims)))
    d = unit(rng.normal(size=(passages, dims)))
    for query, passage in positives:
        d[passage] = toward * q[query] + 0.6 * d[passage]
    texts = [f"passage {i}" for i in range(passages)]
    for copy, first in duplicates:
        d[copy] = d[first]
        texts[copy] = texts[first]
    lengths = rng.uniform(0.5, 2.0, size=passages)
    for copy, first in duplicates:
        lengths[copy] = lengths[first]
    made = {
        "queries": [{"text": f"question {i}", "vector": v} for i, v in enumerate(rounded(q * 1.5))],
        "corpus": [{"text": t, "vector": v} for t, v in zip(texts, rounded(d * lengths[:, None]))],
        "positives": [list(pair) for pair in positives],
    }
    if reranker:
        scores = np.round(rng.permutation(queries * passages).reshape(queries, passages) * 0.005 - 0.4013, 4)
        for query, passage in positives:
            scores[query, passage] += 0.2524
        for copy, first in duplicates:
            scores[:, copy] = scores[:, first]
        made["reranker"] = scores.tolist()
    return made


def mining_worlds():
    rng = np.random.default_rng(20240611)
    one_each = [(i, 3 * i) for i in range(6)]
    several = [(0, 0), (1, 3), (0, 4), (2, 6), (1, 7), (1, 8), (3, 9), (4, 12), (5, 15), (4, 12)]
    return {
        "plain": world(rng, 6, 30, one_each),
        "several": world(rng, 6, 30, several),
        "opposed": world(rng, 6, 30, one_each, toward=-0.2),
        "duplicated": world(rng, 6, 30, one_each, duplicates=[(10, 2), (20, 2), (27, 3), (28, 6), (29, 14)]),
        "small": world(rng, 3, 6, [(0, 0), (1, 2), (2, 4)]),
        "reranked": world(rng, 4, 20, [(0, 0), (1, 3), (1, 4), (2, 6), (3, 9)], duplicates=[(19, 2)], reranker=True),
    }


MINING_CASES = [
    ("top", "plain", {}),
    ("five negatives", "plain", {"num_negatives": 5}),
    ("range_min", "plain", {"range_min": 4}),
    ("range_max", "plain", {"range_min": 2, "range_max": 5, "num_negatives": 3}),
    ("range_max before the filters' room", "plain", {"range_max": 4, "num_negatives": 4, "max_score": 0.3}),
    ("max_score", "plain", {"max_score": 0.25}),
    ("min_score", "plain", {"min_score": 0.35}),
    ("band of scores", "plain", {"min_score": 0.0, "max_score": 0.3, "num_negatives": 4}),
    ("absolute_margin", "plain", {"absolute_margin": 0.5}),
    ("relative_margin", "plain", {"relative_margin": 0.5}),
    ("both margins", "plain", {"absolute_margin": 0.3, "relative_margin": 0.45}),
    ("range_min after a filter", "plain", {"range_min": 2, "max_score": 0.3}),
    ("everything at once", "plain",
     {"range_min": 1, "relative_margin": 0.1, "absolute_margin": 0.2, "max_score": 0.5, "min_score": 0.1}),
    ("num_negatives short", "plain", {"min_score": 0.3, "num_negatives": 6}),
    ("nothing left", "plain", {"min_score": 0.99}),
    ("include_positives", "plain", {"include_positives": True, "num_negatives": 4}),
    ("several positives", "several", {}),
    ("several positives, absolute_margin", "several", {"absolute_margin": 0.3}),
    ("several positives, relative_margin", "several", {"relative_margin": 0.2}),
    ("several positives, range_min", "several", {"range_min": 3, "num_negatives": 2}),
    ("negative positive scores", "opposed", {}),
    ("negative positive scores, absolute_margin", "opposed", {"absolute_margin": 0.1}),
    ("negative positive scores, relative_margin", "opposed", {"relative_margin": 0.1}),
    ("duplicated passages", "duplicated", {"num_negatives": 6}),
    ("duplicated passages, range_min", "duplicated", {"range_min": 2}),
    ("duplicated passages, relative_margin", "duplicated", {"relative_margin": 0.3}),
    ("corpus smaller than asked", "small", {"num_negatives": 5}),
    ("corpus much smaller than asked", "small", {"num_negatives": 12, "relative_margin": 0.05}),
    ("reranker, absolute_margin", "reranked", {"absolute_margin": 0.1012}),
    ("reranker, relative_margin", "reranked", {"relative_margin": 0.317}),
    ("reranker, max_score", "reranked", {"max_score": -0.2}),
    ("reranker, min_score", "reranked", {"min_score": -0.1, "num_negatives": 2}),
]


def first_places(corpus):
    places = {}
    for i, passage in enumerate(corpus):
        places.setdefault(passage["text"], i)
    return places


def check_clear(made, options, scores):
    """A golden whose result hangs on the last bit of a float would test rounding, not mining."""
    places = sorted(first_places(made["corpus"]).values())
    for query, row in enumerate(scores):
        own = {p for q, p in made["positives"] if q == query}
        lowest = min(row[p] for p in own)
        thresholds = [options["max_score"], options["min_score"]]
        if options["absolute_margin"] is not None:
            thresholds.append(lowest - options["absolute_margin"])
        if options["relative_margin"] is not None:
            thresholds.append(lowest - abs(lowest) * options["relative_margin"])
        values = sorted([row[p] for p in places] + [t for t in thresholds if t is not None])
        assert min(np.diff(values)) > CLEAR, f"query {query}: scores too near each other: {min(np.diff(values))}"


def mine(made, options, output_format, rescored):
    table = [(x["text"], x["vector"]) for x in made["queries"] + made["corpus"]]
    pairs = [(made["queries"][q]["text"], made["corpus"][p]["text"]) for q, p in made["positives"]]
    reranker = None
    if rescored:
        reranker = TableReranker(
            {
                (q["text"], d["text"]): made["reranker"][i][j]
                for i, q in enumerate(made["queries"])
                for j, d in enumerate(made["corpus"])
            }
        )
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        return util.mine_hard_negatives(
            Dataset.from_dict({"anchor": [a for a, _ in pairs], "positive": [b for _, b in pairs]}),
            TableModel(table),
            corpus=[passage["text"] for passage in made["corpus"]],
            cross_encoder=reranker,
            output_format=output_format,
            output_scores=True,
            sampling_strategy="top",
            verbose=False,
            **options,
        )


def kept_from_pairs(made, rows):
    """labeled-pair rows: of each query first its positives, then its negatives."""
    places = first_places(made["corpus"])
    expected = []
    for query, entry in enumerate(made["queries"]):
        own = list(dict.fromkeys(places[made["corpus"][p]["text"]] for q, p in made["positives"] if q == query))
        mine_rows = [row for row in rows if row["anchor"] == entry["text"]]
        assert [places[row["positive"]] for row in mine_rows[: len(own)]] == own
        expected.append(
            {
                "positive_scores": [row["score"] for row in mine_rows[: len(own)]],
                "negatives": [
                    {"passage": places[row["positive"]], "score": row["score"]} for row in mine_rows[len(own) :]
                ],
            }
        )
    return expected


def kept_from_tuples(made, rows, positive_scores):
    """n-tuple rows, the only format with include_positives: anchor, positive, negatives, scores."""
    places = first_places(made["corpus"])
    expected = []
    for query, entry in enumerate(made["queries"]):
        row = next(row for row in rows if row["anchor"] == entry["text"])
        names = [key for key in row if key.startswith("negative_")]
        expected.append(
            {
                "positive_scores": positive_scores[query],
                "negatives": [
                    {"passage": places[row[name]], "score": score} for name, score in zip(names, row["scores"][1:])
                ],
            }
        )
    return expected


def mining():
    worlds = mining_worlds()
    cases = []
    for name, where, chosen in MINING_CASES:
        made, options = worlds[where], {**DEFAULTS, **chosen}
        rescored = "reranker" in made
        unit_q = unit(np.array([q["vector"] for q in made["queries"]]))
        unit_d = unit(np.array([d["vector"] for d in made["corpus"]]))
        cosines = unit_q @ unit_d.T
        check_clear(made, options, made["reranker"] if rescored else cosines)
        if rescored:
            check_clear(made, DEFAULTS, cosines)
        tuples = mine(made, options, "n-tuple", rescored)
        if options["include_positives"]:
            own = [[cosines[query][p] for q, p in made["positives"] if q == query] for query in range(len(cosines))]
            expected = kept_from_tuples(made, tuples, own)
            triplets = None
        else:
            expected = kept_from_pairs(made, list(mine(made, options, "labeled-pair", rescored)))
            triplets = len(mine(made, options, "triplet", rescored))
        cases.append(
            {
                "name": name,
                "world": where,
                "options": options,
                "rescored": rescored,
                "expected": expected,
                "triplet_rows": triplets,
                "ntuple_rows": len(tuples),
            }
        )
    write("mining.json", MINING_ABOUT, {"worlds": worlds, "cases": cases})


# --- losses ----------------------------------------------------------------------------------------

LOSSES_ABOUT = [
    "MultipleNegativesRankingLoss and MultipleNegativesSymmetricRankingLoss on random embeddings, with the gradients.",
    "q (B,D); d (M,D): positives first, then column after column of explicit negatives; dq, dd: gradients of the loss.",
    "masked (B,M) or null: 1 leaves the pair out of both softmaxes. The package has no masks: there the package's scores",
    "are set to minus infinity by the similarity function given to it.",
]

LOSS_CASES = [  # name, loss, B, columns of documents, D, cosine, scale, chance of a mask
    ("pairs", "mnrl", 5, 1, 6, True, 20.0, 0.0),
    ("one negative each", "mnrl", 6, 2, 5, True, 20.0, 0.0),
    ("two negatives each, dot", "mnrl", 9, 3, 5, False, 1.0, 0.0),
    ("masks", "mnrl", 7, 3, 4, True, 20.0, 0.2),
    ("sharp", "mnrl", 6, 2, 8, True, 100.0, 0.0),
    ("a single pair", "mnrl", 1, 1, 3, True, 20.0, 0.0),
    ("pairs", "symmetric", 5, 1, 6, True, 20.0, 0.0),
    ("one negative each", "symmetric", 6, 2, 5, True, 20.0, 0.0),
    ("two negatives each, dot", "symmetric", 9, 3, 5, False, 1.0, 0.0),
    ("masks", "symmetric", 7, 3, 4, True, 20.0, 0.2),
]


def masked_similarity(similarity, masked):
    """Query-to-document scores with the masked pairs gone; the document-to-query call of the symmetric loss
    gets (queries, positives) and so the first columns of the same mask."""
    return lambda q, d: similarity(q, d).masked_fill(masked[:, : len(d)], -torch.inf)


def loss_golden():
    rng = np.random.default_rng(7)
    classes = {
        "mnrl": losses.MultipleNegativesRankingLoss,
        "symmetric": losses.MultipleNegativesSymmetricRankingLoss,
    }
    cases = []
    for name, which, B, columns, D, cosine, scale, chance in LOSS_CASES:
        q = torch.tensor(np.round(rng.normal(size=(B, D)), 3), dtype=torch.float64, requires_grad=True)
        parts = [
            torch.tensor(np.round(rng.normal(size=(B, D)), 3), dtype=torch.float64, requires_grad=True)
            for _ in range(columns)
        ]
        masked = rng.random((B, B * columns)) < chance
        masked[np.arange(B), np.arange(B)] = False
        similarity = util.cos_sim if cosine else util.dot_score
        if chance:
            similarity = masked_similarity(similarity, torch.tensor(masked))
        loss = classes[which](TableModel([]), scale=scale, similarity_fct=similarity)
        value = loss.compute_loss_from_embeddings([q, *parts], None)
        value.backward()
        cases.append(
            {
                "name": name,
                "loss": which,
                "B": B,
                "M": B * columns,
                "D": D,
                "cosine": cosine,
                "scale": scale,
                "q": q.tolist(),
                "d": torch.cat(parts).tolist(),
                "masked": masked.astype(int).tolist() if chance else None,
                "value": value.item(),
                "dq": q.grad.tolist(),
                "dd": torch.cat([part.grad for part in parts]).tolist(),
            }
        )
    write("losses.json", LOSSES_ABOUT, {"cases": cases})


OPTION_LOSSES_ABOUT = [
    "Losses with options, on random embeddings, with the gradients; the package's where it has the loss, else its formula.",
    "q (B,D); d (M,D): positives first, then column after column of explicit negatives, which belong to the anchors in order;",
    "teacher (M) and guide_q (B,G), guide_d (M,G) where the loss needs them. What is left out is zero or none.",
]


def option_cases():
    """name, loss, columns of documents, cosine, scale, what else is given to ours, the package's loss of (q, parts, extra)"""
    every = ("query_to_doc", "doc_to_query", "query_to_query", "doc_to_doc")

    def mnrl(**options):
        return lambda q, parts, _: losses.MultipleNegativesRankingLoss(TableModel([]), **options).compute_loss_from_embeddings([q, *parts], None)

    def matryoshka(q, parts, _):
        loss = losses.MultipleNegativesRankingLoss(TableModel([]))
        return sum(w * loss.compute_loss_from_embeddings([x[:, :k] for x in (q, *parts)], None) for k, w in ((6, 1.0), (4, 0.5), (2, 2.0)))

    def gist(**options):
        def run(q, parts, extra):
            from sentence_transformers.sentence_transformer.losses import gist_embed
            tables = {"model": [q, *parts], "guide": extra["guide"]}
            gist_embed.embed_columns = lambda which, features: tables[which.name]
            model, guide = TableModel([]), TableModel([])
            model.name, guide.name = "model", "guide"
            loss = losses.GISTEmbedLoss.__new__(losses.GISTEmbedLoss)
            torch.nn.Module.__init__(loss)
            loss.model, loss.guide, loss.must_retokenize, loss.gather_across_devices = model, guide, False, False
            loss.temperature, loss.margin_strategy, loss.margin = 0.01, options["strategy"], options["margin"]
            loss.contrast_anchors = loss.contrast_positives = True
            loss.similarity_fct, loss.cross_entropy_loss = torch.nn.CosineSimilarity(dim=-1), torch.nn.CrossEntropyLoss()
            return loss([{} for _ in range(1 + len(parts))], None)
        return run

    def distill(q, parts, extra):
        student = torch.stack([50 * util.pairwise_cos_sim(q, p) for p in parts], dim=1)
        target = torch.softmax(torch.stack(extra["teacher"], dim=1), dim=1)
        soft = -(target * torch.log_softmax(student, dim=1)).sum(1).mean()
        return soft + mnrl(scale=50.0)(q, parts, None)

    def margin_mse(similarity):
        def run(q, parts, extra):
            loss = losses.MarginMSELoss(TableModel([]), similarity_fct=similarity)
            return loss.compute_loss_from_embeddings([q, *parts], torch.stack(extra["teacher"], dim=1))
        return run

    def triplet(q, parts, _):
        metric = losses.TripletDistanceMetric.COSINE
        return losses.TripletLoss(TableModel([]), distance_metric=metric, triplet_margin=0.3).compute_loss_from_embeddings([q, *parts], None)

    def contrastive(q, parts, _):
        loss = losses.ContrastiveLoss(TableModel([]), margin=0.7)
        labels = torch.cat([torch.full((len(q),), float(i == 0)) for i in range(len(parts))])
        return loss.compute_loss_from_embeddings([q.repeat(len(parts), 1), torch.cat(parts)], labels)

    def cosent(q, parts, extra):
        loss = losses.CoSENTLoss(TableModel([]), scale=20.0)
        return loss.compute_loss_from_embeddings([q.repeat(len(parts), 1), torch.cat(parts)], torch.cat(extra["teacher"]))

    return [
        ("every direction", "mnrl", 3, True, 20.0, {"directions": 15}, mnrl(directions=every)),
        ("back to the question", "mnrl", 2, True, 20.0, {"directions": 3}, mnrl(directions=every[:2])),
        ("every direction, dot", "mnrl", 2, False, 1.0, {"directions": 15}, mnrl(directions=every, similarity_fct=util.dot_score, scale=1.0)),
        ("hardness", "mnrl", 3, True, 20.0, {"hardness": 7.0}, mnrl(hardness_mode="all_negatives", hardness_strength=7.0)),
        ("matryoshka", "mnrl", 2, True, 20.0, {"dims": [6, 4, 2], "weight": [1.0, 0.5, 2.0]}, matryoshka),
        ("absolute margin", "gist", 2, True, 100.0, {"margin": 0.05}, gist(strategy="absolute", margin=0.05)),
        ("relative margin", "gist", 2, True, 100.0, {"margin": 0.2, "relative": True}, gist(strategy="relative", margin=0.2)),
        ("pairs", "gist", 1, True, 100.0, {"margin": 0.1}, gist(strategy="absolute", margin=0.1)),
        ("three negatives", "distill", 4, True, 50.0, {}, distill),
        ("one negative, dot", "margin-mse", 2, False, 1.0, {}, margin_mse(util.pairwise_dot_score)),
        ("two negatives", "margin-mse", 3, True, 1.0, {}, margin_mse(util.pairwise_cos_sim)),
        ("one negative", "triplet", 2, True, 1.0, {"margin": 0.3}, triplet),
        ("two negatives", "contrastive", 3, True, 1.0, {"margin": 0.7}, contrastive),
        ("scored pairs", "cosent", 3, True, 20.0, {}, cosent),
    ]


def option_loss_golden():
    rng = np.random.default_rng(17)
    cases, B, D, G = [], 6, 6, 5

    def table(width, grad):
        return torch.tensor(np.round(rng.normal(size=(B, width)), 3), dtype=torch.float64, requires_grad=grad)

    for name, which, columns, cosine, scale, options, run in option_cases():
        q, parts = table(D, True), [table(D, True) for _ in range(columns)]
        extra = {"teacher": [table(1, False)[:, 0] for _ in range(columns)], "guide": [table(G, False) for _ in range(1 + columns)]}
        value = run(q, parts, extra)
        value.backward()
        case = {"name": name, "loss": which, "B": B, "M": B * columns, "D": D, "cosine": cosine, "scale": scale, **options,
                "q": q.tolist(), "d": torch.cat(parts).tolist(), "value": value.item(), "dq": q.grad.tolist(),
                "dd": torch.cat([p.grad for p in parts]).tolist()}
        if which in ("distill", "margin-mse", "cosent"):
            case["teacher"] = torch.cat(extra["teacher"]).tolist()
        if which == "gist":
            case.update({"G": G, "guide_q": extra["guide"][0].tolist(), "guide_d": torch.cat(extra["guide"][1:]).tolist()})
        cases.append(case)
    write("option_losses.json", OPTION_LOSSES_ABOUT, {"cases": cases})


# --- optimiser -------------------------------------------------------------------------------------

ADAMW_ABOUT = [
    "torch.optim.AdamW in float32: start and steps [{lr, gradient, parameters after the step}]; decayed: 1 where weight",
    "decay applies. m and v: the moments after the last step. clips: torch.nn.utils.clip_grad_norm_.",
]


def adamw_golden():
    rng = np.random.default_rng(11)
    count, weight_decay = 12, 0.1
    start = np.round(rng.normal(size=count), 4)
    decayed = np.array([1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0])
    parameters = [torch.nn.Parameter(torch.tensor([x], dtype=torch.float32)) for x in start]
    optimizer = torch.optim.AdamW(
        [
            {"params": [x for x, d in zip(parameters, decayed) if d], "weight_decay": weight_decay},
            {"params": [x for x, d in zip(parameters, decayed) if not d], "weight_decay": 0.0},
        ],
        lr=1e-2,
    )
    steps = []
    for lr in [1e-4, 1e-2, 3e-2, 2e-2, 1e-2, 1e-3, 0.0, 5e-3]:
        gradient = np.round(rng.normal(size=count) * 10.0 ** rng.integers(-4, 3, size=count), 6)
        gradient[3] = 0.0
        for x, g in zip(parameters, gradient):
            x.grad = torch.tensor([g], dtype=torch.float32)
        for group in optimizer.param_groups:
            group["lr"] = lr
        optimizer.step()
        steps.append(
            {"lr": lr, "gradient": gradient.tolist(), "parameters": [x.item() for x in parameters]}
        )
    clips = []
    for size, max_norm in [(5, 1.0), (5, 100.0), (40, 0.25)]:
        x = torch.nn.Parameter(torch.zeros(size))
        gradient = np.round(rng.normal(size=size) * 3, 4)
        x.grad = torch.tensor(gradient, dtype=torch.float32)
        norm = torch.nn.utils.clip_grad_norm_([x], max_norm).item()
        clips.append({"gradient": gradient.tolist(), "max_norm": max_norm, "norm": norm, "clipped": x.grad.tolist()})
    write(
        "adamw.json",
        ADAMW_ABOUT,
        {
            "count": count,
            "weight_decay": weight_decay,
            "start": start.tolist(),
            "decayed": decayed.tolist(),
            "steps": steps,
            "m": [optimizer.state[x]["exp_avg"].item() for x in parameters],
            "v": [optimizer.state[x]["exp_avg_sq"].item() for x in parameters],
            "clips": clips,
        },
    )


# --- metrics ---------------------------------------------------------------------------------------

METRICS_ABOUT = [
    "InformationRetrievalEvaluator on tables of vectors (cosine). relevant: positions in the corpus, a list a query.",
    "mean: over all queries; each: of every query alone. No two scores of a query are nearer than 1e-5.",
    "Some queries have more relevant passages than the smaller cuts, and some cuts are beyond the corpus.",
]


def evaluate(queries, corpus, relevant, cuts, model):
    """Metric name → value."""
    evaluator = InformationRetrievalEvaluator(
        {str(i): f"q{i}" for i in queries},
        {f"{j:03}": f"d{j}" for j in range(corpus)},
        {str(i): {f"{j:03}" for j in relevant[i]} for i in queries},
        mrr_at_k=cuts,
        ndcg_at_k=cuts,
        accuracy_at_k=cuts,
        precision_recall_at_k=cuts,
        map_at_k=cuts,
        write_csv=False,
    )
    return {name.removeprefix("cosine_"): float(value) for name, value in evaluator(model).items()}


def metrics_golden():
    rng = np.random.default_rng(5)
    queries, corpus, dims = 9, 24, 6
    cuts = [1, 3, 5, 10, 100]
    d = unit(rng.normal(size=(corpus, dims)))
    q = unit(rng.normal(size=(queries, dims)))
    relevant = [sorted(rng.choice(corpus, size=size, replace=False).tolist()) for size in [1, 1, 2, 2, 3, 5, 8, 1, 12]]
    for i, own in enumerate(relevant[:7]):
        q[i] = 0.6 * q[i] + 0.7 * d[own].mean(axis=0)
    q, d = rounded(q), rounded(d)
    cosines = unit(np.array(q)) @ unit(np.array(d)).T
    assert min(np.diff(np.sort(row)).min() for row in cosines) > CLEAR
    model = TableModel([(f"q{i}", v) for i, v in enumerate(q)] + [(f"d{j}", v) for j, v in enumerate(d)])
    write(
        "metrics.json",
        METRICS_ABOUT,
        {
            "D": dims,
            "cuts": cuts,
            "queries": q,
            "corpus": d,
            "relevant": relevant,
            "mean": evaluate(range(queries), corpus, relevant, cuts, model),
            "each": [evaluate([i], corpus, relevant, cuts, model) for i in range(queries)],
        },
    )


# --- distributions ---------------------------------------------------------------------------------

DISTRIBUTIONS_ABOUT = [
    "scipy.stats: t [t, degrees, P(T <= t)]; f [f, d1, d2, P(F > f)]; paired: ttest_rel(b, a) on random scores.",
]


def distributions_golden():
    rng = np.random.default_rng(3)
    t = [
        [x, v, float(scipy.stats.t.cdf(x, v))]
        for v in [1, 2, 3, 4.5, 7, 19, 30, 118, 1000, 50000]
        for x in [-40.0, -8.0, -3.3, -1.0, -0.01, 0.0, 0.2, 1.5, 2.116, 5.0, 12.0]
    ]
    f = [
        [x, d1, d2, float(scipy.stats.f.sf(x, d1, d2))]
        for d1, d2 in [(1, 1), (1, 19), (2, 38), (7, 14), (19, 38), (3, 2997), (999, 2997), (4.5, 0.8), (1, 100000)]
        for x in [1e-6, 0.03, 0.7, 1.0, 2.475, 4.39, 15.0, 300.0]
    ]
    paired = []
    for n in [2, 3, 11, 60]:
        a = np.round(rng.random(n), 3)
        b = np.round(a + rng.normal(size=n) * 0.2 + 0.05, 3)
        result = scipy.stats.ttest_rel(b, a)
        paired.append({"a": a.tolist(), "b": b.tolist(), "t": float(result.statistic), "p": float(result.pvalue)})
    write("distributions.json", DISTRIBUTIONS_ABOUT, {"t": t, "f": f, "paired": paired})


MAKERS = {
    "mining": mining,
    "losses": loss_golden,
    "option_losses": option_loss_golden,
    "adamw": adamw_golden,
    "metrics": metrics_golden,
    "distributions": distributions_golden,
}

if __name__ == "__main__":
    for wanted in sys.argv[1:] or MAKERS:
        MAKERS[wanted]()
