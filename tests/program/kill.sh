# kill -9 at any moment of any task: the same command goes on, and the result is that of an uninterrupted one.
. "$SOURCE/tests/program/lib.sh"
S=$SOURCE/sample_corpora/en

# run PROJECT KILL COMMAND…: with KILL, killed several times on its way first, at moments that differ from run to run.
run() {
    project=$1 kill=$2
    shift 2
    if [ "$kill" = kill ]; then
        for tries in 1 2 3 4; do
            "$HONE" -p "$project" "$@" >/dev/null 2>&1 &
            victim=$!
            sleep "0.$(awk -v s="$tries$$" 'BEGIN {srand(s); printf "%03d", 5 + int(rand() * rand() * 400)}')"
            kill -9 $victim 2>/dev/null || true
            wait $victim 2>/dev/null || true
            "$HONE" -p "$project" check -q >out 2>err || fail "after a kill in $1: $(head -c 300 out err)"
        done
    fi
    "$HONE" -p "$project" "$@" >out 2>err || fail "$*: $(head -c 300 err)"
}

all() {
    "$HONE" -p "$1" init -q >/dev/null
    run "$1" "$2" add -q "$S/train" --split train
    run "$1" "$2" add -q "$S/val" --split val
    run "$1" "$2" add -q "$S/test" --split test
    run "$1" "$2" import -q "$S/questions.jsonl"
    run "$1" "$2" generate -q --all -n 2
    run "$1" "$2" build lsa -q
    run "$1" "$2" mine -q --retriever lsa --sampling random -n 5 --range 0:40 --seed 3
    run "$1" "$2" train -q --name r --method two-layer --lr 5e-3 --epochs 30 --negatives 2 --seed 1
    run "$1" "$2" train -q --name e -e "$SOURCE/tests/golden/encoders/bert" --method full --lr 1e-3 --epochs 4 --seed 1
    run "$1" "$2" eval -q --split test bm25 lsa r e
    "$HONE" -p "$1" eval -q --split test --json --no-store bm25 lsa r e | jq -S '[.retrievers[] | {name, metrics}]' >"$1.eval"
    "$HONE" -p "$1" questions -q --jsonl | jq -r '[.text, .status, .split] | @tsv' | sort >"$1.questions"
    "$HONE" -p "$1" candidates -q --jsonl | jq -r '[.question, .text, .rank] | @tsv' | sort >"$1.candidates"
    "$HONE" -p "$1" chunks -q --jsonl | jq -r '.text' | sort >"$1.chunks"
    [ "$(sqlite3 "$1" 'pragma integrity_check')" = ok ] || fail "integrity of $1"
}

all a.hone no
all b.hone kill
cmp -s a.runs/e/model.safetensors b.runs/e/model.safetensors || fail "after kills the trained models differ"
[ ! -e a.runs/e/checkpoint ] && [ ! -e b.runs/e/checkpoint ] || fail "checkpoints of finished runs are left"
for what in eval questions candidates chunks; do
    [ -s a.hone.$what ] || fail "nothing to compare: $what"
    cmp -s a.hone.$what b.hone.$what || fail "after kills $what differ: $(diff a.hone.$what b.hone.$what | head -5)"
done
finish
