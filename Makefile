# Everything a newcomer needs: `make quick` and `make test`. Both prepare .venv first, which is done once.
# PYTHON=/path/to/python chooses the interpreter; WORKERS=4 the number of parallel test processes; ACROSS=--across lets
# `make regress` compare with the records of another machine.

WORKERS ?= 2
bin := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help environment quick test lint reports regress clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

environment: ## Prepare .venv: Python packages as pinned in constraints.txt
	@sh benchmarks/setup/setup.sh

quick: environment ## Train, score and compare both frameworks on real digits; see reports/quick/site/index.html
	@$(bin)/ganbench run quick --out reports/quick
	@$(bin)/ganbench site reports/quick --out reports/quick/site

test: lint ## Check style, types and import contracts, then run the whole test suite
	@$(bin)/python -m pytest -n $(WORKERS) --dist worksteal

lint: environment ## Check style, types and import contracts only
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports

reports: environment ## Rebuild the tables, figures and pages of reports/ from the records there; trains nothing
	@$(bin)/python -m benchmarks.cli.rebuild reports

regress: environment ## Race and train a slice anew; an error if it is proven slower or worse than the records in reports/
	@rm -rf runs/regress
	@$(bin)/ganbench race contenders --engines torch,keras-tf --minutes 1 --device cpu --out runs/regress
	@$(bin)/ganbench run regress --untimed --jobs 2 --device cpu --out runs/regress
	@failed=0; for earlier in reports/races/third reports/regress; do \
	    $(bin)/ganbench compare $$earlier runs/regress --fail $(ACROSS) || failed=1; \
	done; exit $$failed

clean: ## Delete the environment and all caches; results in reports/ and runs/ stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
