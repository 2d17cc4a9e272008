# Every task of the repository; 'make help' lists them. Laptop, CI and .ci/run use the same ones.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash -euo pipefail

PYTHON ?= python3
ROWS ?= 20000
SEED ?= 2010
TRIALS ?= 30
MINUTES ?= 10
MLFLOW_HOST ?= 127.0.0.1
MLFLOW_PORT ?= 5000
IMAGE ?= spotify-api

ROOT := $(CURDIR)
UV := $(or $(shell command -v uv),.uv/bin/uv)
PIPELINE := data_pipeline/.venv
SERVING := model_serving/.venv
DRIFT := drift_monitoring/.venv
REMOTE := drift_monitoring/.venv-remote
PART ?= data_pipeline
SCHEDULER ?= tcp://127.0.0.1:8786
# By its own setting MALLOC_TRIM_THRESHOLD_ Dask has a worker's memory given back to the system and
# asked for again all the time, which takes a fifth of the time of what is done here. With AVX-512
# NumPy sorts slowly on AMD's Zen 4; drift_monitoring/src/analyze_drift.py says more. Each process of
# Dask looks at its clock 50 times a second, and a worker at what it does 100 times, for a dashboard
# that is not installed: 6 % of a core for each worker that has nothing to do.
DASK_ENVIRONMENT := DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL=1s
WORKER_ENVIRONMENT := $(DASK_ENVIRONMENT) OMP_WAIT_POLICY=PASSIVE PYTHONPATH=. \
  NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR" \
  DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False \
  DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON='{"MALLOC_TRIM_THRESHOLD_": None}'
