#!/usr/bin/env bash
# The whole way on songs that it makes itself, in .demo/: touches neither tracked files nor the
# registry in use. Usage: demo.sh ROWS SEED
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
demo=$root/.demo
rows=${1:-20000}
seed=${2:-2010}
export PATH=$root/data_pipeline/.venv/bin:$PATH
unset MLFLOW_TRACKING_URI

# Each step is a process group of its own, so that Ctrl-C and kill end all of it.
set -m
job=
stop() {
  trap '' INT TERM
  if [ -n "$job" ]; then
    kill -TERM -- "-$job" 2>/dev/null || :
    wait "$job" 2>/dev/null || :
  fi
  echo "demo: stopped" >&2
  exit 130
}
trap stop INT TERM
step() {
  printf '\n== %s\n' "$1"
  shift
  "$@" &
  job=$!
  wait "$job" || { code=$?; job=; echo "demo: failed: $*" >&2; exit "$code"; }
  job=
}

start=$SECONDS
rm -rf "$demo"
step "A workspace in .demo/" "$root/scripts/workspace.sh" "$demo"
cd "$demo/data_pipeline"
step "$rows songs, 1 % of them unusable" \
  python src/sample.py --rows "$rows" --seed "$seed" --faulty 0.01 --output songs.csv
step "The pipeline: load, process, train, evaluate" dvc repro
step "Plots" dvc plots show
step "What happened" python "$root/scripts/demo_summary.py" "$demo" "$((SECONDS - start))"
