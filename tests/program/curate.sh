# Decisions without the screen: review, undo and redo, questions and chunks by hand, splits, the journal.
. "$SOURCE/tests/program/lib.sh"
mkdir docs
for i in 1 2 3; do
    {
        echo "# Guide $i"
        for j in 1 2 3 4 5 6; do
            echo
            echo "## Part $j"
            echo
            awk -v i="$i" -v j="$j" 'BEGIN { for (k = 0; k < 14; k++) printf "Sentence %d of part %d in guide %d tells about matter %d. ", k, j, i, i * 100 + j * 10 + k; print "" }'
        done
    } >"docs/guide$i.md"
done
hone 0 init p.hone
hone 0 add -q docs --chunk-tokens 128 --overlap-tokens 0 --split train
hone 0 add -q docs --chunk-tokens 128 --overlap-tokens 0 --json
shape '.unchanged == 3 and .added == 0 and .chunks_added == 0'
chunks() { "$HONE" chunks "$@" --jsonl | jq -s length; }
count() { "$HONE" questions "$@" --jsonl | jq -s length; }
n=$(chunks)
[ "$n" -ge 9 ] || fail "only $n chunks"

# questions
hone 0 question add "What is matter 110?" --chunk 1 --json
q=$(jq .question out)
hone 0 question add "What is matter 111?" --chunk 1 --split test --json
hone 2 question add "What is matter 110?" --chunk 1
said "already"
hone 2 question add "Where?"
said "--chunk"
hone 1 question add "Where?" --chunk 9999
hone 2 question add " " --chunk 1
same "$(count status:accepted)" 2 "added questions are accepted"
hone 0 question edit "$q" "What is matter number 110?"
hone 0 question "$q"
printed "matter number 110"
printed "Sentence"
hone 0 review question "$q" reject --why "too easy"
same "$(count status:rejected)" 1 "rejected"
hone 0 review undo
printed "reject question $q"
same "$(count status:rejected)" 0 "undone"
hone 0 review redo
same "$(count status:rejected)" 1 "done again"
hone 1 review redo
said "nothing to redo"
hone 0 review question --where status:rejected accept --dry-run --json
shape '.matched == 1 and .changed == 1 and .dry_run'
same "$(count status:rejected)" 1 "a dry run decides nothing"
hone 2 review question --where "" accept
hone 0 review question --where status:rejected accept
hone 0 review question --where status:accepted pending
printed "2 questions"
hone 0 review question 1 2 accept
hone 2 review question 1 2
said "not a decision"
hone 2 review question --where id:1 1 accept
hone 2 review question accept
hone 1 review question 777 accept
hone 2 review candidate 1 accept
said "false-negative"
hone 1 review candidate 1 keep

# chunks
hone 0 chunk 1 --json
shape '.chunks[0] | .id == 1 and (.questions | length == 2)'
hone 0 chunk exclude 2 3
same "$(chunks)" $((n - 2)) "excluded"
same "$(chunks status:excluded)" 2 "excluded are listed"
hone 0 review undo
printed "exclude 2 chunks"
same "$(chunks)" "$n" "included again"
hone 0 chunk exclude 2
hone 0 chunk include 2
hone 0 chunk edit 1 "An altogether different text."
hone 0 chunk 1
printed "altogether different"
hone 0 review undo
hone 0 chunk join 1 2 --json
joined=$(jq '.chunks[0]' out)
same "$(chunks)" $((n - 1)) "joined"
hone 0 chunk "$joined" --json
shape '.chunks[0].questions | length == 2'
hone 0 chunk split "$joined" 40 --json
shape '.chunks | length == 2'
same "$(chunks)" "$n" "split"
hone 2 chunk split "$joined" 10
hone 0 review undo
hone 0 review undo
same "$(chunks)" "$n" "both undone"
hone 0 chunk 1 --json
shape '.chunks[0] | .status == "live" and (.questions | length == 2)'
hone 2 chunk join 1 3
hone 2 chunk join 1
hone 2 chunk split 1 0
hone 2 chunk split 1 x
hone 1 chunk 4711
hone 0 -p p.hone check -q

# splits
hone 0 split guide1.md --split test --json
shape '.splits[] | select(.split == "test") | .documents == 1'
hone 0 split docs/guide3.md --split val
hone 0 split --json
shape '.splits[] | select(.split == "val") | .documents == 1'
hone 0 review undo
hone 1 split nothing.md --split test
hone 2 split guide2.md
hone 2 split --split test
hone 2 split --auto --check
hone 2 split --freeze train
any split --check --json
shape '.leaks | type == "array"'
hone 0 split --freeze test
hone 0 split guide1.md --split train
hone 0 split
printed "no longer like that"

# the journal
hone 0 export journal
jq -se 'length > 10 and all(has("who") and has("subject") and has("old") and has("new") and has("undone"))' out >/dev/null || fail "journal"
jq -se 'any(.why == "too easy")' out >/dev/null || fail "the reason is not in the journal"
hone 0 -p p.hone check -q
finish
