# The bench's questions without its times: what each retriever reaches on the sets in HONE_DATA.
. "$SOURCE/tests/program/lib.sh"
if [ ! -f "${HONE_DATA:-/nonexistent}/uber_2021_val.json" ]; then
    echo "skipped: figures on other people's questions (HONE_DATA is not set)"
    exit 77
fi
# reaches FILE RETRIEVER METRIC FLOOR
reaches() { json "$2 $3" "[.retrievers[] | select(.name == \"$2\") | .metrics[\"$3\"]][0] >= $4" "$1"; }

"$HONE" -p p.hone init -q >/dev/null
"$HONE" -p p.hone import -q --split train "$HONE_DATA/lyft_2021_train.json" >/dev/null
"$HONE" -p p.hone import -q --split test "$HONE_DATA/uber_2021_val.json" >/dev/null
"$HONE" -p p.hone mine -q --retriever lsa >/dev/null
"$HONE" -p p.hone train -q --name ft --epochs 8 --batch 64 --lr 1e-3 --seed 1 >/dev/null
"$HONE" -p p.hone eval -q --split test --corpus split --json bm25 tfidf lsa ft bm25+ft >uber.json
reaches uber.json bm25 accuracy@5 0.885
reaches uber.json bm25 mrr@10 0.765
reaches uber.json tfidf accuracy@5 0.905
reaches uber.json tfidf mrr@10 0.780
reaches uber.json lsa accuracy@5 0.900
reaches uber.json lsa mrr@10 0.755
reaches uber.json ft accuracy@5 0.912
reaches uber.json ft mrr@10 0.768
reaches uber.json bm25+ft mrr@10 0.790
"$HONE" -p p.hone compare -q --split test --corpus split --json lsa ft >compare.json
json "the adapter gains" '.delta["mrr@10"] > 0 and .p_value["mrr@10"] < 0.05' compare.json

"$HONE" -p z.hone init -q >/dev/null
"$HONE" -p z.hone import -q --split val "$HONE_DATA/cmrc2018_trial.json" >/dev/null 2>&1
"$HONE" -p z.hone eval -q --split val --corpus split --json bm25 lsa >cmrc.json
reaches cmrc.json bm25 mrr@10 0.970
reaches cmrc.json lsa accuracy@5 0.985

# trained only on offline questions about the very chunks: not worse than untrained on the real questions
"$HONE" -p o.hone init -q >/dev/null
"$HONE" -p o.hone import -q --split test "$HONE_DATA/uber_2021_val.json" >/dev/null
"$HONE" -p o.hone generate -q --all --into train --accept >/dev/null
"$HONE" -p o.hone train -q --name own --seed 1 >/dev/null
"$HONE" -p o.hone compare -q --split test --corpus split --json lsa own >own.json
json "offline questions" '.delta["mrr@10"] >= 0 or .p_value["mrr@10"] > 0.05' own.json
finish
