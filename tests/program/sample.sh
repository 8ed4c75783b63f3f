# hone sample: a project of the corpora that are built into the program.
. "$SOURCE/tests/program/lib.sh"
hone 0 sample --json
shape '.project == "handbook.hone" and .folder == "handbook" and .documents == 15 and .questions == 259 and .made > 0'
diff -r handbook "$SOURCE/sample_corpora/en" >diff.out || fail "the documents are not the corpus: $(head -c 300 diff.out)"
hone 0 -p handbook.hone status --json
shape '.documents.total == 15 and .documents.train == 8 and .documents.val == 3 and .documents.test == 4 and .documents.none == 0'
shape '.questions.accepted.total == 259 and .questions.pending.train > 0'
hone 0 -p handbook.hone split --json
hone 0 -p handbook.hone check
hone 0 -p handbook.hone add -q handbook/train handbook/val --json
shape '.unchanged == 11'

# again: nothing new, and decisions stay
hone 0 -p handbook.hone review question --where 'status:pending' reject
"$HONE" -p handbook.hone status --json >before
hone 0 sample --json
shape '.documents == 0 and .questions == 0'
"$HONE" -p handbook.hone status --json >after
cmp -s before after || fail "a second 'hone sample' changed the project"

hone 0 sample zh
printed handbook-zh.hone
hone 0 -p handbook-zh.hone status --json
shape '.documents.total == 15 and .questions.accepted.total == 245'
mkdir sub
hone 0 -p sub/mine.hone sample zh
[ -f sub/mine/questions.jsonl ] || fail "the documents are not beside the project"
HONE_PROJECT=sub/other.hone "$HONE" sample -q >/dev/null || fail "HONE_PROJECT"
[ -f sub/other.hone ] && [ -f sub/other/questions.jsonl ] || fail "HONE_PROJECT names another project"

# what is there is not overwritten
hone 2 sample fr
said zh
hone 2 -p plain sample
said plain.hone
[ ! -e plain ] || fail "a project of a wrong name was made"
mkdir -p taken/train
echo mine >taken/train/bm25.md
hone 1 -p taken.hone sample
said taken/train/bm25.md
same "$(cat taken/train/bm25.md)" mine "a file in the way"
[ ! -e taken.hone ] || fail "a project was made before the refusal"
hone 0 init own.hone
echo 'A text of my own about ferries and lighthouses.' >own.md
hone 0 -p own.hone add -q own.md
hone 1 -p own.hone sample
said own
[ ! -e own ] || fail "documents were written beside a project that has its own"
hone 0 init empty.hone
hone 0 -p empty.hone sample
printed "15 documents"
echo 'not a project' >broken.hone
hone 1 -p broken.hone sample
said broken.hone
echo changed >>handbook/val/adapters.md
hone 1 sample
said handbook/val/adapters.md
finish
