# Everything one does with this house. Needs make, Python 3.11 or later with venv, and for `make check` PostgreSQL's programs.
# The order of the columns in a table of rules is content, so the code is linted and not reformatted.

PYTHON ?= python3
PORT   ?= 8000
DEMO   ?= 1
BIN    := .venv/bin
STAMP  := .venv/.installed
PO     := mediation/translations
TEXTS  := --keywords=lazy_gettext --keywords=_l --no-location --sort-output --omit-header --width=120

.DEFAULT_GOAL := help
.PHONY: help run test coverage check lint types imports pages migration messages screenshots constraints wheel clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(STAMP) ## Serve on http://127.0.0.1:8000 (PORT=…), with a demonstration in an empty database (DEMO=0: without)
	$(BIN)/mediation init $(if $(filter-out 0,$(DEMO)),--no-accounts)
	@if [ "$(DEMO)" != 0 ]; then echo $(BIN)/mediation demo --if-empty; $(BIN)/mediation demo --if-empty; fi
	$(BIN)/mediation serve --port $(PORT)

test: $(STAMP) ## Run the tests on all cores
	$(BIN)/pytest -n auto -q

coverage: $(STAMP) ## Run the tests and list the lines none of them passed
	$(BIN)/pytest -n auto -q --cov --cov-report=term-missing

check: lint types imports pages test ## Everything that must hold before a change is kept

lint: $(STAMP) ## ruff
	$(BIN)/ruff check .

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

imports: $(STAMP) ## Floors and rooms: who may import whom
	$(BIN)/lint-imports

pages: $(STAMP) ## djlint over the templates
	$(BIN)/djlint templates --lint --quiet

migration: $(STAMP) ## Write the next numbered migration: make migration m="Keep the day of the letter"
	@test -n "$(m)" || { echo 'say what it does: make migration m="…"'; exit 2; }
	$(BIN)/python -c 'import sys; from mediation import migrating; migrating.make_revision(sys.argv[1])' "$(m)"
	$(BIN)/ruff format migrations/versions
	$(BIN)/ruff check --fix migrations/versions

messages: $(STAMP) ## Collect the texts of pages and refusals, drop what is gone, compile
	@mkdir -p build
	$(BIN)/pybabel -q extract -F pyproject.toml $(TEXTS) -o build/messages.pot .
	$(BIN)/pybabel -q update -i build/messages.pot -d $(PO) --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width=120
	$(BIN)/pybabel compile -d $(PO) --statistics

screenshots: $(STAMP) ## Take the pictures of docs/ from the demonstration
	$(BIN)/python docs/screenshots.py

constraints: $(STAMP) ## Find newer versions of what we stand on
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --no-annotate --no-header --upgrade -o constraints.txt

wheel: $(STAMP) ## Pack the product
	$(BIN)/python -m pip wheel -q --no-deps -w dist .

clean: ## Remove what can be made again (not instance/: there the data lives)
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.12 …"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]' -c constraints.txt
	@touch $@
