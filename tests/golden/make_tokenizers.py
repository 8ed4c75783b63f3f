"""Small tokenizers and what the `tokenizers` library makes of nasty lines with them, for test_tokenizer.c.

    python3 -m venv env && env/bin/pip install -r requirements.txt
    env/bin/python make_tokenizers.py [--train]

The trainers do not give the same twice: what is there is kept, unless --train is said.
tokenizers/NAME.json is a tokenizer, NAME.txt its vocab.txt, lines.txt the lines (bytes in hexadecimal; what is
not UTF-8 reaches the library as Python's errors="replace" has it), NAME.ids the ids of each line without special
tokens, and golden.json the rest: single texts and pairs with special tokens and cut to a length, and what other
normalizers, pre-tokenizers and post-processors make of the nasty lines.
"""

import io
import json
import random
import sys
import tempfile
import unicodedata
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

OUT = Path(__file__).resolve().parent / "tokenizers"

TEXT = """The quick brown fox jumps over the lazy dog, and the dog's owner wasn't amused.
Revenue increased 17% to $1,234.5 million in 2021; net loss was (496) million, or $0.29 per share.
How much did the company's research and development expenses change between 2020 and 2021?
Retrieval is the art of finding what was written where nobody remembers it any more.
We'll see whether they've trained a model that's better: it isn't obvious, is it?
Ångström naïve café résumé coöperate Straße İstanbul Ελληνικά ΣΊΣΥΦΟΣ Москва привет мир
人工智能是计算机科学的一个分支，它企图了解智能的实质。检索系统从文档中寻找答案。
机器学习的模型需要很多数据，今年收入增长了百分之十七。
日本語のテキストには漢字とひらがなとカタカナが混ざっている。検索エンジンは便利です。
محرك البحث يجد الوثائق المناسبة للسؤال. قال الرجل إن الكتاب على الطاولة
खोज इंजन सही दस्तावेज़ ढूँढता है। क्या आप हिंदी पढ़ सकते हैं
เครื่องมือค้นหาจะค้นพบเอกสารที่เหมาะสม ภาษาไทยไม่มีช่องว่างระหว่างคำ
검색 엔진은 질문에 맞는 문서를 찾는다. 한국어 문장입니다.
👨‍👩‍👧‍👦 family 👍🏽 thumbs 🇩🇪 flag ❤️ heart ½ ① ™ ﬁnance Ｆｕｌｌｗｉｄｔｈ １２３
""".splitlines()

# Each script's letters as one word, so that few characters of the lines are unknown.
ALPHABETS = [(0x61, 0x7A), (0x3B1, 0x3C9), (0x430, 0x44F), (0x621, 0x64A), (0x905, 0x939), (0xE01, 0xE2E), (0x3041, 0x3093), (0x30A1, 0x30F6), (0x1100, 0x1112)]
LETTERS = ["".join(map(chr, range(first, last + 1))) for first, last in ALPHABETS]

