. "$SOURCE/tests/program/lib.sh"
# How much is enough: a table of runs, words, and the same again without running anything twice.
sample p.hone
hone 2 -p p.hone sweep
said "--name"
hone 0 -p p.hone sweep --name s --methods linear,low-rank --pairs 40,all --epochs 2 --json -q
shape '.val_questions > 0 and .test_questions > 0 and (.rows | length) == 4 and all(.rows[]; .state == "done")'
shape '[.rows[].name] == ["s-linear-40", "s-linear-all", "s-low-rank-40", "s-low-rank-all"]'
shape '(.rows[0].pairs == 40) and (.rows[1].pairs > 40) and (.words | length) >= 4'
shape '.untrained.val."mrr@10" > 0 and .untrained.test.ci95."mrr@10"[0] < .untrained.test."mrr@10"'
cp out first
hone 0 -p p.hone sweep --name s --methods linear,low-rank --pairs 40,all --epochs 2 --json -q
same "$(jq -c '[.rows[] | [.name, .seconds]]' first)" "$(jq -c '[.rows[] | [.name, .seconds]]' out)" "runs that are done are not run again"
hone 0 -p p.hone sweep --name s --methods linear,low-rank --pairs 40,all --epochs 2
printed 's-low-rank-all'
printed 'pairs: MRR@10'
# the smallest subsets come first, and what does not fit the budget is left out in words
hone 0 -p p.hone sweep --name b --methods linear,table --pairs 20,all --epochs 2000 --budget 0.5 --json -q
shape 'any(.rows[]; .state == "left_out" and (.why | contains("budget")))'
# epochs that were kept have rows of their own
hone 0 -p p.hone sweep --name k --methods linear --pairs all --epochs 2 --keep-epochs --json -q
shape '[.rows[].name] == ["k-linear-all", "k-linear-all@1", "k-linear-all@2"]'
# a subset as large as all is all
hone 0 -p p.hone sweep --name a --methods linear --pairs 100000,all --epochs 1 --json -q
shape '[.rows[].name] == ["a-linear-all"]'
# a method that does not fit is said, and the others go on
hone 3 -p p.hone sweep --name f --methods linear,full --pairs all --epochs 1 --json -q
shape '.rows[0].state == "done" and .rows[1].state == "failed" and (.rows[1].why | length) > 20'
hone 2 -p p.hone sweep --name x --methods linear,magic
said magic
hone 2 -p p.hone sweep --name x --pairs ten
said ten
# without val there is nothing to choose on
"$HONE" -p q.hone init -q >/dev/null
make_set set.json 12 0
"$HONE" -p q.hone import -q set.json --split train >/dev/null
hone 1 -p q.hone sweep --name x
said val
finish
