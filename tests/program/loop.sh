# The main job on the sample corpus, and the JSON that scripts rely on.
. "$SOURCE/tests/program/lib.sh"
sample p.hone
expect 0 status "$HONE" -p p.hone status --json
json status '.documents and .chunks and .questions and .candidates'
expect 0 generate "$HONE" -p p.hone generate -q --all -n 2 --accept --json
json generate '.questions > 100 and .accepted > 50'
expect 0 freeze "$HONE" -p p.hone split -q --freeze test
expect 0 "build lsa" "$HONE" -p p.hone build lsa -q
expect 0 dry "$HONE" -p p.hone mine -q --dry-run --relative-margin 0.05 --json
json dry '.questions > 100 and .per_filter.relative_margin >= 0 and .positive_scores.mean > 0'
expect 0 "nothing written" "$HONE" -p p.hone candidates -q --jsonl
[ ! -s out ] || fail "a dry run wrote candidates"
expect 0 mine "$HONE" -p p.hone mine -q --retriever lsa --json
json mine '.candidates > 100 and .candidate_scores.p50 and (.short | type == "number") and (.random | type == "number")'
expect 0 candidates "$HONE" -p p.hone candidates -q --jsonl
head -1 out >first
json candidates '.question_id and .question and .chunk_id and .text and .rank >= 1 and .score and .positive_score and .margin and .status' first
expect 0 train "$HONE" -p p.hone train -q --name ft --negatives 2 --lr 1e-4 --keep-epochs --epochs 3 --seed 1 --json
json train '.name == "ft" and .method == "linear" and .loss == "mnrl" and .steps > 0 and .epochs == 3 and .seconds > 0 and .tokens_per_second > 0 and .best.step >= 0 and .best.metric and .baseline.value and (.kept == "best" or .kept == "baseline")'
expect 0 again "$HONE" -p p.hone train -q --name ft --negatives 2 --lr 1e-4 --keep-epochs --epochs 3 --seed 1 --json
expect 0 eval "$HONE" -p p.hone eval -q --json bm25 tfidf lsa ft ft@1 bm25+ft
json eval '.split == "test" and .corpus == "all" and .frozen and .questions > 50 and .chunks > 100 and (.retrievers | length) == 6'
json eval '.retrievers[0] | .name == "bm25" and .ms_per_query >= 0 and .metrics["accuracy@1"] and .metrics["precision@5"] and .metrics["recall@5"] and .metrics["mrr@10"] and .metrics["ndcg@10"] and .metrics["map@100"] and (.ci95["mrr@10"] | length) == 2'
json eval 'all(.retrievers[]; .metrics["mrr@10"] > 0.3)'
expect 0 "eval split" "$HONE" -p p.hone eval -q --corpus split -k 1,3,7 --json lsa
json "eval split" '.corpus == "split" and .chunks < 60 and .retrievers[0].metrics["accuracy@7"] and (.retrievers[0].metrics["accuracy@5"] | not)'
expect 0 csv "$HONE" -p p.hone eval -q --format csv lsa
head -1 out | grep -q '^epoch,steps,cosine-Accuracy@1,cosine-Accuracy@3,cosine-Accuracy@5,cosine-Accuracy@10,cosine-Precision@1,cosine-Recall@1' || fail "csv head: $(head -1 out)"
expect 0 llamaindex "$HONE" -p p.hone eval -q --format llamaindex lsa bm25
[ "$(head -1 out)" = retrievers,hit_rate,mrr ] || fail "llamaindex head"
expect 0 md "$HONE" -p p.hone eval -q --format md lsa
grep -q '^| lsa |' out || fail "markdown"
expect 0 compare "$HONE" -p p.hone compare -q --json lsa ft
json compare '.a == "lsa" and .b == "ft" and .questions == (.wins + .losses + .ties) and (.delta["mrr@10"] | type == "number") and (.p_value["mrr@10"] | type == "number") and .effect_size and .ci95'
expect 0 "compare three" "$HONE" -p p.hone compare -q --json bm25 lsa ft
json "compare three" '(.retrievers | length) == 3 and (.p_value["mrr@10"] | length) == 3'
expect 0 search "$HONE" -p p.hone search -q --json --retriever bm25 --retriever ft "why is my small corpus short of hard negatives"
json search '.query and (.results.ft | length) > 0 and (.results.bm25[0] | .rank == 1 and .score and .chunk_id and .document and .text)'
expect 0 "search questions" "$HONE" -p p.hone search -q --questions --retriever lsa "what does bm25 do with repeated words"
expect 0 embed sh -c "echo 'a text' | '$HONE' -p p.hone embed -q --embedder lsa --stdin"
json embed '.vector | length > 10'
id=$("$HONE" -p p.hone questions -q --jsonl status:accepted | head -1 | jq .id)
expect 0 reject "$HONE" -p p.hone review -q question "$id" reject
expect 0 undo "$HONE" -p p.hone review -q undo
expect 0 redo "$HONE" -p p.hone review -q redo
expect 0 journal "$HONE" -p p.hone export -q journal
for format in llamaindex flagembedding beir triplets csv jsonl squad quotes; do
    expect 0 "export $format" "$HONE" -p p.hone export -q --format $format "x-$format"
    expect 0 "import of $format" sh -c "'$HONE' -p 'in-$format.hone' init -q && { [ $format != quotes ] || '$HONE' -p in-$format.hone add -q '$SOURCE/sample_corpora/en' --split train; } && '$HONE' -p 'in-$format.hone' import -q --format $format 'x-$format'"
    expect 0 "eval of $format" sh -c "for s in train val test; do '$HONE' -p 'in-$format.hone' eval -q --split \$s bm25 >/dev/null 2>&1 && exit 0; done; exit 1"
done
expect 0 "export model" "$HONE" -p p.hone export -q model ft@1 adapter
[ -s adapter/config.json ] && [ -s adapter/pytorch_model.bin ] || fail "the adapter's folder"
expect 0 "import model" "$HONE" -p p.hone import -q --model adapter --name back --embedder lsa
expect 0 check "$HONE" -p p.hone check -q
finish
