#!/usr/bin/env bash
# Instructions an item under callgrind, and how often the hand-written loop's of the same run: figures that do not drift
# with the load of the machine. Needs valgrind (Debian: apt-get install valgrind).
#
#   benches/instructions.sh             prints the table
#   benches/instructions.sh check       fails when a ratio of ours is more than 5 % over counts/baseline.tsv
#   benches/instructions.sh baseline    writes counts/baseline.tsv
#   benches/instructions.sh json FILE   writes the figures for the report
set -euo pipefail
cd "$(dirname "$0")/.."
baseline=benches/counts/baseline.tsv
command=${1:-table}
case $command in
table | check | baseline | json) ;;
*) sed -n 's/^# \{0,1\}//p' "$0" | sed 1d >&2 && exit 2 ;;
esac

if ! command -v valgrind >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "instructions: installing valgrind" >&2
    { apt-get install -y valgrind || { apt-get update && apt-get install -y valgrind; }; } >/dev/null 2>&1 || true
fi
if ! command -v valgrind >/dev/null; then
    echo "instructions: SKIPPED, nothing was counted: valgrind is not here and cannot be installed" >&2
    [ "$command" = check ] && exit 0
    exit 1
fi

binary=$(cargo bench -p benches-counts --bench instructions --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*instructions[^"]*\)".*/\1/p' | tail -n 1)
[ -n "$binary" ] || { echo "instructions: the bench target did not build" >&2 && exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One run of all workloads. The counters are on inside one function, and are written down each time that it returns.
function=instructions::measured_by_callgrind
valgrind --tool=callgrind --collect-bus=yes --toggle-collect=$function --dump-after=$function \
    --callgrind-out-file="$work/out" "$binary" run >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }
# Workload, role, name, instructions an item, locked ones, times the hand loop.
"$binary" list | awk -F'\t' -v OFS='\t' -v out="$work/out." '{
    total = ""
    while ((getline line < (out NR)) > 0) if (line ~ /^summary: /) { split(line, parts, " "); total = parts[2]; locked = parts[3] }
    if (total == "") { print "instructions: no counts of " $1 ", " $3 > "/dev/stderr"; exit 1 }
    if ($2 == "limit") hand = total
    print $1, $2, $3, sprintf("%.3f", total / $4), sprintf("%.3f", locked / $4), sprintf("%.3f", total / hand)
}' >"$work/counts"

# Compares the counts with the baseline $1 and says what is wrong.
compare() {
    awk -F'\t' '
        NR == FNR { if ($0 !~ /^#/) known[$1 "\t" $2] = $3; next }
        $2 != "ours" { next }
        {
            key = $1 "\t" $3
            if (!(key in known)) { print "  " $1 ", " $3 ": not in the baseline"; bad = 1; next }
            if ($6 > known[key] * 1.05) { printf "  %s, %s: %.3f times the hand loop, %.3f in the baseline\n", $1, $3, $6, known[key]; bad = 1 }
            if ($6 < known[key] * 0.95) better++
            delete known[key]
        }
        END {
            for (key in known) { sub("\t", ", ", key); print "  " key ": in the baseline, and not counted"; bad = 1 }
            if (better) print "  " better " are more than 5 % better: benches/instructions.sh baseline keeps it so"
            exit bad
        }' "$1" "$work/counts"
}

case $command in
table)
    echo "$(rustc --version), 100,000 items"
    echo
    printf '| workload | contender | instructions an item | locked ones | times the hand loop |\n|--|--|--:|--:|--:|\n'
    awk -F'\t' '{ printf "| %s | %s | %.2f | %.2f | %.2f |\n", $1, $3, $4, $5, $6 }' "$work/counts"
    ;;
json)
    awk -F'\t' -v rustc="$(rustc --version)" 'BEGIN { printf "{\n  \"rustc\": \"%s\",\n  \"rows\": [", rustc }
        { printf "%s\n    {\"workload\": \"%s\", \"role\": \"%s\", \"name\": \"%s\", \"instructions\": %s, \"locked\": %s, \"times_limit\": %s}",
            (NR > 1 ? "," : ""), $1, $2, $3, $4, $5, $6 }
        END { print "\n  ]\n}" }' "$work/counts" >"$2"
    ;;
baseline)
    {
        echo "# $(rustc --version): how often the instructions of the hand loop, by workload and way. See benches/instructions.sh."
        awk -F'\t' -v OFS='\t' '$2 == "ours" { print $1, $3, $6 }' "$work/counts"
    } >"$baseline"
    ;;
check)
    made_with=$(sed -n 's/^# \(.*\): how often.*/\1/p' "$baseline")
    verdict="none more than 5 % over the baseline"
    compare "$baseline" || verdict=
    if [ "$made_with" != "$(rustc --version)" ]; then
        # Another compiler makes other code of all contenders alike; that is no fault of a change.
        echo "instructions: the baseline was made with $made_with, this is $(rustc --version): compared, and NOT judged"
        verdict="not judged"
    fi
    # The guard must be able to fail: against a baseline whose ratios are a tenth lower, each of ours is too much.
    awk -F'\t' -v OFS='\t' '$2 == "ours" { print $1, $3, $6 * 0.9 }' "$work/counts" >"$work/doctored"
    if compare "$work/doctored" >"$work/said"; then
        echo "instructions: the guard passes a baseline that is a tenth lower" >&2 && exit 1
    fi
    ours=$(wc -l <"$work/doctored")
    [ "$(grep -c 'times the hand loop' "$work/said")" = "$ours" ] || { echo "instructions: the guard misses some" >&2 && exit 1; }
    if [ -z "$verdict" ]; then
        echo "instructions: these are more than 5 % over the baseline: mend them, or argue why in the commit that moves it" >&2
        exit 1
    fi
    echo "instructions: $ours ratios, $verdict; the guard fails on a doctored one"
    ;;
esac
