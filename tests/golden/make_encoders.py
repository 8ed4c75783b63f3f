"""Tiny random encoders as the real libraries write them, and what the real libraries compute with them.

Each folder encoders/NAME is a model folder; encoders/NAME.json and NAME.golden.safetensors hold texts, token ids,
hidden states by layer, embeddings, gradients and, for one, ten steps of AdamW. Between them they have: odd sizes, no
pooler, legacy LayerNorm names, a name prefix, more word rows than the tokenizer has words, F32, F16, BF16, one file,
shards, pytorch_model.bin, every pooling, prompts, a dense layer, cross-encoder heads. Needs requirements.txt.
"""
import json
import os
import shutil

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
import transformers
from safetensors.torch import load_file, save_file
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.sentence_transformer import modules as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import Regex

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "encoders")
CORPUS = os.path.join(HERE, "..", "..", "sample_corpora")
QUERIES = ["What is a chunk?", "how are hard negatives mined", "检索模型是什么？", "x"]
PASSAGES = [
    "A chunk is a passage that was cut from a document, with its page and its heading.",
    "Hard negatives are mined from a range of ranks, or from a band of scores; false ones are thrown out by hand.",
    "检索模型把问题和段落变成向量。",
    "",
]


def corpus(languages=("en", "zh")):
    yield "检索模型把问题变成向量。"
    for language in languages:
        folder = os.path.join(CORPUS, language, "train")
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                yield f.read()


def wordpiece(words):
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer()
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.train_from_iterator(corpus(), trainers.WordPieceTrainer(vocab_size=words, limit_alphabet=120, special_tokens=special))
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return transformers.BertTokenizerFast(tokenizer_object=t, do_lower_case=True)


def unigram(words):
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.decoder = decoders.Metaspace()
    t.train_from_iterator(corpus(("en",)), trainers.UnigramTrainer(vocab_size=words, special_tokens=special, unk_token="<unk>"))
    t.add_special_tokens(["<mask>"])
    t.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=t, bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>",
                                                unk_token="<unk>", pad_token="<pad>", mask_token="<mask>")


def bytes_bpe(words):
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=words, special_tokens=special,
                                                        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=t, bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>",
                                                unk_token="<unk>", pad_token="<pad>", mask_token="<mask>")


def randomise(model):
    """Larger weights than training starts with, so that nothing is near zero."""
    for name, p in model.named_parameters():
        norm = "LayerNorm.weight" in name or "layer_norm.weight" in name
        torch.nn.init.normal_(p, 1.0 if norm else 0.0, 0.1 if p.dim() == 1 else 0.25)
    return model.eval()


def bert(V, **sizes):
    return randomise(transformers.BertModel(transformers.BertConfig(vocab_size=V, **sizes), add_pooling_layer=False))


def rename(folder, change):
    path = os.path.join(folder, "model.safetensors")
    save_file({change(k): v.contiguous() for k, v in load_file(path).items()}, path, metadata={"format": "pt"})


def legacy(name):
    name = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    return "bert." + name


def shard(folder):
    tensors = load_file(os.path.join(folder, "model.safetensors"))
    names, half, where = sorted(tensors), len(tensors) // 2, {}
    for i, part in enumerate((names[:half], names[half:])):
        file = f"model-{i + 1:05}-of-00002.safetensors"
        save_file({k: tensors[k] for k in part}, os.path.join(folder, file), metadata={"format": "pt"})
        where.update({k: file for k in part})
    size = sum(t.numel() * t.element_size() for t in tensors.values())
    with open(os.path.join(folder, "model.safetensors.index.json"), "w") as f:
        json.dump({"metadata": {"total_size": size}, "weight_map": where}, f, indent=1)
    os.remove(os.path.join(folder, "model.safetensors"))


def to_bin(folder):
    path = os.path.join(folder, "model.safetensors")
    torch.save(load_file(path), os.path.join(folder, "pytorch_model.bin"))
    os.remove(path)


