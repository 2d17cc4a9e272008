#!/usr/bin/env bash
# The whole way on songs that it makes itself, in .demo/: touches neither tracked files nor the
# registry in use. Usage: demo.sh ROWS SEED
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
demo=$root/.demo
rows=${1:-20000}
seed=${2:-2010}
requests=500
container=spotify-demo-$$
export PATH=$root/data_pipeline/.venv/bin:$PATH
# What is set for the real system must not decide here.
unset MLFLOW_TRACKING_URI MODEL_DIR LOG_DIR GENRE_PRIORS_FILE WEB_CONCURRENCY PORT LOG_LEVEL \
  API_KEYS_FILE RATE_LIMIT

# Each step, and the service, is a process group of its own, so that Ctrl-C and kill end all of it.
set -m
job=
service=
container_started=
end() {
  kill -TERM -- "-$1" 2>/dev/null || :
  wait "$1" 2>/dev/null || :
}
clean_up() {
  trap '' INT TERM
  # A signal may come when the job has begun and its name is not yet taken down.
  [ "$job" != beginning ] || job=${!:-}
  [ -z "$job" ] || end "$job"
  [ -z "$service" ] || end "$service"
  [ -z "$container_started" ] || docker rm --force "$container" >/dev/null 2>&1 || :
}
trap clean_up EXIT
trap 'clean_up; echo "demo: stopped" >&2; exit 130' INT TERM
step() {
  printf '\n== %s\n' "$1"
  shift
  job=beginning
  "$@" &
  job=$!
  wait "$job" || { code=$?; job=; echo "demo: failed: $*" >&2; exit "$code"; }
  job=
}
free_port() {
  python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start=$SECONDS
rm -rf "$demo"
step "A workspace in .demo/" "$root/scripts/workspace.sh" "$demo"
cd "$demo/data_pipeline"
step "$rows songs, 1 % of them unusable" \
  python src/sample.py --rows "$rows" --seed "$seed" --faulty 0.01 --output songs.csv
step "The pipeline: load, process, train, evaluate" dvc repro
step "Plots" dvc plots show

cd "$demo/model_serving"
mkdir logs
step "The champion for the service" \
  python "$demo/data_pipeline/src/champion.py" --output "$demo/model_serving/models"
port=$(free_port)
if docker info >"$demo/docker.log" 2>&1; then
  how="the image spotify-api-demo"
  step "The champion baked into an image" \
    "$root/scripts/image.sh" "$demo/model_serving" spotify-api-demo
  container_started=yes
  step "The service, from the image" docker run --detach --rm --name "$container" --read-only \
    --user "$(id -u):$(id -g)" --publish "127.0.0.1:$port:8000" \
    --volume "$demo/model_serving/logs:/app/logs" spotify-api-demo
else
  how="uvicorn, as no Docker daemon answers"
  printf '\n== The service, by uvicorn: no Docker daemon answers\n'
  PORT=$port "$root/model_serving/.venv/bin/python" -m app &
  service=$!
fi
step "$requests newer songs to POST /predict" python "$root/scripts/send_songs.py" \
  "http://127.0.0.1:$port" "$demo/data_pipeline/data/prod_sim.csv" "$requests" \
  "$demo/requests.json"
if [ -n "$container_started" ]; then
  step "The service ends" docker stop "$container"
  container_started=
else
  end "$service"
  service=
fi

cd "$demo/drift_monitoring"
drift() {
  "$root/drift_monitoring/.venv/bin/python" src/analyze_drift.py "$@"
}
step "Drift of the newer songs" drift --mode batch --output reports/batch.json
step "Drift of the songs that were sent" drift --mode online --output reports/online.json

step "What happened" \
  python "$root/scripts/demo_summary.py" "$demo" "$how" "$((SECONDS - start))"
