# Madang: everything a newcomer needs, from one word. `make help` lists the words.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PAGES := $(VENV)/.pages

# Set in many container images: every server and child of the demo and the tests would compile anew all
# that it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset check test lint bench docs format lock clean debian-demo debian-test debian-bench

help: ## list these words
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): requirements-dev.lock pyproject.toml scripts/install.sh scripts/engine.py scripts/engine.cmake
	@echo "Installing Madang's dependencies (the first time a few minutes: the engine of the writing model is compiled for this machine) …"
	@PYTHON=$(PYTHON) scripts/install.sh requirements-dev.lock
	@touch $@ $(PAGES)

# What the demo's pages need; the writing model joins while they are shown: scripts/demo_model.py.
$(PAGES): requirements-demo.lock pyproject.toml scripts/install.sh
	@echo "Installing Madang's dependencies (the first time about a minute) …"
	@PYTHON=$(PYTHON) scripts/install.sh --pages requirements-demo.lock
	@touch $@

debian-demo:
	@scripts/debian_packages.sh python3-venv fonts-nanum

debian-test:
	@scripts/debian_packages.sh python3-venv fonts-nanum g++ chromium-headless-shell postgresql litmus cadaver rclone

debian-bench:
	@scripts/debian_packages.sh python3-venv nginx curl chromium-headless-shell rclone

demo: debian-demo $(PAGES) ## start a province on this machine: a hub and two schools
	@exec $(BIN)/madang demo

demo-reset: debian-demo $(PAGES) ## throw the demo's data away and start afresh
	@exec $(BIN)/madang demo --reset

lint: $(READY) ## style, types, import contracts, sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-cache
	$(BIN)/python scripts/measure_house.py
	$(BIN)/python scripts/check_templates.py
	$(BIN)/python scripts/changelog.py

check: lint ## the inner loop: lint, and every test that starts no server, browser or model
	$(BIN)/python -m pytest -n 2 --dist loadfile --quick -q

# All as nice as the assistant's worker, which gives way to others: beside them it would stand still.
test: debian-test $(READY) ## every specification, with real servers and a real browser
	nice -n 19 $(BIN)/python -m pytest -n 4 --dist loadfile

bench: debian-bench $(READY) ## the benchmarks: a table each, then one line of JSON
	$(BIN)/python scripts/bench_node.py
	$(BIN)/python scripts/bench_hub.py
	$(BIN)/python scripts/bench_assistant.py
	$(BIN)/python scripts/bench_messenger.py
	$(BIN)/python scripts/bench_releases.py
	$(BIN)/python scripts/bench_pages.py --no-lighthouse
	$(BIN)/python scripts/bench_years.py
	$(BIN)/python scripts/bench_papers.py --no-against
	$(BIN)/python scripts/bench_drive.py

docs: $(READY) ## refresh what in docs/ is made from the code, and the screenshots
	$(BIN)/python scripts/make_reference.py
	$(BIN)/python scripts/screenshots.py

format: $(READY) ## lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY) ## pin the dependencies anew
	scripts/lock.sh

clean: ## remove the environment and the demo's data
	rm -rf $(VENV) .demo .against .lighthouse
	git worktree prune