def build(name, model, tokenizer, pooling, dtype=torch.float32, normalize=True, dense=None, prompts=None, include_prompt=True,
          longest=64, after=None):
    folder, raw = os.path.join(OUT, name), os.path.join(OUT, name + ".raw")
    model.to(dtype).save_pretrained(raw)
    tokenizer.model_max_length = longest
    tokenizer.save_pretrained(raw)
    parts = [st.Transformer(raw, max_seq_length=longest)]
    parts.append(st.Pooling(model.config.hidden_size, pooling, include_prompt=include_prompt))
    if dense:
        torch.manual_seed(len(name))
        parts.append(st.Dense(parts[-1].pooling_output_dimension, dense, activation_function=torch.nn.Tanh()))
    if normalize:
        parts.append(st.Normalize())
    SentenceTransformer(modules=parts, prompts=prompts, device="cpu").save(folder, create_model_card=False)
    shutil.rmtree(raw)
    if after:
        after(folder)
    return folder


def golden(name, folder, steps=0):
    """What the folder computes, in F32 arithmetic on its own weights."""
    m = SentenceTransformer(folder, device="cpu", model_kwargs={"dtype": torch.float32}).eval()
    encoder, tokenizer = m[0].model, m.tokenizer
    texts = QUERIES + PASSAGES
    ids = [tokenizer(t, truncation=True, max_length=m.max_seq_length)["input_ids"] for t in texts]
    tensors, hidden = {}, []
    for one in ids:
        with torch.no_grad():
            hidden.append(encoder(torch.tensor([one]), output_hidden_states=True).hidden_states)
    for layer in range(len(hidden[0])):
        tensors[f"hidden.{layer}"] = torch.cat([h[layer][0] for h in hidden])
    # the gradient of Σ sin(1 + i) · y[i] over the pooled vectors, before any normalisation, no prompts
    pooled = []
    for one in ids:
        features = {"input_ids": torch.tensor([one]), "attention_mask": torch.ones(1, len(one), dtype=torch.long)}
        for part in m:
            if not isinstance(part, st.Normalize):
                features = part(features)
        pooled.append(features["sentence_embedding"][0])
    y = torch.stack(pooled)
    (y * torch.sin(1.0 + torch.arange(y.numel(), dtype=torch.float32)).view_as(y)).sum().backward()
    tensors["pooled"] = y.detach()
    for key, p in m.named_parameters():
        if p.grad is not None:
            tensors["grad." + key.replace("0.model.", "", 1)] = p.grad.clone()
    out = {"queries": QUERIES, "passages": PASSAGES, "ids": ids}
    with torch.no_grad():
        out["query_vectors"] = m.encode_query(QUERIES).tolist()
        out["passage_vectors"] = m.encode_document(PASSAGES).tolist()
    if steps:
        out["losses"] = train(m, ids, steps)
        for key, p in m.named_parameters():
            tensors["after." + key.replace("0.model.", "", 1)] = p.detach().clone()
    with open(os.path.join(OUT, name + ".json"), "w", encoding="utf-8") as f:
        json.dump(out, f, ensure_ascii=False)
    save_file({k: v.contiguous() for k, v in tensors.items()}, os.path.join(OUT, name + ".golden.safetensors"))


def train(m, ids, steps):
    """Steps of AdamW on the MNRL loss of the four pairs: cosine, scale 20, lr 1e-3, decay .01 but not on vectors, clip 1."""
    decayed = [p for p in m.parameters() if p.dim() > 1]
    rest = [p for p in m.parameters() if p.dim() == 1]
    opt = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}], lr=1e-3)
    losses = []
    for _ in range(steps):
        rows = []
        for one in ids:
            features = {"input_ids": torch.tensor([one]), "attention_mask": torch.ones(1, len(one), dtype=torch.long)}
            for part in m:
                features = part(features)
            rows.append(torch.nn.functional.normalize(features["sentence_embedding"][0], dim=0))
        y = torch.stack(rows)
        loss = torch.nn.functional.cross_entropy(20 * y[:4] @ y[4:].T, torch.arange(4))
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0)
        opt.step()
        losses.append(loss.item())
    return losses


