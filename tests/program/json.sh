# The JSON that scripts rely on, and lists in their three forms.
. "$SOURCE/tests/program/lib.sh"
make_set train.json 60 0
make_set test.json 30 60

hone 0 init p.hone
hone 0 import -q --split train train.json --json
shape '.files[0] | .format == "llamaindex" and .chunks_added == 60 and .questions_added == 120 and .links_added == 120'
hone 0 import -q --split test test.json
hone 0 import -q --split train train.json --json
shape '.files[0] | .chunks_added == 0 and .questions_added == 0 and .chunks_known == 60'

hone 0 status --json
shape '.chunks.total == 90 and .questions.accepted.train == 120 and .questions.accepted.test == 60 and .documents.total == 2'
same "$(jq -s length out)" 1 "one document on stdout"

hone 0 mine -q --retriever bm25 -n 2 --dry-run --json
shape '.questions == 120 and .dry_run and (.per_filter | has("max_score")) and (.short | type == "number")'
hone 0 candidates --jsonl
[ -s out ] && fail "a dry run wrote candidates"
hone 0 mine -q --retriever bm25 -n 2 --json
shape '.candidates > 0 and (.positive_scores | has("mean") and has("std") and has("p25") and has("p50") and has("p75"))'
shape '.candidate_scores.mean and (.random | type == "number")'
hone 0 candidates --jsonl
jq -se 'length > 0 and all(has("question_id") and has("question") and has("chunk_id") and has("chunk_key") and has("text") and has("rank")
    and has("score") and has("positive_score") and has("margin") and .status == "pending" and .rank >= 1)' out >/dev/null || fail "candidates --jsonl"

hone 0 train -q --name r --epochs 2 --batch 16 --json
shape '.name == "r" and .method == "linear" and .loss == "mnrl" and .steps > 0 and .epochs == 2 and (.seconds | type == "number")'
shape '(.best | has("step") and has("metric") and has("value")) and (.baseline | has("metric") and has("value")) and (.kept == "best" or .kept == "baseline")'
shape '.ended_early == false and (.verdicts | has("kept") and has("false_negative") and has("promoted")) and (.journal | type == "number")'
hone 0 train -q --estimate --epochs 2 --batch 16 --json
shape '.questions > 0 and .pairs > 0 and .negatives == 0 and .steps > 0 and .evaluations > 1 and .refit_steps > 0'
shape '.seconds > 0 and .refit_seconds > 0 and .step_seconds > 0 and .memory_bytes > 1000000'
hone 0 train -q --estimate
printed "about "
hone 2 train -q --estimate --method none
hone 0 outcome -q r --json
shape '.run == "r" and (.baseline | startswith("lsa@")) and .val.questions == 0 and .note != "" and .won == [] and .lost == []'
shape '.test | .questions == 60 and (."mrr@10" | has("before") and has("after") and has("delta") and has("p_value") and (.ci95 | length == 2)) and has("accuracy@5")'
shape '.next | has("above_positive") and has("first_unjudged") and has("found_nowhere")'
hone 0 outcome -q r bm25
printed "r against bm25"
hone 1 outcome -q nobody
said "nobody"
hone 0 runs r --json
shape '.name == "r" and .state == "done" and (.metrics.loss | length > 0) and (.metrics.loss[0] | length == 2)'
hone 0 runs --jsonl
same "$(wc -l <out | tr -d ' ')" 1 "one run a line"

hone 0 eval -q --split test --corpus split bm25 lsa r bm25+r --json
shape '.split == "test" and .corpus == "split" and has("frozen") and .questions == 60 and .chunks == 30'
shape '[.retrievers[].name] == ["bm25", "lsa", "r", "bm25+r"]'
shape '.retrievers[0] | has("ms_per_query") and (.metrics | has("accuracy@1") and has("accuracy@5") and has("precision@5") and has("recall@5")
    and has("mrr@10") and has("ndcg@10") and has("map@100")) and (.ci95["mrr@10"] | length == 2)'
for format in text md csv llamaindex; do
    hone 0 eval -q --split test --no-store --format $format bm25
    [ -s out ] || fail "eval --format $format printed nothing"
done
hone 0 evals --json
shape '.evals | length == 3 and (.[0].table.retrievers | length == 4)'
hone 0 evals 3
printed "bm25+r"

hone 0 compare -q --split test bm25 lsa --json
shape '.a == "bm25" and .b == "lsa" and .questions == 60 and (.wins + .losses + .ties == 60)'
shape '(.delta | has("mrr@10")) and (.p_value | has("mrr@10")) and (.effect_size | has("mrr@10")) and (.ci95["mrr@10"] | length == 2)'
hone 0 compare -q --split test bm25 lsa tfidf --json
jq -se 'length == 1' out >/dev/null || fail "compare of three"

hone 0 search --retriever lsa --retriever bm25 -k 3 "which ferry is number k5" --json
shape '.query == "which ferry is number k5" and (.results.lsa | length == 3)'
shape '.results.bm25[0] | has("rank") and has("score") and has("chunk_id") and .chunk_key == "c5" and has("document") and has("page_first")
    and has("page_last") and has("text")'
hone 0 search --questions -r bm25 "k5" --json
shape '.results.bm25[0] | has("question_id")'

hone 0 retrievers --json
shape '[.retrievers[].name] | index("bm25") != null and index("r") != null'
hone 0 questions split:test limit:5 --json
shape '.questions | length == 5 and (.[0].chunks | length == 1)'
hone 0 questions --where split:test --limit 7 --jsonl
same "$(wc -l <out | tr -d ' ')" 7 "--limit"
hone 0 chunks id:1 --jsonl
shape '.id == 1 and .status == "live" and .split == "train"'
hone 0 documents --jsonl
same "$(wc -l <out | tr -d ' ')" 2 "documents"
hone 2 questions colour:red
said "status"
hone 0 questions status:rejected
[ -s out ] && fail "an empty list printed something"
hone 0 question 1 2 --json
shape '.questions | length == 2'
hone 1 question 99999
hone 2 question x

for format in llamaindex flagembedding triplets csv; do
    hone 0 export --format $format
    [ -s out ] || fail "export --format $format printed nothing"
done
hone 0 export --format llamaindex back.json --split test
jq -e '(.queries | length == 60) and (.corpus | length >= 30)' back.json >/dev/null || fail "export --split test"
hone 2 export --format beir
hone 0 export --format beir beir
[ -s beir/corpus.jsonl ] && [ -s beir/queries.jsonl ] || fail "beir"
hone 0 export model r adapter
jq -e '.in_features > 0' adapter/config.json >/dev/null || fail "export model"
hone 0 import --model adapter --name again --embedder lsa
hone 0 eval -q --split test --corpus split --no-store r again --json
shape '(.retrievers[0].metrics["mrr@10"] - .retrievers[1].metrics["mrr@10"]) | fabs < 1e-6'

printf 'insurance\n\nferry\n' | "$HONE" embed --embedder lsa --stdin >out 2>err || fail "embed --stdin"
same "$(wc -l <out | tr -d ' ')" 3 "a vector a line"
jq -se 'all(.vector | type == "array") and (.[0].vector | length) == (.[2].vector | length)' out >/dev/null || fail "embed --stdin"
hone 0 embed --json
shape '.embedder == "lsa" and .passages == 90 and .dims > 0'

hone 0 split --freeze test --json
shape '.frozen != null and .frozen_changed == false'
hone 0 eval -q --no-store bm25 --json
shape '.frozen != null'
hone 0 split --json
shape '.splits | length == 4'
hone 0 -p p.hone check -q
finish
