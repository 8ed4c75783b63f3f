# Which project is meant; init, status, config, check, doctor; files that are no projects.
. "$SOURCE/tests/program/lib.sh"

hone 1 status
said "no project here"
said "hone init"
hone 0 init
same "$(cat out)" "$(basename "$scratch").hone" "init without a name"
rm -f ./*.hone*
hone 0 init a.hone
hone 0 status
hone 0 init b.hone
hone 1 status
said "more than one project"
hone 0 -p a.hone status
HONE_PROJECT=b.hone "$HONE" status --json >out 2>err || fail "\$HONE_PROJECT"
shape '.project == "b.hone"'
HONE_PROJECT=b.hone "$HONE" -p a.hone status --json >out 2>err || fail "-p before \$HONE_PROJECT"
shape '.project == "a.hone"'
hone 0 status --json -p a.hone
shape '.documents.total == 0 and .questions.pending.train == 0 and .candidates.kept == 0 and .runs == 0 and (.next | length) > 0'
shape '.chunks.test == 0 and .retrievers == 0'
hone 0 a.hone

# an existing file is never touched
cp a.hone before
hone 1 init a.hone
said "a.hone"
cmp -s a.hone before || fail "init touched a project"
printf 'mine' >c.hone
hone 1 init c.hone
same "$(cat c.hone)" "mine" "init over a file"

# settings
hone 0 -p a.hone config title_body on
same "$(cat out)" on "config sets"
hone 0 -p a.hone config --json
shape '.title_body == "on"'
hone 0 -p a.hone config title-body --unset
same "$(cat out)" off "config unsets"
hone 2 -p a.hone config title_body perhaps
said "off|on"
hone 2 -p a.hone config nothing
said "title_body"

hone 0 -p a.hone check -q
hone 0 -p a.hone check --json
shape '.problems == []'
hone 0 -p a.hone doctor
printed "kernels"
hone 0 -p a.hone doctor --json
shape '.findings | length > 6'
hone 0 doctor

# files that are no projects
printf 'not a database' >n.hone
hone 1 -p n.hone status
said "n.hone"
same "$(cat n.hone)" "not a database" "a foreign file"
: >empty.hone
hone 1 -p empty.hone status
[ -s empty.hone ] && fail "an empty file was written to"
head -c 100000 a.hone | tail -c 90000 >torn.hone
hone 1 -p torn.hone status
head -c 20000 a.hone >short.hone
hone 1 -p short.hone status
hone 1 -p missing.hone status
said "missing.hone"
[ -e missing.hone ] && fail "a missing project was made"
mkdir folder.hone
hone 1 -p folder.hone status

# of a newer version: the user_version stands at byte 60 of the file
cp a.hone new.hone
printf '\177' | dd of=new.hone bs=1 seek=60 conv=notrunc 2>/dev/null
cp new.hone before
hone 1 -p new.hone status
said "newer"
cmp -s new.hone before || fail "a newer project was touched"

# all of it on a disk that cannot be written
hone 0 -p a.hone export journal j.jsonl
hone 1 -p a.hone export journal no/such/folder/j.jsonl
if [ -e /dev/full ]; then
    got=0 last="standard output on a full disk"
    "$HONE" help >/dev/full 2>err || got=$?
    same "$got" 1 "$last"
    said "standard output"
fi

# read-only, as somebody who is not root
make_set set.json 5 0
mkdir own
cp a.hone own/ro.hone
chmod 444 own/ro.hone
chmod 755 "$scratch" own
as() { "$@"; }
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    as() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
fi
if as test -w own/ro.hone || ! as test -x "$HONE"; then
    echo "skipped: read-only (nobody here but root)"
else
    got=0 last="import into a read-only project"
    as "$HONE" -p own/ro.hone import set.json >out 2>err || got=$?
    same "$got" 1 "$last"
    said "own/ro.hone"
    cmp -s own/ro.hone a.hone || fail "a read-only project changed"
fi
finish
