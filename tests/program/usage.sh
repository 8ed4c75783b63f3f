# Help of every command, wrong usage, and where the project is looked for.
. "$SOURCE/tests/program/lib.sh"
"$HONE" help >out
grep -E '^  [a-z]' out | sed 's/^  //' | awk '{print $1, ($2 ~ /^[a-z]+$/ ? $2 : "")}' | sort -u >commands
[ "$(wc -l <commands)" -gt 25 ] || fail "few commands in the help: $(wc -l <commands)"
while read -r command; do
    # shellcheck disable=SC2086
    "$HONE" $command -h >out 2>err || "$HONE" ${command%% *} -h >out 2>err || fail "$command -h: $(head -c 200 err)"
    awk 'length($0) > 100' out | grep -q . && fail "$command -h is wider than 100 bytes" || true
done <commands
expect 2 "unknown command" "$HONE" nonsense
expect 2 "unknown option" "$HONE" status --nonsense
expect 2 "value missing" "$HONE" train --name
expect 2 "not a number" "$HONE" train --name x --epochs many
expect 2 "out of range" "$HONE" train --name x --warmup 7
expect 2 "too many arguments" "$HONE" version 1 2 3
expect 1 "no project" "$HONE" status
says "no project" init
expect 0 init "$HONE" init one.hone -q
expect 1 "init twice" "$HONE" init one.hone -q
expect 0 "the only project" "$HONE" status
expect 0 "second" "$HONE" init two.hone -q
expect 1 "two projects" "$HONE" status
expect 0 "from the environment" env HONE_PROJECT=one.hone "$HONE" status
expect 0 "named" "$HONE" -p two.hone status
expect 0 version "$HONE" version
expect 0 doctor "$HONE" doctor
expect 0 "bash completion" "$HONE" completion bash
bash -n out 2>/dev/null || fail "the bash completion does not parse"
expect 0 "options anywhere" "$HONE" status -p one.hone --json
json "options anywhere" '.'
expect 0 nothing "$HONE"
finish
