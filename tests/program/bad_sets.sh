# Hostile question sets, a reader that hangs, and tasks where there is nothing to work on: a message, and the project as it was.
. "$SOURCE/tests/program/lib.sh"
make_set good.json 20 0
hone 0 init p.hone
hone 0 import -q --split train good.json
"$HONE" status --json >before

# refused FILE ARGUMENTS…: fails with a message that names the file
refused() {
    file=$1
    shift
    hone 1 "$@" "$file"
    said "$file"
}
mkdir x
: >x/empty.json
head -c 4096 /dev/urandom >x/random.json
head -c 1000 good.json >x/cut.json
awk 'BEGIN { for (i = 0; i < 200000; i++) printf "[" }' >x/deep.json
printf '1e999999' >x/number.json
printf '{"queries":{"a":"q"},"corpus":{},"relevant_docs":{"a":["gone"]}}' >x/missing.json
printf '{"queries":{"a":"q"},"corpus":{"c":"t"},"relevant_docs":{"b":["c"]}}' >x/noquery.json
printf '{"queries":["a"],"corpus":{"c":"t"},"relevant_docs":{}}' >x/types.json
printf '{"queries":{"a":7},"corpus":{"c":"t"},"relevant_docs":{"a":["c"]}}' >x/numbers.json
printf '{"something":"else"}' >x/unknown.json
printf '{"query":"a","pos":["b"]}\n{"query":\n' >x/half.jsonl
for f in x/*; do
    case $f in x/numbers.json) hone 1 import "$f" ;; *) refused "$f" import ;; esac
done
hone 1 import no-such-file.json
said no-such-file.json
hone 2 import good.json --format sonnet
said llamaindex
mkdir folder
hone 1 import folder
"$HONE" status --json >after
cmp -s before after || fail "a refused import changed the project"

# what can be read in part is read
printf '{"query":"one text","pos":"only one","neg":3}\n' >posstr.jsonl
any import --split val posstr.jsonl
[ "$got" -le 1 ] || fail "pos as a string: exit $got"
printf '{"query":"\377\376 bytes","pos":["\303 left"]}\n' >badutf.jsonl
any import --split val badutf.jsonl
[ "$got" -le 1 ] || fail "invalid UTF-8: exit $got"
printf '{"query":"a\000b","pos":["c"],"neg":[]}\n' >nul.jsonl
any import --split val nul.jsonl
[ "$got" -le 1 ] || fail "NUL: exit $got"
printf '{"queries":{"a":"q one","a":"q two"},"corpus":{"c":"text","c":"other"},"relevant_docs":{"a":["c"]}}' >twice.json
any import --split val twice.json
[ "$got" -le 1 ] || fail "an id twice: exit $got"
hone 0 -p p.hone check -q

# one bad file among good ones: told, the others go on, exit 3
make_set more.json 5 100
hone 3 import more.json x/cut.json
said x/cut.json

# a reader that hangs is stopped with the program
mkdir bin
printf '#!/bin/sh\nexec sleep 1000\n' >bin/pdftotext
chmod +x bin/pdftotext
printf '%%PDF-1.4\n' >hang.pdf
last="add hang.pdf" got=0
PATH="$PWD/bin:$PATH" timeout -s INT --preserve-status 2 "$HONE" add hang.pdf >out 2>err || got=$?
same "$got" 130 "a hanging reader is stopped by SIGINT"
said "stopped"
hone 0 -p p.hone check -q

# mining, training and evaluation where there is little
hone 0 init e.hone
for command in "mine" "train --name r" "eval" "eval bm25 --split val" "build lsa" "compare bm25 lsa" "embed"; do
    any -p e.hone $command
    [ "$got" = 1 ] && [ -s err ] || fail "$command on an empty project: exit $got"
done
any -p e.hone search anything
[ "$got" -le 1 ] || fail "search on an empty project: exit $got"
hone 1 -p e.hone generate
make_set one.json 1 0
hone 0 -p e.hone import --split test one.json
hone 0 -p e.hone eval -q bm25 tfidf lsa -k 1,500 --json
shape '.chunks == 1 and (.retrievers[0].metrics["accuracy@500"] <= 1)'
hone 0 -p e.hone search -k 1000 ferry
hone 1 -p e.hone eval bm26
said "bm26"
hone 1 -p e.hone eval --split val
said "val"
hone 0 -p e.hone review question --where "split:test" reject
hone 1 -p e.hone eval
hone 1 -p e.hone mine
hone 1 -p e.hone train --name r
hone 0 -p e.hone check -q
finish