RIVALS := model_serving/benchmarks/.venv
READY := .venv/.ready $(PIPELINE)/.ready $(SERVING)/.ready $(DRIFT)/.ready
IN_PIPELINE := cd data_pipeline && PATH="$(ROOT)/$(PIPELINE)/bin:$$PATH"
# A cluster or object storage needs the larger environment; 'make pipeline DASK=-dask' takes it too.
DASK := $(if $(DASK_SCHEDULER_ADDRESS)$(findstring ://,$(SOURCE)),-dask)
BEYOND := cd data_pipeline && PATH="$(ROOT)/$(PIPELINE)$(DASK)/bin:$$PATH"
IN_SERVING := cd model_serving && PATH="$(ROOT)/$(SERVING)/bin:$$PATH"
IN_DRIFT := cd drift_monitoring && PATH="$(ROOT)/$(DRIFT)/bin:$$PATH"
export SOURCE
export UV_PYTHON_DOWNLOADS := never
export UV_COMPILE_BYTECODE := 1

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sort \
	  | awk -F ':.*  ## ' '{printf "  make %-10s %s\n", $$1, $$2}'
	@echo "  Settings: PYTHON=$(PYTHON) ROWS=$(ROWS) SEED=$(SEED) TRIALS=$(TRIALS) MINUTES=$(MINUTES)" \
	  "MLFLOW_HOST=$(MLFLOW_HOST) MLFLOW_PORT=$(MLFLOW_PORT) IMAGE=$(IMAGE)"

# ---- environments -------------------------------------------------------------------------------

.PHONY: setup
setup: $(READY)  ## make the environments (the other tasks do it when needed)

%/.ready: | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "$(PYTHON) is $$($(PYTHON) -V 2>&1); Python 3.11 to 3.13 is needed:" \
	    "make PYTHON=/path/to/python3.12 ..." >&2; exit 2; }
	@echo "setup: $(@D) from $<"
	@$(UV) venv --quiet --clear --python "$$(command -v $(PYTHON))" $(@D)
	@$(UV) pip install --quiet --python $(@D)/bin/python --require-hashes -r $<
	@touch $@

.venv/.ready: requirements.txt
$(PIPELINE)/.ready: data_pipeline/requirements.txt
$(SERVING)/.ready: model_serving/requirements-test.txt
$(DRIFT)/.ready: drift_monitoring/requirements-test.txt
$(REMOTE)/.ready: drift_monitoring/requirements-remote.txt
$(PIPELINE)-dask/.ready: data_pipeline/requirements-dask.txt
$(DRIFT)-dask/.ready: drift_monitoring/requirements-dask.txt
$(RIVALS)/.ready: model_serving/benchmarks/requirements-rivals.txt

.uv/bin/uv:
	@echo "setup: uv, which makes the environments"
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv

.PHONY: lock
lock: | $(UV)  ## compile the requirements*.txt anew from the requirements*.in
	@for wanted in requirements*.in */requirements*.in */*/requirements*.in; do \
	  (cd "$$(dirname "$$wanted")" && file=$$(basename "$$wanted") && \
	    $(abspath $(UV)) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	      --no-emit-index-url --custom-compile-command 'make lock' --upgrade \
	      "$$file" -o "$${file%.in}.txt"); done

# ---- the way through ----------------------------------------------------------------------------

.PHONY: demo
demo: $(PIPELINE)/.ready $(SERVING)/.ready $(DRIFT)/.ready  ## the whole way, on songs it makes itself, in .demo/ (ROWS, SEED)
	@scripts/demo.sh "$(ROWS)" "$(SEED)"

.PHONY: pipeline
pipeline: $(PIPELINE)$(DASK)/.ready  ## dvc repro: load, process, train, evaluate; and the champion for the service
	@$(BEYOND) python src/recorded.py
	@$(BEYOND) dvc repro
	@$(BEYOND) python src/champion.py --output ../model_serving/models

.PHONY: tune
tune: $(PIPELINE)/.ready  ## search better parameters on the training songs (TRIALS); goes on where it stopped
	@$(IN_PIPELINE) python src/tune.py --trials $(TRIALS)

.PHONY: push
push: $(PIPELINE)/.ready  ## dvc push: the songs and tables to the storage at DVC_REMOTE_URL
	@$(IN_PIPELINE) python src/remote.py
	@$(IN_PIPELINE) dvc push

.PHONY: pull
pull: $(PIPELINE)/.ready  ## dvc pull: the songs and tables of dvc.lock from DVC_REMOTE_URL
	@$(IN_PIPELINE) python src/remote.py
	@$(IN_PIPELINE) dvc pull

.PHONY: sample
sample: $(PIPELINE)/.ready  ## make songs in data_pipeline/sample.csv (ROWS, SEED)
	@$(IN_PIPELINE) python src/sample.py --rows $(ROWS) --seed $(SEED) --output sample.csv
	@echo "To use them, set in data_pipeline/params.yaml:" \
	  "data.source_path: sample.csv and data.source_md5: null"

.PHONY: parts
parts: $(PIPELINE)$(DASK)/.ready  ## list the parts of a table at SOURCE (glob or URL) in data_pipeline/songs.parts.csv
	@$(BEYOND) python src/load.py --source_path "$${SOURCE:?is not set}" --output_path songs.parts.csv
	@echo "To use them, set in data_pipeline/params.yaml:" \
	  "data.source_path: songs.parts.csv and data.source_md5: null (or the MD5 above)"

.PHONY: download
download: $(PIPELINE)/.ready  ## fetch the Kaggle file into data_pipeline/songs.csv
	@$(IN_PIPELINE) python src/download.py

.PHONY: champion
champion: $(PIPELINE)/.ready  ## download the champion of the store in use to model_serving/models
	@$(IN_PIPELINE) python src/champion.py --output ../model_serving/models

.PHONY: image
image: champion  ## bake the champion of the store in use into spotify-api:VERSION
	@scripts/image.sh model_serving spotify-api

.PHONY: image-size
image-size:  ## what the layers and packages of IMAGE cost
	@scripts/image_size.sh "$(IMAGE)"

.PHONY: smoke
smoke:  ## start IMAGE, send it a song, and see that it serves, logs and ends well
	@scripts/smoke.sh "$(IMAGE)"

.PHONY: sbom
sbom: .venv/.ready  ## write what IMAGE holds to build/spotify-api-VERSION.cdx.json (CycloneDX)
	@.venv/bin/python scripts/sbom.py "$(IMAGE)" build

.PHONY: serve
serve: champion $(SERVING)/.ready  ## serve the champion of the store in use on PORT, by uvicorn
	@$(IN_SERVING) python -m app

.PHONY: drift
drift: $(DRIFT)/.ready  ## compare the newer songs, and what the service was asked, with training
	@$(IN_DRIFT) python src/analyze_drift.py --mode batch --output reports/batch.json
	@if [ -e model_serving/logs ]; then \
	  echo; $(IN_DRIFT) python src/analyze_drift.py --mode online --output reports/online.json; \
	else echo "No requests yet (model_serving/logs): no online report."; fi

.PHONY: fetch
fetch: $(REMOTE)/.ready  ## fetch the request log at LOG_URL and the reference at PROFILE_URL to build/drift
	@rm -rf build/drift/reference
	@$(REMOTE)/bin/python drift_monitoring/src/fetch_logs.py "$${PROFILE_URL:?is not set}" build/drift/reference
	@$(REMOTE)/bin/python drift_monitoring/src/fetch_logs.py "$${LOG_URL:?is not set}" build/drift/logs

.PHONY: mlflow
mlflow: $(PIPELINE)/.ready  ## start an MLflow server on MLFLOW_HOST:MLFLOW_PORT, stored in mlflow/
	@PATH="$(ROOT)/$(PIPELINE)/bin:$$PATH" scripts/mlflow.sh "$(MLFLOW_HOST)" "$(MLFLOW_PORT)"

.PHONY: scheduler
scheduler: data_pipeline/.venv-dask/.ready  ## start a Dask scheduler at SCHEDULER
	@$(DASK_ENVIRONMENT) data_pipeline/.venv-dask/bin/dask scheduler \
	  --host "$$(sed 's/:[0-9]*$$//' <<< "$(SCHEDULER)")" --port "$$(sed 's/.*://' <<< "$(SCHEDULER)")"

.PHONY: worker
worker: $(PART)/.venv-dask/.ready  ## start a Dask worker of PART for the scheduler at SCHEDULER
	@cd "$(PART)" && $(WORKER_ENVIRONMENT) .venv-dask/bin/dask worker "$(SCHEDULER)" --nthreads 1

# ---- checks -------------------------------------------------------------------------------------

.PHONY: test
test: $(READY)  ## all tests but those of the tasks below, with coverage
	@$(IN_PIPELINE) pytest --cov --cov-report=term --cov-fail-under=90 --durations=5 \
	  --numprocesses 2 --dist worksteal
	@$(IN_SERVING) pytest --cov --cov-report=term --cov-fail-under=90 --durations=5 \
	  --numprocesses 2 --dist worksteal
	@$(IN_DRIFT) OPENBLAS_NUM_THREADS=1 pytest --cov --cov-report=term --cov-fail-under=90 --durations=5 \
	  --numprocesses 2 --dist loadfile
	@.venv/bin/pytest tests --durations=5 --numprocesses 2 --dist worksteal

.PHONY: test-long
test-long: $(READY)  ## from a drift alert to its end, and the steps of the daily workflow: minutes each
	@.venv/bin/pytest -m "long and not image" tests --durations=5

.PHONY: test-dask
test-dask: $(PIPELINE)-dask/.ready $(DRIFT)-dask/.ready  ## the tests with a Dask scheduler and workers, and with an S3 server; coverage of what only they run
	@cd data_pipeline && OMP_WAIT_POLICY=PASSIVE .venv-dask/bin/python ../scripts/test_dask.py --durations=5 \
	  --numprocesses 2 --dist loadfile
	@cd drift_monitoring && .venv-dask/bin/python ../scripts/test_dask.py --durations=5 \
	  --numprocesses 2 --dist worksteal

.PHONY: test-image
test-image: $(READY)  ## the tests of the image, which need a Docker daemon and nginx
	@$(IN_SERVING) pytest -m image
	@.venv/bin/pytest -m image tests

.PHONY: test-page
test-page: $(READY)  ## the tests of the service's page and of the drift report, which need Chromium
	@$(IN_SERVING) pytest -m browser
	@$(IN_DRIFT) pytest -m browser

.PHONY: fuzz
fuzz: $(READY)  ## thousands of generated requests to the service, good and bad
	@$(IN_SERVING) FUZZ_EXAMPLES=1000 pytest tests/test_fuzz.py

.PHONY: lint
lint: $(READY)  ## flake8, mypy, shellcheck, hadolint, compose.yaml, Kubernetes manifests, workflows
	@.venv/bin/flake8
	@.venv/bin/mypy scripts
	@cd data_pipeline && $(ROOT)/.venv/bin/mypy --config-file $(ROOT)/mypy.ini \
	  --python-executable .venv/bin/python src benchmarks/*.py benchmarks/plain
	@cd model_serving && $(ROOT)/.venv/bin/mypy --config-file $(ROOT)/mypy.ini \
	  --python-executable .venv/bin/python app benchmarks examples
	@cd drift_monitoring && $(ROOT)/.venv/bin/mypy --config-file $(ROOT)/mypy.ini \
	  --python-executable .venv/bin/python src benchmarks/*.py
	@.venv/bin/shellcheck scripts/*.sh model_serving/examples/*.sh .ci/run .ci/real_songs
	@.venv/bin/hadolint */Dockerfile
	@.venv/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml
	@.venv/bin/python scripts/manifests.py model_serving/kubernetes
	@.venv/bin/zizmor --offline --quiet .github/workflows
	@.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

.PHONY: audit
audit: .venv/.ready  ## known vulnerabilities of what requirements*.txt pin; asks a public service
	@failed=; for pinned in requirements.txt */requirements*.txt */*/requirements*.txt; do \
	  echo "audit: $$pinned"; .venv/bin/pip-audit --strict --require-hashes --disable-pip \
	    --progress-spinner off --requirement "$$pinned" || failed+=" $$pinned"; done; \
	[ -z "$$failed" ] || { echo "audit: see above:$$failed" >&2; exit 1; }

.PHONY: bench
bench: $(READY) $(RIVALS)/.ready  ## stages and baselines on ROWS songs (or the file SONGS), service, reports; in bench/
	@rm -rf bench
	@$(IN_PIPELINE) python benchmarks/stages.py --rows $(ROWS) --folder $(ROOT)/bench \
	  $(if $(SONGS),--songs $(abspath $(SONGS)))
	@$(IN_PIPELINE) MLFLOW_TRACKING_URI=sqlite:///$(ROOT)/bench/mlflow.db \
	  python src/champion.py --output $(ROOT)/bench/models
	@$(IN_SERVING) python benchmarks/serving.py --model_dir $(ROOT)/bench/models \
	  --rivals $(ROOT)/$(RIVALS)/bin/python --native "$$(find $(ROOT)/bench -name model.ubj | head -1)"
	@$(IN_DRIFT) python benchmarks/reports.py --train_data $(ROOT)/bench/data/train.csv \
	  --prod_data $(ROOT)/bench/data/prod_sim.csv

.PHONY: faults
faults: champion $(SERVING)/.ready  ## what is lost when something goes wrong under load, of processes and of IMAGE
	@image=; ! docker image inspect "$(IMAGE)" >/dev/null 2>&1 || image="--image $(IMAGE)"; \
	  $(IN_SERVING) && python benchmarks/fault_table.py $$image

.PHONY: soak
soak: champion $(SERVING)/.ready  ## whether the service's memory stays flat under load (MINUTES)
	@$(IN_SERVING) python benchmarks/soak.py --minutes $(MINUTES)

.PHONY: clean
clean:  ## remove environments, caches and the demo; data, models and registries stay
	@rm -rf .demo bench build .uv .venv $(REMOTE) .mypy_cache .pytest_cache data_pipeline/dvc_plots \
	  $(foreach part,data_pipeline model_serving drift_monitoring,$(addprefix $(part)/,.venv .venv-dask .mypy_cache .pytest_cache .hypothesis .coverage))
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
