# SIGINT: exit 130, what was done kept, and the same command goes on.
. "$SOURCE/tests/program/lib.sh"
make_set set.json 400 0
hone 0 init p.hone
hone 0 import -q --split train set.json

# interrupt SECONDS ARGUMENTS…: through timeout, as a shell starts background jobs with SIGINT ignored
interrupt() {
    after=$1 got=0
    shift
    last="hone $* for $after s"
    timeout --foreground -s INT --preserve-status "$after" "$HONE" "$@" >out 2>err || got=$?
    stopped=$got told=$(cat err)
    case $got in
    0) ;; # it was quicker
    130) [ ! -s err ] || said "stopped" ;; # silent when it had not begun to listen
    *) fail "$last: exit $got after SIGINT: $(head -c 200 err)" ;;
    esac
    hone 0 check -q
}

for after in 0.05 0.3; do interrupt $after build lsa --dims 300; done
# until the machine is quick enough for the run to have begun
steps=0
for after in 0.5 1 2 4 8 16; do
    interrupt $after train --name r --epochs 2000 --batch 32
    [ "$stopped" = 130 ] || break
    any runs r --json
    [ "$got" = 0 ] && steps=$(jq .step out)
    [ "$steps" = 0 ] || break
done
[ "$stopped" = 130 ] || fail "2000 epochs were over in $after s"
[ "$steps" -gt 0 ] || fail "no step in $after s"
[ -n "$told" ] || fail "a stopped run says nothing"
shape '.state == "stopped" and (.metrics.loss | length > 0)'

interrupt 1 train --name r --epochs 2000 --batch 32
hone 0 runs r --json
[ "$(jq .step out)" -ge "$steps" ] || fail "the run began again"
hone 0 runs r --remove
hone 1 runs r

interrupt 0.3 mine -n 3
hone 0 mine -q -n 3
[ "$("$HONE" candidates --jsonl | jq -s length)" -gt 0 ] || fail "no candidates"
hone 0 check -q
finish
