# Everything starts here. `make help` lists the targets.
#
# Variables:  PYTHON=/path/to/python3  the Python that .venv is made with
#             ARGS="-k order -x"       more arguments for pytest (test, quick, benchmark) or JupyterLab (lab)

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := ready
.DELETE_ON_ERROR:

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
RUN := $(BIN)/python

# requirements.lock pins wheels for these versions of Python and no others.
OLDEST := 3, 11
NEWEST := 3, 14
FITS := import sys; sys.exit(not ($(OLDEST)) <= sys.version_info[:2] <= ($(NEWEST)))
FIND = for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
         if $$p -c '$(FITS)' >/dev/null 2>&1; then echo $$p; break; fi; done
PYTHON ?= $(shell $(FIND))

# Stamps: the packages follow the lock, and the project itself, installed in place, follows
# pyproject.toml. The first holds the folder it was made for: a copied or moved .venv is made anew.
PACKAGES := .venv/.packages
READY := .venv/.project
ifneq ($(shell $(RUN) -c 'print(open("$(PACKAGES)").read())' 2>/dev/null),$(shell pwd -P))
.PHONY: $(PACKAGES)
endif

.PHONY: ready docs figures test quick coverage boundscheck soak benchmark evidence lab notebooks lint format lock clean help

# Compiled Python is kept: without it each worker and each process that a test starts compiles all anew.
unexport PYTHONDONTWRITEBYTECODE

ready: $(READY) ## make the environment in .venv (every target below does it when needed)
	@echo "Ready. Next: $(BIN)/refocuslab, which opens three doors: your own photos, the paper, a course ('make help': all that make does)."

figures: $(READY) ## make Figures 1 to 5 and the verdict from the notebooks, in results/ (open results/index.html)
	@$(RUN) -m refocuslab.lab verify --output results

docs: $(READY) ## build the site in results/site (some two minutes): every warning and every broken link is a failure
	@$(RUN) -m refocuslab.lab.site.build results/site

# A notebook stays in one process, and the long ones begin first.
SIDE_BY_SIDE := -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test: $(READY) ## run every test, and every notebook through nbval
	@$(RUN) -m pytest -q --nbval-lax --nbval-current-env $(SIDE_BY_SIDE) notebooks tests $(ARGS)

# The workers fill the cores: more threads of matrix products would wait for each other.
ONE_THREAD := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

quick: $(READY) ## run the tests that take no more than an eighth of a second each (about a minute)
	@$(ONE_THREAD) $(RUN) -m pytest -q -n logical --maxprocesses 4 --dist worksteal -m "not slow and not seconds" tests $(ARGS)

coverage: $(READY) ## measure what the method's own quick tests, and its kernels in plain Python, cover; less than 95 % is a failure (some minutes)
	@rm -rf results/coverage && mkdir -p results/coverage
	@$(ONE_THREAD) $(RUN) -m coverage run -m pytest -q -n logical --maxprocesses 4 -m "not slow or plain" \
	  tests --ignore tests/lab --ignore tests/browser $(ARGS)
	@$(RUN) -m coverage combine --quiet
	@$(RUN) -m coverage report

boundscheck: $(READY) ## run the quick tests with every index of a kernel checked (compiles anew: some minutes)
	@NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$(CURDIR)/results/boundscheck \
	  $(RUN) -m pytest -q -n logical --maxprocesses 4 -m "not slow" tests $(ARGS)

soak: $(READY) ## try hostile input for an hour: random scenes, fuzzed files, kills (ARGS="--minutes 5 --seed 7")
	@$(RUN) tests/soak/soak.py --output results/soak.json $(ARGS)

benchmark: $(READY) ## measure the searches (some ten minutes); the table goes to results/benchmarks.md, too
	@$(RUN) -m pytest -q -o python_files="bench_*.py" tests/benchmarks $(ARGS)

evidence: $(READY) ## measure the claims on every scene again (half an hour), for data/evidence.json and the verdict
	@$(RUN) -m refocuslab.lab evidence --output results/evidence $(ARGS)
	@cp results/evidence/evidence.json data/evidence.json

lab: $(READY) ## open the notebooks in JupyterLab
	@$(RUN) -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks $(ARGS)

notebooks: $(READY) ## run the committed notebooks again, in place
	@$(RUN) -m refocuslab.lab notebooks

lint: $(READY) ## check style, formatting, spelling, types, docstrings, and that the notebooks are clean
	@$(RUN) -m ruff check --quiet
	@$(RUN) -m ruff format --quiet --check || \
	  { echo "Not formatted as ruff would: 'make format' does it."; exit 1; }
	@$(RUN) -m codespell_lib
	@$(RUN) -m mypy --no-error-summary
	@$(RUN) -m numpydoc lint $$(find refocuslab -name '*.py')
	@$(RUN) -m refocuslab.lab check-notebooks


format: $(READY) ## format the code, and mend what ruff can mend
	@$(RUN) -m ruff check --quiet --fix
	@$(RUN) -m ruff format --quiet

lock: ## pin the newest releases that fit pyproject.toml in requirements.lock (needs uv)
	@uv --version >/dev/null 2>&1 || { echo "'make lock' needs uv: pip install uv"; exit 1; }
	@uv --no-config pip compile pyproject.toml --extra lab --extra course --extra search --extra heic --extra raw --extra docs --extra test --upgrade \
	  --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	  --no-header --quiet --output-file requirements.lock
	@echo "requirements.lock is new. Now 'make test', which also tells what environment.yml needs."

clean: ## remove what the other targets have made, .venv excepted
	@rm -rf results dist build .pytest_cache .ruff_cache .hypothesis .benchmarks
	@find refocuslab tests notebooks -name __pycache__ -prune -exec rm -rf {} + \
	  -o -name .ipynb_checkpoints -prune -exec rm -rf {} + 2>/dev/null || true

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(PACKAGES): requirements.lock
	@$(or $(PYTHON),false) -c '$(FITS)' 2>/dev/null || { \
	  echo "refocuslab needs Python 3.11, 3.12, 3.13 or 3.14, and '$(or $(PYTHON),python3)' is $$( \
	    $(or $(PYTHON),python3) --version 2>/dev/null || echo 'not there')." >&2; \
	  echo "Install one of these, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making the environment in .venv with $$($(PYTHON) --version); this takes two or three minutes, in silence ..."
	@$(PYTHON) -m venv --clear .venv
	@$(RUN) -m pip install -qq --disable-pip-version-check \
	  --require-hashes --only-binary :all: --requirement requirements.lock
	@pwd -P > $@

# Nothing is resolved or fetched here: all that the project needs came from the lock.
$(READY): $(PACKAGES) pyproject.toml
	@$(RUN) -m pip install -qq --disable-pip-version-check \
	  --no-deps --no-build-isolation --editable .
	@touch $@
