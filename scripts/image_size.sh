#!/usr/bin/env bash
# What an image is made of: its layers, and the largest packages of its environment, in MB.
# Usage: image_size.sh IMAGE
set -euo pipefail

[ $# -eq 1 ] || { sed -n 2,3p "$0"; exit 2; }
image=$1
command -v docker >/dev/null || { echo "image_size: there is no docker command here" >&2; exit 1; }
docker image inspect "$image" >/dev/null 2>&1 ||
  { echo "image_size: there is no image $image here; 'make image' makes spotify-api" >&2; exit 1; }

echo "Layers of $image, the newest first"
docker history --no-trunc --human=false --format '{{.Size}}\t{{.CreatedBy}}' "$image" |
  awk -F '\t' '$1 > 0 {
    what = $2 == "" ? "the base image" : $2
    sub(/^RUN.*\/bin\/sh -c /, "RUN ", what); sub(/ # buildkit$/, "", what)
    printf "%7.1f  %s\n", $1 / 1e6, (length(what) > 70 ? substr(what, 1, 67) "..." : what)
  } { all += $1 } END { printf "%7.1f  together\n", all / 1e6 }'

echo "Its environment, /venv"
docker run --rm --entrypoint sh "$image" -c 'du -sB1 /venv/lib/python3*/site-packages/*' |
  sort -rn | awk '{
    all += $1
    if (NR > 6) rest += $1; else { sub(/.*\//, "", $2); printf "%7.1f  %s\n", $1 / 1e6, $2 }
  } END { printf "%7.1f  %d more\n%7.1f  together\n", rest / 1e6, NR - 6, all / 1e6 }'
