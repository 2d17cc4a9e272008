#!/usr/bin/env bash
# An MLflow server that keeps runs and registry in SQLite and also hands out the artifacts.
# Usage: mlflow.sh HOST PORT [FOLDER]; the folder is mlflow/ at the root where none is given.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
host=${1:-127.0.0.1}
port=${2:-5000}
folder=${3:-$root/mlflow}
mkdir -p "$folder"

cat <<TEXT
MLflow server on http://$host:$port, stored in $folder. Ctrl-C stops it. In another terminal:
  echo "MLFLOW_TRACKING_URI=http://localhost:$port" >> .env
  cd data_pipeline && dvc repro --force     # trains again and records it there
TEXT

# The names under which containers and Compose services reach the server; it answers 403 to others.
hosts=localhost:$port,127.0.0.1:$port,$host:$port,mlflow:$port,host.docker.internal:$port
export MLFLOW_DISABLE_TELEMETRY=true
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false   # GenAI jobs, not used here, cost 600 MB
exec mlflow server --host "$host" --port "$port" --workers 1 --allowed-hosts "$hosts" \
  --backend-store-uri "sqlite:///$folder/mlflow.db" \
  --artifacts-destination "$folder/artifacts"
