#!/usr/bin/env bash
# Measures everything once, in a short version, and writes benches/report: text, figures, a picture a workload.
# About seven minutes once it is built. Instructions are left out where there is no valgrind. Leave the machine alone meanwhile.
#
#   benches/report.sh [WORKLOAD...]     all workloads, or these (and then into target/report, not over the report)
set -euo pipefail
cd "$(dirname "$0")/.."
parts=target/report-parts report=benches/report
[ $# = 0 ] || report=target/report
mkdir -p $parts $report
rm -f $parts/*.json $report/*

echo "== building" >&2
find_binary() { sed -n 's/.*"executable":"\([^"]*\/'"$1"'-[^"]*\)".*/\1/p' | tail -n 1; }
build() { cargo bench -p "$1" --bench "$2" --no-run --message-format=json | find_binary "$2"; }
throughput=$(build benches throughput)
render=$(build benches report)
memory=$(build benches-counts memory)
overload=$(build benches-counts overload)
build benches-counts instructions >/dev/null

started=$SECONDS
echo "== throughput" >&2
"$throughput" measure $parts/throughput.json "$@"
echo "== scale" >&2
"$throughput" scale $parts/scale.json
echo "== memory" >&2
"$memory" $parts/memory.json
echo "== overload, ten seconds" >&2
"$overload" $parts/overload.json >/dev/null
echo "== instructions" >&2
benches/instructions.sh json $parts/instructions.json || true
"$render" $parts $report
echo "== $report: $((SECONDS - started)) s" >&2
