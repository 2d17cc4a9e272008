#!/usr/bin/env bash
# Bake the model in PART/models into the image NAME:VERSION, VERSION being the model's in the
# registry, and name the newest one NAME:latest. Usage: image.sh PART NAME
set -euo pipefail

[ $# -eq 2 ] || { sed -n 2,3p "$0"; exit 2; }
part=$1 name=$2
command -v docker >/dev/null || { echo "image: there is no docker command here" >&2; exit 1; }

version=$(sed -n "s/^model_version: *//p" "$part/models/registered_model_meta" | tr -d "'\"")
revision=$(git -C "$part" rev-parse HEAD 2>/dev/null) || revision=unknown
[ -z "$(git -C "$part" status --porcelain 2>/dev/null)" ] || revision=$revision-dirty

# BuildKit, the default since Docker 23, builds the one stage that MODEL_SOURCE names.
export DOCKER_BUILDKIT=1
# The host's network: a build behind a proxy or a firewall reaches what its user reaches.
docker build --network host --build-arg MODEL_SOURCE=folder \
  --build-arg "MODEL_VERSION=$version" --build-arg "GIT_REVISION=$revision" \
  --tag "$name:$version" --tag "$name:latest" "$part"
echo "image: $name:$version holds model version $version, code $revision"
