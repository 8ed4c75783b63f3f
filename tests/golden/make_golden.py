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


MAKERS = {"mining": mining}

if __name__ == "__main__":
    torch.manual_seed(0)
    for wanted in sys.argv[1:] or MAKERS:
        MAKERS[wanted]()
