"""Writes src/text/tokenizer_classes.c: what the `tokenizers` library takes each code point for.

    python3 -m venv env && env/bin/pip install -r requirements.txt
    env/bin/python make_classes.py

The library's crates follow five different Unicode versions, so no table of one version will do: every code
point is put to the library itself, through its public normalizers and pre-tokenizers.
"""

import unicodedata
from pathlib import Path

import tokenizers
from make_tokenizers import nmt_nfkc
from tokenizers import normalizers, pre_tokenizers

OUT = Path(__file__).resolve().parents[2] / "src/text/tokenizer_classes.c"
FLAGS = (
    "CONTROL PUNCTUATION ACCENT MARK WORD LETTER NUMBER NUMERIC DECOMPOSES COMBINES LOWERS JOINS PREPENDS".split()
)
LOW_END, LOW_BITS, BLOCK_BITS = 0x3000, 6, 12  # code points below LOW_END are in many short runs


def bert(**on):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**off, **on}).normalize_str


def pieces(pre_tokenizer):
    return lambda text: len(pre_tokenizer.pre_tokenize_str(text))


def probes():
    clean, accents = bert(clean_text=True), bert(strip_accents=True)
    marks, lower = normalizers.StripAccents().normalize_str, normalizers.Lowercase().normalize_str
    nfd, nfkd = normalizers.NFD().normalize_str, normalizers.NFKD().normalize_str
    punctuation, word = pieces(pre_tokenizers.Punctuation()), pieces(pre_tokenizers.Whitespace())
    numeric = pieces(pre_tokenizers.Digits(individual_digits=True))
    byte_level = pieces(pre_tokenizers.ByteLevel(add_prefix_space=False))
    charsmap = normalizers.Precompiled(nmt_nfkc()).normalize_str
    half = charsmap("½")

    def combines(c):
        return nfkd(c) == c and (nfd(c + "\u0334") != c + "\u0334" or nfd("\u0300" + c) != "\u0300" + c)

    return {
        "CONTROL": lambda c: clean(f"a{c}b") == "ab",
        "PUNCTUATION": lambda c: punctuation(f"a{c}b") == 3,
        "ACCENT": lambda c: accents(f"a{c}b") == "ab",
        "MARK": lambda c: marks(f"a{c}b") == "ab",
        "WORD": lambda c: word(f"a{c}b") == 1,
        "LETTER": lambda c: byte_level(f"a{c}") == 1,
        "NUMBER": lambda c: byte_level(f"1{c}") == 1,
        "NUMERIC": lambda c: numeric(f"a{c}b") == 3,
        "DECOMPOSES": lambda c: nfkd(c) != c,
        "COMBINES": combines,
        "LOWERS": lambda c: lower(c) != c,
        # "½" with c as one short grapheme: the charsmap's first hit swallows c
        "JOINS": lambda c: charsmap(c) != "" and charsmap("½" + c) == half,
        "PREPENDS": lambda c: charsmap(c + "½\u0300").endswith("\u0300") and ord(c) >= 0x80 and charsmap(c) == c,
    }


def classify():
    ask = probes()
    assert list(ask) == FLAGS
    runs, lowers = [], []
    for code in range(0x110000):
        c = chr(code)
        flags = 0
        if not 0xD800 <= code < 0xE000:
            for bit, name in enumerate(FLAGS):
                flags |= bool(ask[name](c)) << bit
        if not runs or runs[-1][1] != flags:
            runs.append((code, flags))
        if flags >> FLAGS.index("LOWERS") & 1:
            low = normalizers.Lowercase().normalize_str(c)
            if low != c.lower():
                lowers.append((code, ord(low)))
    return runs, lowers


def rows(values, form, width=98):
    line, lines = "   ", []
    for value in values:
        text = form.format(value) + ","
        if len(line) + 1 + len(text) > width:
            lines.append(line)
            line = "   "
        line += " " + text
    return "\n".join(lines + [line])


def lower_ranges(lowers):
    out = []
    for code, low in lowers:
        if out and out[-1][1] + 1 == code and low - code == out[-1][2]:
            out[-1][1] = code
        else:
            out.append([code, code, low - code])
    return out


def main():
    runs, lowers = classify()
    sets = sorted({flags for _, flags in runs})
    starts = [code << 8 | sets.index(flags) for code, flags in runs]

    def blocks(end, bits):
        firsts = range(0, end + 1, 1 << bits)
        return [sum(1 for code, _ in runs if code <= first) - 1 for first in firsts]

    text = f"""/* Written by tests/golden/make_classes.py with tokenizers {tokenizers.__version__}; not edited by hand. */
#include "text/tokenizer_classes.h"

const uint16_t CODE_SETS[] = {{
{rows(sets, "0x{:04X}")}
}};

/* Runs of code points of one set: the first one << 8 | index of the set. */
const uint32_t CODE_RUNS[] = {{
{rows(starts, "0x{:X}")}
}};

/* By code point >> bits: the run that the first of them is in. */
const uint16_t CODE_LOW_BLOCKS[] = {{
{rows(blocks(LOW_END, LOW_BITS), "{}")}
}};
const uint16_t CODE_BLOCKS[] = {{
{rows(blocks(0x110000, BLOCK_BITS), "{}")}
}};

/* Lower case that Unicode 14 does not have. */
const CodeLower CODE_LOWER_TABLE[] = {{
{rows(lower_ranges(lowers), "{{0x{0[0]:X}, 0x{0[1]:X}, {0[2]}}}")}
}};
const size_t CODE_LOWER_COUNT = sizeof CODE_LOWER_TABLE / sizeof *CODE_LOWER_TABLE;
"""
    OUT.write_text(text)
    print(len(runs), "runs", len(sets), "sets", len(lower_ranges(lowers)), "lower", unicodedata.unidata_version)


if __name__ == "__main__":
    main()
