// Ask for the genre of a song with fetch: node predict.mjs, or the same in a browser.
// SERVICE_URL says where; API_KEY is sent where it is set.

const { SERVICE_URL = "http://localhost:8000", API_KEY } = globalThis.process?.env ?? {};

const takeFive = {
  danceability: 0.454, energy: 0.26, key: 8, loudness: -13.193, mode: 0, speechiness: 0.0401,
  acousticness: 0.539, instrumentalness: 0.00078, liveness: 0.0675, valence: 0.598,
  tempo: 174.322, duration_ms: 324133,
};

export async function predict(song) {
  const response = await fetch(`${SERVICE_URL}/predict?top_k=3`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(API_KEY && { Authorization: `Bearer ${API_KEY}` }),
    },
    body: JSON.stringify(song),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = await response.json();
  if (!response.ok) {
    const problems = answer.detail.map((problem) => problem.msg).join("; ");
    throw new Error(`${response.status}: ${problems} (request ${answer.request_id})`);
  }
  return answer;
}

const { genre, confidence, top } = await predict(takeFive);
console.log(`${genre} ${confidence.toFixed(2)}`);
for (const { genre, probability } of top) console.log(`  ${genre} ${probability.toFixed(2)}`);
