#!/usr/bin/env bash
# Make a workspace: a copy of the parts, with data, cache, registry and logs of its own, that takes
# any songs.csv. Usage: workspace.sh FOLDER; then put songs.csv into FOLDER/data_pipeline.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[ $# -eq 1 ] || { sed -n 2,3p "$0"; exit 2; }
folder=$1/data_pipeline
[ ! -e "$folder" ] || { echo "workspace: $folder is there already; remove it first" >&2; exit 1; }

mkdir -p "$folder"
cp -r "$root"/data_pipeline/{dvc.yaml,params.yaml,src} "$folder"
mkdir "$1/model_serving"
cp -r "$root"/model_serving/{Dockerfile,.dockerignore,app,requirements*.txt} "$1/model_serving"
sed -i.bak 's/^  source_md5: .*/  source_md5: null/' "$folder/params.yaml"
rm "$folder/params.yaml.bak"
mkdir "$1/drift_monitoring"
cp -r "$root/drift_monitoring/src" "$1/drift_monitoring"
cd "$folder"
dvc init --no-scm --quiet
dvc config core.analytics false
