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

# hone STATUS ARGUMENTS…: expect of the binary; said, printed and shape look at what it left. any: whatever its status, left in $got.
hone() {
    last="hone $*"
    status=$1
    shift
    expect "$status" "$last" "$HONE" "$@" </dev/null
    if LC_ALL=C tr -d '\n' <err | LC_ALL=C grep -q '[[:cntrl:]]'; then fail "$last: control bytes on stderr"; fi
}
any() {
    last="hone $*" got=0
    timeout 120 "$HONE" "$@" >out 2>err </dev/null || got=$?
}
said() { says "$last" "$1"; }
shape() { json "$last" "$1"; }
printed() { grep -qF -- "$1" out || fail "$last: does not print '$1' but: $(head -c 300 out)"; }
same() { [ "$1" = "$2" ] || fail "$3: '$1' is not '$2'"; }

# make_set FILE COUNT FIRST: a LlamaIndex set of COUNT passages, each with two questions, from number FIRST on.
make_set() {
    awk -v n="$2" -v first="$3" 'BEGIN {
        split("harbour ferry granite lighthouse bakery school museum barge winter channel ticket bicycle keeper logbook storm lamp", w, " ")
        q = c = r = ""
        for (i = first; i < first + n; i++) {
            a = w[1 + i % 16]; b = w[1 + int(i / 16) % 16]; d = w[1 + (i * 7 + 3) % 16]
            text = "Record " i " tells of the " a " and the " b ". The " a " number k" i " was opened beside the " d ", and every " b " of that year is listed under code z" (i * 37 % 1009) "."
            c = c (c == "" ? "" : ",") sprintf("\"c%d\":\"%s\"", i, text)
            q = q (q == "" ? "" : ",") sprintf("\"q%d\":\"Which %s was opened as number k%d?\",\"p%d\":\"Under which code is the %s of record %d listed?\"", i, a, i, i, b, i)
            r = r (r == "" ? "" : ",") sprintf("\"q%d\":[\"c%d\"],\"p%d\":[\"c%d\"]", i, i, i, i)
        }
        printf "{\"queries\":{%s},\"corpus\":{%s},\"relevant_docs\":{%s},\"mode\":\"text\"}\n", q, c, r
    }' >"$1"
}