NASTY = [
    "", " ", "   ", "\t\n\r", "\u3000", "a", "A", "\u0301", "e\u0301", "\u0315\u0300Abc", "a\u0300\u0315\u0323b", "İ i̇ ı I",
    "ΑΣ ΣΑΣ ς", "ﬁ ﬀ ﬃ", "½ ⅓ ①②③ Ⅳ ™ ℃", "Ａｂｃ１２３，．", "½\u0300x ™\u0301 Ａ\u0300", "…\u0300", "x\u00ady z\u200bw\u200cv\u200du", "\ufeffbom",
    "a\u0000b", "a\u0001\u0002b\u007fc\u0085d\u009fe", "\ufffd x\ufffdy", "\ue000\uf8ff\U000f0000 private", "\u0378\u0380 unassigned",
    "[CLS] [SEP] [MASK] [UNK] [PAD]", "[MASK]word[MASK]", "x [MASK] y", "<s></s><unk><pad><mask>", "a<mask>b", "  <mask>  c",
    "Tok one two", "tok one", "TOK ONE", "x[word] [word] [word]y [word]", "left <l> <r> right", "<l><r><l>x", "Àb ÀB A\u0300B",
    "👨‍👩‍👧‍👦", "👍🏽👍🏻", "🇩🇪🇫🇷🇯", "❤️ ❤ ☎️", "©\u200d® ©️", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "人工智能", "漢字かなカナ", "ｶﾞｷﾞ ﾊﾟ", "が は\u3099 ハ\u309a", "한국어", "\u1112\u1161\u11ab\u1100\u1173\u11af", "\u1100\u1161\u11a7\u11a8", "\u302e\u302f\U0001d165\u0301A",
    "हिन्दी क्\u200dष क़ क\u093c", "ภาษาไทย กำ", "العربية لا ﷺ ﻻ", "\u0600١٢٣ \u06dd", "עִבְרִית", "\u0f73\u0f74\u0f80 བོད",
    "can't we'll I'd they've it's I'm you're 's 't ''s", "foo_bar-baz.qux,quux;\"x\"", "http://x.y/z?a=b&c#d", "$1,234.56 (17%) ¥€£", "a  b   c    d", " lead", "trail ", "a \n b\n\nc",
    "x" * 100, "x" * 101, "é" * 100, "é" * 101, "ab" * 70, "supercalifragilisticexpialidocious", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒳", "\U0002070e\U0002f800\U00020000",
    "\u166d\u1734\U000111c9 \u061d\u2e52", "Ⱥ ẞ ǅ Ᲊ ꟋꟌ \U00010d50", "\u2028\u2029\u00a0\u202f\u205f", "▁x ▁▁ y▁", "＿ ‿ ⁀", "¿qué? «no» „ja“ ‘x’", "\u0344\u0345\u1fb4", "\uac00\u11a8\u0300",
]  # fmt: skip

BROKEN = [
    b"\xff", b"a\xc3", b"\xe4\xb8", b"\xe4\xb8x", b"\xf0\x9f\x98", b"\xf0\x9f\x98\x80\x80", b"\xc0\x80", b"\xed\xa0\x80", b"\xed\xa0\x80\xed\xb0\x80",
    b"\xf4\x90\x80\x80", b"\xf5\x80", b"\xe0\x80\x80", b"\xe0\xa0", b"\xf0\x80\x80\x80", b"\xf0\x90\x80", b"ok\x80\xbf\xfe ok", b"\xe4\xb8\xad\xe4\xb8",
]  # fmt: skip


def train_sentencepiece(**options):
    model = io.BytesIO()
    lines = iter(["hello world this is a test of things", "another line with words"] * 50)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=lines, model_writer=model, vocab_size=30, hard_vocab_limit=False, minloglevel=2, **options
    )
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto.normalizer_spec.precompiled_charsmap


def nmt_nfkc():
    """sentencepiece's precompiled map of nmt_nfkc, which XLM-R's tokenizer carries."""
    return train_sentencepiece(normalization_rule_name="nmt_nfkc")


def small_charsmap():
    """The part of nmt_nfkc that the lines here touch, compiled by sentencepiece: a hundredth of its size."""
    full = normalizers.Precompiled(nmt_nfkc()).normalize_str
    keys = {c for line in NASTY + TEXT for c in line if c not in "\0\ufffd"}
    keys |= {chr(c) for c in (*range(1, 32), *range(0x7F, 0xA1), *range(0x2000, 0x2010), *range(0xFF01, 0xFF5F))}
    keys |= {b + m for b in "aeiouAEIOUnNcCか" for m in "\u0300\u0301\u0302\u0303\u0308\u3099"}
    keys |= {k for c in keys for k in (unicodedata.normalize("NFD", c),)}
    rules = {k: full(k) for k in keys if len(k) < 4 and full(k) != k}
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as table:
        for key, value in sorted(rules.items()):
            table.write("\t".join(" ".join(f"{ord(c):X}" for c in text) for text in (key, value)) + "\n")
        table.flush()
        return train_sentencepiece(normalization_rule_tsv=table.name)


