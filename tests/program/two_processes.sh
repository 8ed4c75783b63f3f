# One process trains while another curates the same project; both succeed, and the run used what it began with.
. "$SOURCE/tests/program/lib.sh"
sample p.hone
"$HONE" -p p.hone build lsa -q >/dev/null
"$HONE" -p p.hone train -q --name long --method two-layer --epochs 200 --lr 1e-3 --json >train.json 2>train.err &
trainer=$!
n=0
for id in $("$HONE" -p p.hone questions -q --jsonl split:train | head -20 | jq .id); do
    "$HONE" -p p.hone review -q question "$id" flag >/dev/null 2>err || fail "review while training: $(head -c 300 err)"
    n=$((n + 1))
done
"$HONE" -p p.hone runs long -q >runs.txt 2>err || fail "looking at a run from outside: $(head -c 300 err)"
wait $trainer || fail "training while curated: $(head -c 300 train.err)"
json "training while curated" '.steps > 0' train.json
[ "$("$HONE" -p p.hone questions -q --jsonl status:flagged | wc -l)" = $n ] || fail "flags were lost"
expect 0 check "$HONE" -p p.hone check -q
"$HONE" -p p.hone train -q --name twice --method two-layer --epochs 400 >/dev/null 2>&1 &
trainer=$!
sleep 0.7
"$HONE" -p p.hone train -q --name twice --method two-layer --epochs 400 >out 2>err && status=0 || status=$?
if kill -0 $trainer 2>/dev/null; then
    [ $status = 1 ] || fail "two processes trained one run at once"
fi
kill -INT $trainer 2>/dev/null || true
wait $trainer && got=0 || got=$?
[ $got = 130 ] || [ $got = 0 ] || fail "SIGINT: exit $got"
expect 0 check "$HONE" -p p.hone check -q
# the same set from two at once is added once
make_set set.json 400 0
"$HONE" init -q twice.hone >/dev/null
"$HONE" -p twice.hone import -q set.json >/dev/null 2>err1 &
one=$!
"$HONE" -p twice.hone import -q set.json >/dev/null 2>err2 &
two=$!
for i in 1 2 3; do hone 0 -p twice.hone status --json; done
wait $one || fail "first of two imports: $(cat err1)"
wait $two || fail "second of two imports: $(cat err2)"
hone 0 -p twice.hone status --json
shape '.chunks.total == 400 and .documents.total == 1 and .questions.accepted.train == 800'
hone 0 -p twice.hone check -q
finish
