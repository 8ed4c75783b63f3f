# A model folder through the whole program: embed, a name of the project's own, eval, train on top of it, and what is refused.
. "$SOURCE/tests/program/lib.sh"
models=$SOURCE/tests/golden/encoders
bert=$models/bert

# near WHAT FILE: the vectors of the last output are those of the real library.
near() {
    jq -s --slurpfile g "$2" '[., $g[0].passage_vectors] | transpose | all(
        ([.[0].vector, .[1]] | transpose | map(.[0] * .[1]) | add) as $xy
        | (.[0].vector | map(. * .) | add) as $xx | (.[1] | map(. * .) | add) as $yy
        | 1 - $xy / ($xx * $yy | sqrt) | . < 1e-5 and . > -1e-5)' out | grep -q true || fail "$1: not the library's vectors"
}

# lines of standard input, without a project
for model in bert bert_legacy xlmr xlmr_bin distilbert roberta; do
    jq -r '.passages[]' "$models/$model.json" >texts
    expect 0 "embed $model" "$HONE" embed --embedder "$models/$model" --stdin <texts
    [ "$(wc -l <out)" = 4 ] || fail "$model: $(wc -l <out) vectors for 4 texts"
    near "$model" "$models/$model.json"
done
expect 0 "no lines" "$HONE" embed --embedder "$bert" --stdin </dev/null
[ -s out ] && fail "vectors of no lines"
printf 'one\r\ntwo\n\nfour' >texts
expect 0 "odd line ends" "$HONE" embed --embedder "$bert" --stdin <texts
[ "$(wc -l <out)" = 4 ] || fail "odd line ends: $(wc -l <out) vectors"
head -1 out >first
printf 'one' >texts
expect 0 "one line" "$HONE" embed --embedder "$bert/" --stdin <texts
cmp -s first out || fail "the vector of a line depends on its neighbours"
printf 'broken \377\376 bytes\001\n' >texts
expect 0 "broken bytes" "$HONE" embed --embedder "$bert" --stdin <texts

# whoever writes a line and waits for its vector gets it
mkfifo to from
"$HONE" embed --embedder "$bert" --stdin <to >from 2>err &
program=$!
exec 3>to 4<from
for line in one two; do
    echo "$line" >&3
    timeout 60 head -1 <&4 >got || true
    [ "$(wc -l <got)" = 1 ] || fail "no vector before the next line"
done
exec 3>&- 4<&-
wait "$program" || true

# in a project, by path and by a name of its own
sample p.hone
hone 1 -p p.hone config model.tiny ./nowhere
said "hone pull"
hone 1 -p p.hone config model.bm25 "$bert"
said "already the name"
hone 2 -p p.hone config model.a+b "$bert"
hone 0 -p p.hone config model.tiny "$bert"
hone 0 -p p.hone config model.tiny --json
shape ".[\"model.tiny\"] == \"$(cd "$bert" && pwd -P)\""
hone 2 -p p.hone config model.tiny.max_tokens many
hone 0 -p p.hone config model.tiny.max_tokens 48
hone 0 -p p.hone config model.tiny.query_prompt 'find: '
hone 0 -p p.hone config --json
shape '.["model.tiny.query_prompt"] == "find: " and .["model.tiny.max_tokens"] == "48"'
hone 0 -p p.hone retrievers --json
shape '.retrievers[] | select(.name == "tiny") | .kind == "model"'
hone 0 -p p.hone embed --embedder tiny --json
shape '.dims == 20 and .passages > 10'
same "$(sqlite3 p.hone 'SELECT count(DISTINCT hash) FROM vector v JOIN embedder e ON e.id = embedder_id WHERE e.name = "tiny" AND role = 1')" \
    "$(sqlite3 p.hone 'SELECT count(DISTINCT text_hash) FROM chunk WHERE status = "live"')" "vectors of passages"
before=$(sqlite3 p.hone 'SELECT max(id) FROM vector')
hone 0 -p p.hone embed --embedder tiny
same "$(sqlite3 p.hone 'SELECT max(id) FROM vector')" "$before" "the last vector, after embedding again"
hone 0 -p p.hone eval tiny "$bert" "bm25+tiny" --json
shape '.retrievers | length == 3 and all(.metrics["mrr@10"] >= 0)'
shape ".retrievers[1].name == \"$bert\""
# other prompts are another embedder
[ "$(sqlite3 p.hone 'SELECT count(*) FROM embedder')" = 2 ] || fail "embedders: $(sqlite3 p.hone 'SELECT name FROM embedder')"
hone 0 -p p.hone train --name ft --embedder tiny --method linear --epochs 2 -q
hone 0 -p p.hone eval tiny ft --json
shape '.retrievers[1].run > 0 or .retrievers[1].name == "ft"'
hone 1 -p p.hone train --name tiny --embedder tiny --method linear -q
said "already the name"
hone 1 -p p.hone config model.ft "$bert"
said "already the name"

# a model whose files change is another one
mkdir copy
cp -r "$bert/." copy
hone 0 -p p.hone embed --embedder ./copy
rows=$(sqlite3 p.hone 'SELECT count(*) FROM embedder')
hone 0 -p p.hone embed --embedder ./copy
same "$(sqlite3 p.hone 'SELECT count(*) FROM embedder')" "$rows" "embedders, nothing changed"
cp "$models/bert_legacy/tokenizer_config.json" copy/tokenizer_config.json
hone 0 -p p.hone embed --embedder ./copy
same "$(sqlite3 p.hone 'SELECT count(*) FROM embedder')" "$((rows + 1))" "embedders, after a file changed"
mkdir 'a+b'
cp -r "$bert/." 'a+b'
hone 0 -p p.hone eval ./a+b -q

# paths as long as caches have them
deep=./$(printf 'a%.0s' $(seq 90))/$(printf 'b%.0s' $(seq 90))
mkdir -p "$deep/one" "$deep/two"
cp -r "$bert/." "$deep/one"
cp -r "$models/distilbert/." "$deep/two"
hone 0 -p p.hone eval "$deep/one" "$deep/two" --json
shape ".retrievers[0].name == \"$deep/one\" and .retrievers[1].name == \"$deep/two\""
hone 0 -p p.hone train --name deep --embedder "$deep/two" --method linear --epochs 1 -q
hone 0 -p p.hone eval deep -q

# what cannot be used is refused by name
hone 2 -p p.hone embed --embedder "$models/cross_bert"
said "reranker"
hone 1 embed --embedder ./nowhere --stdin
hone 1 -p p.hone embed --embedder ./nowhere
said "nowhere"
hone 1 -p p.hone eval ./nowhere
said "nowhere"
for gone in model.safetensors tokenizer.json; do
    rm -rf broken
    mkdir broken
    cp -r "$bert/." broken
    rm "broken/$gone"
    hone 1 embed --embedder ./broken --stdin
    said broken
done
rm -rf broken
mkdir broken
cp -r "$bert/." broken
sed 's/"intermediate_size": 37/"intermediate_size": 38/' "$bert/config.json" >broken/config.json
hone 1 embed --embedder ./broken --stdin
said intermediate
sed 's/"bert"/"mamba"/' "$bert/config.json" >broken/config.json
hone 1 embed --embedder ./broken --stdin
said mamba
cp "$bert/config.json" broken
cp "$models/roberta/tokenizer.json" broken
hone 1 embed --embedder ./broken --stdin
said "do not belong together"
cp "$bert/tokenizer.json" broken
head -c 30000 "$bert/model.safetensors" >broken/model.safetensors
hone 1 embed --embedder ./broken --stdin
said model.safetensors
finish
