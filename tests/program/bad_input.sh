# Broken and hostile files and projects: a message that names the thing, nothing lost, no crash.
. "$SOURCE/tests/program/lib.sh"
sample p.hone
"$HONE" -p p.hone status --json >before
mkdir x
: >x/empty.md
head -c 50000 /dev/urandom >x/noise.txt
head -c 3000 /dev/urandom >x/noise.pdf
printf '%%PDF-1.4\n1 0 obj\n<< /Length 99999999 >>\nstream\n' >x/cut.pdf
printf 'PK\003\004 not a zip' >x/broken.docx
printf '{"a": [1, 2' >x/cut.json
i=0; while [ $i -lt 3000 ]; do printf '[[[[[[[[[['; i=$((i + 1)); done >x/deep.json
printf 'some text\n' >x/unknown.xyz
mkdir zip && (cd zip && mkdir word && head -c 60000000 /dev/zero | tr '\0' 'a' >word/document.xml && zip -q ../x/bomb.docx word/document.xml)
rm -rf zip
for f in x/*; do
    expect 1 "add $f" "$HONE" -p p.hone add -q "$f"
    says "add $f" "$(basename "$f")"
done
expect 1 "no such file" "$HONE" -p p.hone add -q gone.md
printf 'good\n\nA text about lighthouses that can be read and searched for by anyone who wants to.\n' >x/good.md
expect 3 "a folder of them" "$HONE" -p p.hone add -q x
"$HONE" -p p.hone documents --jsonl -q | grep -q good.md || fail "the good file of the folder was not added"
printf 'caf\351 au lait and \000 a NUL and \033[31m a colour\nmore words here\n' >odd.txt
"$HONE" -p p.hone add -q odd.txt >out 2>err || [ -s err ] || fail "control bytes: neither read nor refused in words"
"$HONE" -p p.hone chunks -q 2>/dev/null | grep -q "$(printf '\033')" && fail "control bytes of a document reached the terminal" || true
if [ -n "${HEAVY:-}" ]; then
    head -c 200000000 /dev/zero | tr '\0' 'x' >line.txt
    timeout 120 "$HONE" -p p.hone add -q line.txt >out 2>err || [ -s err ] || fail "200 MB line: neither read nor refused in words"
    rm -f line.txt
fi

# question sets
printf '{"query":"a","pos":["b"]}\n{"query":' >cut.jsonl
expect 1 "cut set" "$HONE" -p p.hone import -q cut.jsonl
says "cut set" "line 2"
printf '{"queries":{"a":"q"},"corpus":{},"relevant_docs":{"a":["gone"]}}' >missing.json
expect 1 "missing chunk" "$HONE" -p p.hone import -q missing.json
says "missing chunk" gone
expect 1 "empty set" "$HONE" -p p.hone import -q x/empty.md

# projects
printf 'not a database' >n.hone
expect 1 "not a project" "$HONE" -p n.hone status
[ "$(cat n.hone)" = "not a database" ] || fail "a foreign file was written to"
[ ! -e n.hone-wal ] || fail "files were made beside a foreign one"
sqlite3 other.hone 'create table t(a); insert into t values(1)'
expect 1 "another program's database" "$HONE" -p other.hone status
cp p.hone newer.hone
sqlite3 newer.hone 'pragma user_version = 9999'
expect 1 "newer version" "$HONE" -p newer.hone status
says "newer version" newer
[ "$(sqlite3 newer.hone 'pragma user_version')" = 9999 ] || fail "a newer project was changed"
head -c 30000 p.hone >half.hone
expect 1 "half a project" "$HONE" -p half.hone status
expect 1 "no such project" "$HONE" -p gone.hone status
if [ "$(id -u)" != 0 ]; then
    cp p.hone ro.hone && chmod 400 ro.hone
    expect 1 "read-only" "$HONE" -p ro.hone add -q x/good.md
fi
if [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=3m none full 2>/dev/null; then
    cp empty.hone full/p.hone 2>/dev/null || "$HONE" -p full/p.hone init -q >/dev/null
    "$HONE" -p full/p.hone add -q "$SOURCE/sample_corpora" >out 2>err && fail "a full disk went unnoticed" || true
    [ -s err ] || fail "full disk: no message"
    rm -f full/*-journal
    "$HONE" -p full/p.hone check -q >out 2>err || fail "a full disk broke the project: $(head -c 300 err)"
    umount full
else
    echo "skipped: full disk (no tmpfs can be mounted here)"
fi
sqlite3 p.hone 'begin immediate; select 1;' '.system sleep 14' 'rollback;' >/dev/null &
locker=$!
sleep 1
printf 'A new text about the crossing in winter, which takes an hour.\n' >fresh.txt
expect 1 "locked" "$HONE" -p p.hone add -q fresh.txt
says "locked" p.hone
wait $locker || true

# what makes no sense
expect 1 "no questions in the split" "$HONE" -p p.hone eval -q --split val --where id:999999 lsa
"$HONE" -p one.hone init -q >/dev/null
printf 'One short text about a lighthouse.\n' >one.txt
"$HONE" -p one.hone add -q one.txt --split train >/dev/null
expect 1 "one chunk, no questions: train" "$HONE" -p one.hone train -q --name t
expect 1 "one chunk, no questions: eval" "$HONE" -p one.hone eval -q lsa
expect 1 "one chunk, no questions: mine" "$HONE" -p one.hone mine -q
"$HONE" -p one.hone question add -q "where is the light?" --chunk 1 >/dev/null
expect 0 "k larger than the corpus" "$HONE" -p one.hone eval -q --split train -k 1,500 --json lsa bm25
json "k larger than the corpus" '.retrievers[0].metrics["recall@500"] == 1'
expect 1 "one question: train" "$HONE" -p one.hone train -q --name t
"$HONE" -p one.hone review -q question --where origin:human reject >/dev/null
expect 1 "all rejected" "$HONE" -p one.hone eval -q --split train lsa
says "all rejected" accepted
expect 1 "unknown retriever" "$HONE" -p p.hone eval -q nonsense
says "unknown retriever" bm25
expect 0 check "$HONE" -p p.hone check -q
"$HONE" -p p.hone status --json >after
jq -S '.questions' before >q1; jq -S '.questions' after >q2
cmp -s q1 q2 || fail "questions were lost or added: $(cat q2)"
finish
