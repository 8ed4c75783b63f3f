# A reranker through the whole program: behind other retrievers, its scores kept, in mining, and what is refused.
. "$SOURCE/tests/program/lib.sh"
models=$SOURCE/tests/golden/encoders
cross=$models/cross_bert
sample p.hone
hone 0 -p p.hone eval bm25 "bm25|$cross" --json
shape ".retrievers[1].name == \"bm25|$cross\""
pairs=$(sqlite3 p.hone 'SELECT count(*) FROM pair_score')
[ "$pairs" -gt 1000 ] || fail "$pairs scores are kept"
cp out first
hone 0 -p p.hone eval "bm25|$cross" --json
same "$(sqlite3 p.hone 'SELECT count(*) FROM pair_score')" "$pairs" "scores, after evaluating again"
same "$(jq -c '.retrievers[0].metrics' out)" "$(jq -c '.retrievers[1].metrics' first)" "metrics by kept scores"
hone 0 -p p.hone config model.ce "$models/cross_xlmr"
hone 0 -p p.hone eval "bm25 + tfidf | ce" -q
hone 0 -p p.hone search -r "bm25|$cross" 'How long may a boat stay?' --json
hone 0 -p p.hone retrievers --json
shape '.retrievers[] | select(.name == "ce") | .kind == "reranker"'

# stopped: what was scored stays, and is not scored again
timeout -s INT 1 "$HONE" -p p.hone eval "lsa|$models/cross_distilbert" -q >/dev/null 2>&1 || true
"$HONE" -p p.hone check >/dev/null || fail "the project is not whole after a stop"
hone 0 -p p.hone eval "lsa|$models/cross_distilbert" -q

# mining: its scores are those of the candidates
hone 0 -p p.hone mine --retriever bm25 --reranker ce -n 2 --json
shape '.candidates > 100 and .candidate_scores.max <= 1 and .candidate_scores.min >= 0 and .positive_scores.max <= 1'
hone 0 -p p.hone candidates --json
shape '.candidates | all(.score >= 0 and .score <= 1 and (.margin - .score + .positive_score | fabs) < 1e-9)'
same "$(sqlite3 p.hone 'SELECT json_extract(options, "$.reranker") FROM mining ORDER BY id DESC LIMIT 1')" ce "the reranker of the mining"
hone 0 -p p.hone mine --retriever bm25+tfidf --reranker ce --margin 0 -n 2 -q
hone 0 -p p.hone candidates --json
shape '.candidates | all(.score <= .positive_score)'

hone 1 -p p.hone eval 'bm25|nothing'
said "reranker called 'nothing'"
said ce
hone 2 -p p.hone eval "bm25|$models/bert"
said "no reranker"
hone 2 -p p.hone eval "$cross"
said "bm25|"
hone 2 -p p.hone eval ce
hone 2 -p p.hone eval '|ce'
said "A|R"
hone 1 -p p.hone mine --reranker nothing
said nothing
rm -rf broken
cp -r "$cross" broken
head -c 30000 "$cross/model.safetensors" >broken/model.safetensors
hone 1 -p p.hone eval 'bm25|./broken'
said model.safetensors
sed 's/"0": "LABEL_0"/"0": "no", "1": "yes"/' "$cross/config.json" >broken/config.json
hone 2 -p p.hone eval 'bm25|./broken'
said "2 labels"
finish