def word(r):
    n = r.randint(1, 6)
    some = lambda first, last: "".join(chr(r.randint(first, last)) for _ in range(n))  # noqa: E731
    marks = lambda: "".join(r.choice("aeiouAn") + some(0x300, 0x36F)[: r.randint(0, 2)] for _ in range(n))  # noqa: E731
    anything = lambda last: "".join(chr(c) for c in (r.randint(0, last) for _ in range(n)) if not 0xD800 <= c < 0xE000)  # noqa: E731
    pick = lambda words: lambda: r.choice(words)  # noqa: E731
    blocks = [(0x20, 0x7E)] * 3 + [(0, 0x1F), (0x7F, 0xFF), (0x100, 0x24F), (0x370, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F)]
    blocks += [(0x1100, 0x11FF), (0x2000, 0x206F), (0x2070, 0x2BFF), (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFF00, 0xFFEF)]
    ways = [lambda b=b: some(*b) for b in blocks]
    ways += [pick(" ".join(TEXT).split())] * 8 + [pick(NASTY)] * 3 + [marks, lambda: anything(0xFFFF), lambda: anything(0x10FFFF)]
    return r.choice(ways)()


def fuzz(count):
    r = random.Random(20)
    lines = []
    for _ in range(count):
        line = b""
        for _ in range(r.randint(1, 5)):
            line += word(r)[:40].encode() + b" " * r.randint(0, 1)
            if r.random() < 0.1:
                line += bytes(r.randint(0x80, 0xFF) for _ in range(r.randint(1, 3)))
        cut = r.randrange(len(line)) if line and r.random() < 0.1 else None
        lines.append(line if cut is None else line[:cut] + line[cut + r.randint(1, 2) :])
    return lines


def around(cls, sep, first, second, roberta=False):
    pair = f"{cls} $A {sep} {sep} $B {sep}" if roberta else f"{cls} $A {sep} $B:1 {sep}:1"
    return processors.TemplateProcessing(single=f"{cls} $A {sep}", pair=pair, special_tokens=[(cls, first), (sep, second)])


def added(t):
    t.add_tokens([
        AddedToken("Tok one", lstrip=True, normalized=True), AddedToken("[word]", single_word=True, normalized=True), AddedToken("ÀB", normalized=True),
        AddedToken("<r>", rstrip=True, special=True), AddedToken("<l>", lstrip=True, rstrip=True, normalized=False), AddedToken("<l>x", normalized=False),
    ])  # fmt: skip
    return t


def wordpiece():
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer, t.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    t.train_from_iterator(TEXT + LETTERS, trainers.WordPieceTrainer(vocab_size=1200, special_tokens=special, show_progress=False))
    t.post_processor = around("[CLS]", "[SEP]", 2, 3)
    t.enable_truncation(12)  # as published files have it; it does not count
    t.enable_padding(length=12)
    return t


def unigram():
    t = Tokenizer(models.Unigram())
    charsmap = normalizers.Precompiled(small_charsmap())
    t.normalizer = normalizers.Sequence([charsmap, normalizers.Replace(Regex(" {2,}"), "▁")])
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=1100, unk_token="<unk>", special_tokens=special, show_progress=False)
    t.train_from_iterator(TEXT + LETTERS, trainer)
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    t.post_processor = around("<s>", "</s>", 0, 2, roberta=True)
    return added(t)


def bpe():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=800, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    t.train_from_iterator(TEXT, trainer)
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return added(t)