def cross(name, model, tokenizer):
    folder = os.path.join(OUT, name)
    randomise(model).save_pretrained(folder)
    tokenizer.model_max_length = 64
    tokenizer.save_pretrained(folder)
    m = CrossEncoder(folder, device="cpu", max_length=64)
    m.save_pretrained(folder, create_model_card=False)
    pairs = [(q, p) for q in QUERIES for p in PASSAGES]
    encoded = m.tokenizer([q for q, _ in pairs], [p for _, p in pairs], truncation="longest_first", max_length=64)
    logits = []
    for i in range(len(pairs)):
        logits.append(m.model(**{k: torch.tensor([v[i]]) for k, v in encoded.items()}).logits[0, 0])
    logits = torch.stack(logits)
    labels = torch.eye(4).flatten()
    torch.nn.functional.binary_cross_entropy_with_logits(logits, labels).backward()
    out = {"queries": QUERIES, "passages": PASSAGES, "ids": encoded["input_ids"], "types": encoded.get("token_type_ids"),
           "logits": logits.tolist(), "scores": [float(x) for x in m.predict(pairs)],
           "loss": float(torch.nn.functional.binary_cross_entropy_with_logits(logits, labels))}
    with open(os.path.join(OUT, name + ".json"), "w", encoding="utf-8") as f:
        json.dump(out, f, ensure_ascii=False)
    save_file({"grad." + k: p.grad.clone().contiguous() for k, p in m.model.named_parameters() if p.grad is not None},
              os.path.join(OUT, name + ".golden.safetensors"))


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    torch.manual_seed(11)
    words, pieces, byte_pieces = wordpiece(260), unigram(340), bytes_bpe(300)
    odd = dict(hidden_size=20, num_attention_heads=4, intermediate_size=37, num_hidden_layers=2, max_position_embeddings=70)
    golden("bert", build("bert", bert(len(words) + 11, **odd), words, "mean"), steps=10)

    legacy_model = bert(len(words), hidden_size=32, num_attention_heads=2, intermediate_size=48, num_hidden_layers=3,
                        max_position_embeddings=40, hidden_act="gelu_new")

    def old_names(folder):
        rename(folder, legacy)
        shard(folder)

    golden("bert_legacy", build("bert_legacy", legacy_model, words, "cls", torch.float16, dense=24, longest=40, after=old_names,
                                prompts={"query": "find: ", "document": "text: "}))

    xlmr = transformers.XLMRobertaConfig(vocab_size=len(pieces) + 5, hidden_size=24, num_attention_heads=3, intermediate_size=50,
                                         num_hidden_layers=2, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1,
                                         bos_token_id=0, eos_token_id=2)
    golden("xlmr", build("xlmr", randomise(transformers.XLMRobertaModel(xlmr, add_pooling_layer=False)), pieces, "lasttoken",
                         torch.bfloat16, prompts={"query": "query: ", "passage": "passage: "}, include_prompt=False))

    xlmr_bin = transformers.XLMRobertaModel(xlmr, add_pooling_layer=True)
    golden("xlmr_bin", build("xlmr_bin", randomise(xlmr_bin), pieces, "mean", after=to_bin, include_prompt=False,
                             prompts={"query": "query: ", "passage": "passage: "}))

    distil = transformers.DistilBertConfig(vocab_size=len(words), dim=16, n_heads=2, hidden_dim=44, n_layers=2, max_position_embeddings=64)
    golden("distilbert", build("distilbert", randomise(transformers.DistilBertModel(distil)), words, ("max", "mean_sqrt_len_tokens"),
                               normalize=False))

    roberta = transformers.RobertaConfig(vocab_size=len(byte_pieces), hidden_size=16, num_attention_heads=2, intermediate_size=40,
                                         num_hidden_layers=2, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1,
                                         bos_token_id=0, eos_token_id=2)
    golden("roberta", build("roberta", randomise(transformers.RobertaModel(roberta, add_pooling_layer=False)), byte_pieces,
                            "weightedmean"))

    cross("cross_bert", transformers.BertForSequenceClassification(transformers.BertConfig(vocab_size=len(words), num_labels=1, **odd)), words)
    xlmr.num_labels = 1
    cross("cross_xlmr", transformers.XLMRobertaForSequenceClassification(xlmr), pieces)
    distil.num_labels = 1
    cross("cross_distilbert", transformers.DistilBertForSequenceClassification(distil), words)


if __name__ == "__main__":
    main()
