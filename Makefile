# `make` lists the targets. Set-up needs only python3 and make; everything else is installed in .venv.
PYTHON ?= python3
VENV   := .venv
UV     := $(VENV)/bin/uv
RUN    := $(VENV)/bin/
FILE   ?= examples/house.ifc
OUT    ?= ifcjob-out
# Processes that run the tests (0: only this one): more than cores, since tests wait a lot.
WORKERS ?= 4
# Processes of the browser tests, which run after the others: Chromium draws in software and needs the cores.
BROWSERS ?= 2
# Random bodies of each kind in `make prove`.
INSTANCES ?= 200
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo web web-dev screenshots check format test prove bench images images-push images-load sbom cluster-up cluster-install cluster-down e2e generate clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

setup: $(VENV)/.ready ## Create the virtual environment (.venv)

$(VENV)/.ready: pyproject.toml uv.lock
	$(PYTHON) -m venv $(VENV)
	$(RUN)pip install --quiet --disable-pip-version-check uv==0.13.9
	UV_PROJECT_ENVIRONMENT=$(VENV) $(UV) sync --quiet --frozen --extra operator --extra api --compile-bytecode --inexact
	$(RUN)python -m compileall -q contract catalog backends runner operator api client cli
	@touch $@

demo: setup ## Process FILE=model.ifc (default: the example house)
	$(RUN)ifcjob run "$(FILE)" -o "$(OUT)"

web: setup ## Build the web app (web/dist) that `ifcjob serve` serves (needs Node.js 20.19)
	$(RUN)python -m tools.web_app

web-dev: setup ## Serve the sources of the web app, for the API at IFCJOB_SERVER=http://127.0.0.1:8080
	$(RUN)python -m tools.web_app dev

screenshots: setup ## Photograph every page of the web app (screenshots/, docs/images/web; NAMES="jobs model")
	$(RUN)python -m tests.web.screenshots $(NAMES)

check: setup ## Format, lint, types, import contracts, dependencies, generated files
	$(RUN)ruff format --check .
	$(RUN)ruff check .
	$(RUN)mypy
	$(RUN)lint-imports
	$(RUN)deptry .
	$(RUN)python -m ifcjob.reference --check
	$(RUN)python -m ifcjob_operator.reference --check
	$(RUN)python -m ifcjob_api.reference --check
	$(RUN)python -m tools.chart_schema --check
	$(RUN)python -m tools.chart_readme --check
	$(RUN)python -m tools.ifc_classes --check
	$(RUN)python -m tools.web_app check

format: setup ## Format the code and fix what ruff can fix
	$(RUN)ruff format .
	$(RUN)ruff check --fix .

test: setup ## Run the tests (with real models if IFCJOB_CORPUS names a folder)
	@# Built by the first test that needs it, a program would use up the time of that test.
	@$(RUN)python -m tools.prepare test || echo "The tests that need these programs are skipped or fail."
	@# The browser tests run whatever the others find, so that one run shows all failures.
	@failed=; \
	$(RUN)pytest -n $(WORKERS) --dist loadfile --ignore tests/web || failed="tests without browsers"; \
	$(RUN)pytest -n $(BROWSERS) --dist loadfile tests/web || failed="$${failed:+$$failed, }browser tests"; \
	[ -z "$$failed" ] || { echo "failed: $$failed"; exit 1; }

prove: setup ## Prove INSTANCES=200 random bodies of each kind, and write docs/explanation/geometry.md (resumable)
	nice -n 10 $(RUN)python -m tests.geometry.prove --instances $(INSTANCES)
	$(RUN)python -m tests.geometry.page

bench: setup ## Install the peers, measure, and write bench/RESULTS.md (needs Node.js, Rust, IFCJOB_CORPUS)
	$(RUN)python -m bench.run --output bench/RESULTS.md

images: setup ## Build the images with docker or buildah
	$(RUN)python -m tools.images

images-push: setup ## Push them to REGISTRY=registry.example.com, and write dist/images.yaml for helm
	@$(RUN)python -m tools.deliver_images push "$(REGISTRY)"

images-load: setup ## Load them into CLUSTER=kind, minikube or k3s, and write dist/images.yaml for helm
	@$(RUN)python -m tools.deliver_images load "$(CLUSTER)"

sbom: setup ## Write SBOMs of the images: dist/*.spdx.json
	$(RUN)python -m tools.sbom

cluster-up: setup ## Start a real Kubernetes for tests (CLUSTER=node as root, or CLUSTER=kind)
	$(RUN)python -m tools.cluster up

cluster-install: setup ## Install the chart on it, with images of this tree and bundled stores
	$(RUN)python -m tools.cluster install

cluster-down: setup ## Delete the test cluster
	$(RUN)python -m tools.cluster down

e2e: setup ## Run tests/e2e on it, with images of this tree (ARGS="-k cancel"; KEEP=1 keeps it running)
	@$(RUN)python -m tools.cluster e2e $(ARGS)

generate: setup ## Write the generated reference pages, JSON Schemas, CRDs, and the chart's schema and README
	$(RUN)python -m ifcjob.reference
	$(RUN)python -m ifcjob_operator.reference
	$(RUN)python -m ifcjob_api.reference
	$(RUN)python -m tools.chart_schema
	$(RUN)python -m tools.chart_readme
	$(RUN)python -m tools.ifc_classes
	$(RUN)python -m tools.web_app generate

clean: ## Delete the virtual environment and caches
	rm -rf $(VENV) web/dist web/node_modules ifcjob-out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
