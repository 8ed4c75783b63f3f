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

    def tensor(offset, size, stride):
        number = lambda n: b"\x8a\x08" + n.to_bytes(8, "little")
        text = lambda t: b"X" + len(t).to_bytes(4, "little") + t
        storage = b"((" + text(b"storage") + b"ctorch\nFloatStorage\n" + text(b"0") + text(b"cpu") + number(4) + b"tQ"
        return b"ctorch._utils\n_rebuild_tensor_v2\n" + storage + number(offset) + b"(" + number(size) + b"t(" + number(stride) + b"t\x89N" + b"tR"

    def hostile(name, tensors, byteorder=None):
        items = b"".join(b"X" + len(k).to_bytes(4, "little") + k + v for k, v in tensors)
        with zipfile.ZipFile(os.path.join(HERE, name), "w", zipfile.ZIP_STORED) as out:
            out.writestr("archive/data.pkl", b"\x80\x02}(" + items + b"u.")
            out.writestr("archive/data/0", b"\0" * 16)
            if byteorder:
                out.writestr("archive/byteorder", byteorder)

    hostile("wrap_offset.bin", [(b"w", tensor((1 << 63) - 1, 2, (1 << 62)))])
    hostile("wrap_stride.bin", [(b"w", tensor(1, 3, (1 << 63) - 1))])
    hostile("many.bin", [(b"w%d" % i, tensor(0, 4, 0)) for i in range(40)] + [(b"v%d" % i, tensor(0, 4, 1)) for i in range(1)])
    hostile("big_endian.bin", [(b"w", tensor(0, 4, 1))], "big")


main()
