#!/usr/bin/env bash
# Start an image of the service as it should run, read-only and without any right, and see that it
# gets healthy, answers a song, logs it, refuses what is none, and ends well. Usage: smoke.sh IMAGE
set -euo pipefail

[ $# -eq 1 ] || { sed -n 2,4p "$0"; exit 2; }
image=$1
name=spotify-smoke-$$
patience=60
command -v docker >/dev/null || { echo "smoke: there is no docker command here" >&2; exit 1; }

work=$(mktemp -d)
finish() {
  docker rm --force --volumes "$name" >/dev/null 2>&1 || :
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
fail() {
  echo "smoke: $image $*" >&2
  docker logs "$name" >&2 2>&1 || :
  exit 1
}

docker run --detach --name "$name" --read-only --cap-drop ALL --tmpfs /tmp \
  --security-opt no-new-privileges --volume /app/logs --publish 127.0.0.1::8000 "$image" >/dev/null
for ((second = 0; ; second++)); do
  state=$(docker inspect -f '{{.State.Status}} {{with .State.Health}}{{.Status}}{{end}}' "$name")
  [ "$state" != "running healthy" ] || break
  [[ $state == running* ]] || fail "ended instead of serving"
  ((second < patience)) || fail "was not healthy within $patience s: $state"
  sleep 1
done
url=http://$(docker port "$name" 8000/tcp)

post() {   # post BODY: the status of the answer; its body is in $work/answer
  curl -sS -o "$work/answer" -D "$work/headers" -w '%{http_code}' \
    -H 'Content-Type: application/json' -d "$1" "$url/predict?top_k=100"
}
song='{"danceability": 0.454, "energy": 0.26, "key": 8, "loudness": -13.193, "mode": 0,
  "speechiness": 0.0401, "acousticness": 0.539, "instrumentalness": 0.00078, "liveness": 0.0675,
  "valence": 0.598, "tempo": 174.322, "duration_ms": 324133}'
status=$(post "${song/174.322/-1}")
[ "$status" = 422 ] || fail "answered a song with a tempo of -1 by $status, not by 422"
status=$(post "$song")
[ "$status" = 200 ] || fail "answered a song by $status: $(cat "$work/answer")"

docker exec "$name" tail -n 1 /app/logs/api_requests.jsonl >"$work/line"
python3 - "$work" <<'PY' || fail "logged another song than it answered: $(cat "$work/line")"
import json
import sys
from pathlib import Path

folder = Path(sys.argv[1])
answer, line = (json.loads((folder / name).read_text()) for name in ("answer", "line"))
headers = (folder / "headers").read_text().splitlines()
(request,) = (h.split(": ")[1] for h in headers if h.lower().startswith("x-request-id:"))
probabilities = {entry["genre"]: entry["probability"] for entry in answer.pop("top")}
assert abs(sum(probabilities.values()) - 1) < 1e-3
assert probabilities[answer["genre"]] == answer["confidence"]
assert line["request_id"] == request
assert line["probabilities"] == probabilities
assert {name: line[name] for name in answer} == answer
genre, version = answer["genre"], answer["model_version"]
print(f"smoke: model version {version} says {genre}, {answer['confidence']:.2f}")
PY

docker stop "$name" >/dev/null
code=$(docker inspect -f '{{.State.ExitCode}}' "$name")
[ "$code" = 0 ] || fail "ended with exit code $code when it was stopped"
echo "smoke: $image is well"
