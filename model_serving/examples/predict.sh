#!/usr/bin/env bash
# Ask for the genre of a song with curl. SERVICE_URL says where; API_KEY is sent where it is set.
set -euo pipefail

url=${SERVICE_URL:-http://localhost:8000}
# --fail-with-body shows what the service says is wrong, and still ends with an error.
ask=(curl --silent --show-error --fail-with-body --max-time 10 --retry 3
  --header 'Content-Type: application/json')
[ -z "${API_KEY:-}" ] || ask+=(--header "Authorization: Bearer $API_KEY")

"${ask[@]}" "$url/predict?top_k=3" --data '{
  "danceability": 0.454, "energy": 0.26, "key": 8, "loudness": -13.193, "mode": 0,
  "speechiness": 0.0401, "acousticness": 0.539, "instrumentalness": 0.00078, "liveness": 0.0675,
  "valence": 0.598, "tempo": 174.322, "duration_ms": 324133}'
echo