N, P = normalizers, pre_tokenizers
VARIANTS = [  # base, normalizer, pre-tokenizer
    ("wordpiece", N.BertNormalizer(lowercase=False), P.BertPreTokenizer()),
    ("wordpiece", N.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=False), P.BertPreTokenizer()),
    ("wordpiece", N.Sequence([N.NFD(), N.StripAccents(), N.Lowercase()]), P.Whitespace()),
    ("wordpiece", N.Sequence([N.NFKC(), N.Lowercase()]), P.WhitespaceSplit()),
    ("wordpiece", N.Sequence([N.NFKD(), N.Strip()]), P.Sequence([P.WhitespaceSplit(), P.Digits(individual_digits=True), P.Punctuation("contiguous")])),
    ("wordpiece", N.NFC(), P.Sequence([P.Digits(individual_digits=False), P.Punctuation("merged_with_previous")])),
    ("wordpiece", N.Sequence([N.Lowercase(), N.Prepend("x")]), P.Punctuation("merged_with_next")),
    ("wordpiece", N.Replace("a", "bb"), P.Sequence([P.Split(" ", "merged_with_previous"), P.Split("e", "isolated", invert=True), P.CharDelimiterSplit("-")])),
    ("wordpiece", N.Sequence([N.Nmt(), N.Replace(Regex(r"\s+"), " "), N.Strip(left=False)]), P.Split(Regex(r"\s"), "removed")),
    ("unigram", N.Sequence([N.Nmt(), N.NFKC(), N.Replace(Regex(" {2,}"), " ")]), P.Sequence([P.WhitespaceSplit(), P.Metaspace()])),
    ("unigram", N.Sequence([N.Strip(), N.NFKC()]), P.Metaspace(prepend_scheme="first")),
    ("unigram", N.NFKC(), P.Metaspace(prepend_scheme="never", split=False)),
    ("bpe", N.NFC(), P.ByteLevel(add_prefix_space=True)),
    ("bpe", N.Lowercase(), P.ByteLevel(add_prefix_space=False, use_regex=False)),
    ("bpe", N.ByteLevel(), P.WhitespaceSplit()),
]  # fmt: skip


def base(name):
    path = OUT / f"{name}.json"
    if "--train" in sys.argv or not path.exists():
        t = {"wordpiece": wordpiece, "unigram": unigram, "bpe": bpe}[name]()
        path.write_text(json.dumps(json.loads(t.to_str()), ensure_ascii=False, separators=(",", ":")) + "\n")
    return Tokenizer.from_file(str(path))


def bare(t):
    t = Tokenizer.from_str(t.to_str())
    t.no_truncation()
    t.no_padding()
    return t


def ids_of(t, lines):
    return [t.encode(line.decode(errors="replace"), add_special_tokens=False).ids for line in lines]


def templates(t):
    texts = [TEXT[0], TEXT[1], "", "a", TEXT[6], TEXT[9]]
    singles, pairs = [], []
    for most in (0, 2, 3, 4, 5, 8, 9, 12, 16, 17, 40):
        if most > 4:
            t.enable_truncation(most)
        for k, a in enumerate(texts):
            if most == 0 or most > 4:
                singles.append({"text": a, "most": most, "ids": t.encode(a).ids})
                both = t.encode(a, texts[(k + 1) % len(texts)])
                pairs.append({"a": a, "b": texts[(k + 1) % len(texts)], "most": most, "ids": both.ids, "types": both.type_ids})
    return {"single": singles, "pair": pairs}


def variant(bases, name, normalizer, pre_tokenizer):
    t = bare(bases[name])
    t.normalizer, t.pre_tokenizer = normalizer, pre_tokenizer
    parts = json.loads(t.to_str())
    t = bare(t)  # added tokens are normalised when the file is read
    lines = [line.encode() for line in NASTY]
    return {"base": name, "normalizer": parts["normalizer"], "pre_tokenizer": parts["pre_tokenizer"], "ids": ids_of(t, lines)}


def main():
    OUT.mkdir(exist_ok=True)
    lines = [line.encode() for line in NASTY + TEXT] + BROKEN + fuzz(400)
    (OUT / "lines.txt").write_text("".join(line.hex() + "\n" for line in lines))
    bases = {name: base(name) for name in ("wordpiece", "unigram", "bpe")}
    golden = {"nasty": len(NASTY), "templates": {}, "variants": []}
    for name, t in bases.items():
        rows = ids_of(bare(t), lines)
        (OUT / f"{name}.ids").write_text("".join(" ".join(map(str, row)) + "\n" for row in rows))
        golden["templates"][name] = templates(bare(t))
    words = sorted(bases["wordpiece"].get_vocab().items(), key=lambda item: item[1])
    (OUT / "wordpiece.txt").write_text("".join(text + "\n" for text, _ in words))
    golden["variants"] = [variant(bases, *v) for v in VARIANTS]
    (OUT / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
