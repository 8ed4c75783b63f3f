# A reranker trained, killed, gone on with, and exported.
. "$SOURCE/tests/program/lib.sh"
base=$SOURCE/tests/golden/encoders/cross_bert
sample p.hone
hone 0 mine -p p.hone -q -n 3

hone 0 -p p.hone train --reranker "$base" --name rr --estimate --json
shape '.steps > 10 and .seconds > 0 and .memory_bytes > 0'
[ -e p.runs ] && fail "an estimate leaves a folder"

hone 0 -p p.hone train --reranker "$base" --name rr --epochs 3 --lr 2e-3 --dropout 0 --keep-epochs --json
shape '.method == "full" and .loss == "listwise" and .negatives > 0 and .tokens_per_second > 0 and .epochs == 3'
shape '.selection | test("the first 30 of bm25 reranked")'
kept=$(jq -r .kept out)
hone 0 -p p.hone retrievers --json
shape '[.retrievers[] | select(.kind == "reranker") | .name] | sort == ["rr", "rr@1", "rr@2", "rr@3"]'
[ "$kept" = baseline ] || [ -e p.runs/rr/model.safetensors ] || fail "no model in p.runs/rr: $(ls p.runs)"
hone 0 -p p.hone runs rr --json
shape '.state == "done" and (.metrics["val mrr@10"] | length > 3)'
hone 0 -p p.hone export model rr@3 made
for file in config.json model.safetensors tokenizer.json README.md; do [ -s "made/$file" ] || fail "no $file in the export"; done
grep -q text-ranking made/README.md || fail "the card is not a reranker's"

# what was exported is a reranker again
hone 0 -p p.hone train --reranker ./made --name next --method lora --loss bce --epochs 1 --pairs 40 --json
shape '.method == "lora" and .loss == "bce" and .pairs == 40'

# killed and gone on with, it ends as if it had not been
steps=$(($("$HONE" -p p.hone runs rr --json | jq .steps) * 4 / 3))
options="--reranker $base --epochs 4 --lr 2e-3 --seed 7"
hone 0 -p p.hone train --name whole $options --json
cp out whole.json
for after in 0.2 0.4 0.8; do
    "$HONE" -p p.hone train --name killed $options -q >/dev/null 2>&1 &
    victim=$!
    sleep "$after"
    kill -9 $victim 2>/dev/null || true
    wait $victim 2>/dev/null || true
    hone 0 -p p.hone check -q
done
hone 0 -p p.hone train --name killed $options --json
same "$(jq -c '[.best, .baseline, .steps]' out)" "$(jq -c '[.best, .baseline, .steps]' whole.json)" "the killed run's result"
same "$(jq .steps out)" "$steps" "steps"

hone 2 -p p.hone train --reranker "$SOURCE/tests/golden/encoders/bert" --name x
said "no reranker"
hone 1 -p p.hone runs x
hone 2 -p p.hone train --reranker "$base" --name x --method low-rank
said "full or lora"
hone 2 -p p.hone train --reranker "$base" --name x --loss gist
said "listwise"
hone 2 -p p.hone train --name x --loss listwise
hone 1 -p p.hone train --reranker ./nowhere --name x
said "nowhere"
hone 0 -p p.hone runs rr --remove
[ -e p.runs/rr@1 ] && fail "a removed run leaves a folder"
finish
