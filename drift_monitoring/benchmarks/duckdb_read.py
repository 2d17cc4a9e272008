"""DuckDB reads a request log and does nothing with it; against_duckdb.py times it.

    python benchmarks/duckdb_read.py LOG features|columns

`features`: the 12 features of each line are read, and summed so that they must be. `columns`: a
table is made of all that our report uses of a line: features, status, times, ids and answers.
"""

import sys

import duckdb

FEATURES = (
    "danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness",
    "instrumentalness", "liveness", "valence", "tempo", "duration_ms",
)
TEXTS = ("timestamp", "request_id", "genre", "model_version", "priors")


def main() -> int:
    log, what = sys.argv[1:]
    types = dict.fromkeys(FEATURES, "DOUBLE")
    if what == "columns":
        types |= dict.fromkeys(TEXTS, "VARCHAR") | {"status": "BIGINT", "confidence": "DOUBLE"}
    read = (
        f"read_json('{log}', format = 'newline_delimited', ignore_errors = true, columns = {types})"
    )
    if what == "columns":
        duckdb.sql(f"create temp table log as select * from {read}")
        rows = duckdb.sql("select count(*) from log").fetchall()[0][0]
    else:
        sums = ", ".join(f"sum({feature})" for feature in FEATURES)
        rows = duckdb.sql(f"select count(*), {sums} from {read}").fetchall()[0][0]
    print(f"{rows:,} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
