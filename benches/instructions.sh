#!/usr/bin/env bash
# Prints instructions an item under callgrind, and the ratio to the hand-written loop of the same workload.
# Needs valgrind (Debian: apt-get install valgrind). Figures do not drift with the load of the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo "valgrind is needed: apt-get install valgrind" >&2; exit 1; }
binary=$(cargo bench -q -p benches --bench instructions --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*instructions[^"]*\)".*/\1/p' | tail -n 1)
[ -n "$binary" ] || { echo "the bench target did not build: cargo bench -p benches --bench instructions --no-run" >&2; exit 1; }
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" "$1" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
base=$(count nothing)
echo "$(rustc --version), 1,000,000 items"
echo
printf '| workload | instructions an item | times the hand loop |\n|--|--:|--:|\n'
hand=0
"$binary" | while read -r workload; do
    [ "$workload" = nothing ] && continue
    total=$(($(count "$workload") - base))
    case "$workload" in */hand) hand=$total ;; esac
    awk -v name="$workload" -v total="$total" -v hand="$hand" \
        'BEGIN { printf "| %s | %.2f | %.2f |\n", name, total / 1e6, total / hand }'
done
