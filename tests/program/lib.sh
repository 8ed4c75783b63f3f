# Sourced by the whole-program tests: HONE is the binary, SOURCE the tree. A scratch folder is made, entered, and removed at the end.
set -eu
scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
cd "$scratch"
unset HONE_PROJECT || true
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# expect STATUS WHAT COMMAND…: runs it; out and err are files. A failing command must say why in one line that names hone.
expect() {
    wanted=$1 what=$2
    shift 2
    got=0
    timeout 120 "$@" >out 2>err || got=$?
    if [ "$got" != "$wanted" ]; then
        fail "$what: exit $got, not $wanted: $(head -c 300 err)"
    elif [ "$wanted" = 1 ] || [ "$wanted" = 2 ]; then
        [ -s err ] || fail "$what: no message"
        [ "$(wc -l <err)" -le 3 ] || fail "$what: more than a message: $(head -c 300 err)"
    fi
}

# says WHAT TEXT: the last message holds the text.
says() { grep -qi -- "$2" err || fail "$1: the message does not say '$2': $(head -c 300 err)"; }

# json WHAT FILTER [FILE]: the filter is true of the last output.
json() { jq -e "$2" "${3:-out}" >/dev/null 2>&1 || fail "$1: $2 is not true of $(head -c 300 "${3:-out}")"; }

finish() {
    [ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
}

# sample PROJECT: the English sample corpus with its questions.
sample() {
    "$HONE" -p "$1" init -q >/dev/null
    for split in train val test; do "$HONE" -p "$1" add -q "$SOURCE/sample_corpora/en/$split" --split $split >/dev/null; done
    "$HONE" -p "$1" import -q "$SOURCE/sample_corpora/en/questions.jsonl" >/dev/null
}
