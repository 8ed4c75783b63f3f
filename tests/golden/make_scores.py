"""Losses over a reranker's scores by torch itself, for test_loss_scores.c: values and gradients. Needs torch
(requirements.txt)."""
import json
import os

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(5)


def case(name, score, label, sizes, loss):
    score = score.clone().requires_grad_(True)
    value = loss(score)
    value.backward()
    return {"name": name, "sizes": sizes, "score": score.tolist(), "label": label.tolist(), "loss": value.item(),
            "gradient": score.grad.tolist()}


def bce(name, score, label, sizes):
    return case(name, score, label, sizes, lambda x: torch.nn.functional.binary_cross_entropy_with_logits(x, label))


def listwise(name, score, label, sizes):
    """Groups of their own sizes, targets of equal share among a group's positives."""
    def loss(x):
        terms = [torch.nn.functional.cross_entropy(x_group, y / y.sum())
                 for x_group, y in zip(x.split(sizes), label.split(sizes))]
        return sum(terms) / len(terms)
    return case(name, score, label, sizes, loss)


def flag(name, score, group):
    """FlagEmbedding's reranker: groups of one size, the positive first."""
    rows = len(score) // group
    label = torch.zeros(rows, group, dtype=score.dtype)
    label[:, 0] = 1
    target = torch.zeros(rows, dtype=torch.long)
    return case(name, score, label.flatten(), [group] * rows,
                lambda x: torch.nn.functional.cross_entropy(x.view(rows, group), target))


def main():
    normal = lambda n, scale=1.0: (scale * torch.randn(n)).double()
    labels = (torch.rand(12) < 0.3).double()
    several = torch.tensor([1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1], dtype=torch.float64)
    out = {
        "bce": [bce("plain", normal(12), labels, [12]), bce("groups", normal(12, 3), labels, [5, 7]),
                bce("far from zero", normal(12, 40), labels, [4, 4, 4])],
        "listwise": [flag("equal groups, positive first", normal(24, 2), 8), flag("far from zero", normal(12, 60), 4),
                     listwise("own sizes, several positives", normal(12, 2), several, [4, 1, 7])],
    }
    with open(os.path.join(HERE, "score_losses.json"), "w", encoding="utf-8") as f:
        json.dump(out, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
