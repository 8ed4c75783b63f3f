# What a terminal gets: no control bytes of documents, rows that fit; and what a pipe gets: plain text.
. "$SOURCE/tests/program/lib.sh"
hone 0 init p.hone
esc=$(printf '\033')
printf 'A text with \033[31mred\033]0;title\007 and \302\2331m and more words to read.\n' >bad.txt
any add bad.txt
printf '{"query": "what \\u001b[2J clears", "pos": ["the \\u001b]0;x\\u0007 passage \\u009b2J"], "neg": ["no \\u007f way"]}\n' >bad.jsonl
any import --split train bad.jsonl
for command in "chunks" "questions" "documents" "chunk 1" "question 1" "search what -r bm25" "chunks --json" "questions --jsonl"; do
    hone 0 $command
    if LC_ALL=C tr -d '\n\t' <out | LC_ALL=C grep -q '[[:cntrl:]]'; then fail "$command: control bytes"; fi
done

# on a terminal of 80 columns
make_set set.json 20 0
hone 0 import set.json
if command -v script >/dev/null 2>&1; then
    for command in "chunks" "questions" "status" "search ferry"; do
        TERM=xterm script -qec "stty cols 80; '$HONE' $command" /dev/null </dev/null >screen 2>/dev/null
        tr -d '\r' <screen | sed "s/$esc\[[0-9;]*[mK]//g; s/…/./g" | awk 'length($0) > 80 { exit 1 }' || fail "$command: wider than 80 columns"
    done
    TERM=xterm script -qec "'$HONE' chunks" /dev/null </dev/null >screen 2>/dev/null
    grep -q "$esc\[1m" screen || fail "no bold head on a terminal"
    NO_COLOR=1 TERM=xterm script -qec "'$HONE' chunks" /dev/null </dev/null >screen 2>/dev/null
    grep -q "$esc\[1m" screen && fail "NO_COLOR is not respected"
    TERM=dumb script -qec "'$HONE' chunks" /dev/null </dev/null >screen 2>/dev/null
    grep -q "$esc" screen && fail "escapes on a dumb terminal"
fi

# no progress with -q, and none of it on stdout
hone 0 mine -q -n 1
[ -s err ] && fail "-q said something: $(cat err)"
finish
