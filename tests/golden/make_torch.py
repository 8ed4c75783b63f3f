"""Small torch checkpoints and the values in them, for test_torch.c. Needs torch (requirements.txt)."""
import json
import os
import pickle
import zipfile
from collections import OrderedDict

import torch

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch")
torch.manual_seed(7)


class TwoLayer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1 = torch.nn.Linear(3, 4)
        self.linear2 = torch.nn.Linear(4, 3)
        self.residual_weight = torch.nn.Parameter(torch.zeros(1))


class OneLayer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 3)


base = torch.arange(24, dtype=torch.float32)
FILES = {
    "linear.bin": OneLayer().state_dict(),
    "two_layer.bin": TwoLayer().state_dict(),
    "half.bin": {"a": torch.randn(2, 5).half(), "b": torch.randn(4).bfloat16(), "c": torch.tensor([1, -2, 3]), "d": torch.randn(2).double()},
    "views.bin": OrderedDict([("turned", base.view(4, 6).t()), ("every_second", base[3::2]), ("scalar", torch.tensor(2.5))]),
    "parameter.bin": {"weight": torch.nn.Parameter(torch.randn(2, 2))},
}


def main():
    os.makedirs(HERE, exist_ok=True)
    values = {}
    for name, state in FILES.items():
        torch.save(state, os.path.join(HERE, name))
        values[name] = {k: {"shape": list(v.shape), "values": v.detach().double().reshape(-1).tolist()} for k, v in state.items()}
    with open(os.path.join(HERE, "values.json"), "w") as out:
        json.dump(values, out, indent=0)
        out.write("\n")

    class Code:
        def __reduce__(self):
            return os.system, ("true",)

    with zipfile.ZipFile(os.path.join(HERE, "code.bin"), "w", zipfile.ZIP_STORED) as out:
        out.writestr("archive/data.pkl", pickle.dumps({"weight": Code()}, protocol=2))
        out.writestr("archive/version", "3\n")


main()
