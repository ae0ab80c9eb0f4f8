# What can be done here. `make` alone lists it; every target calls a tool and decides nothing.
#
# The first target that needs it makes the virtual environments from the lock files, and fetches what programs
# of Linux are missing, once. After that nothing here needs a network, until a lock file changes.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo templates product verify endpoints cost plan deploy status doctor smoke destroy mirror schema test test-all oracle faults check format lock benchmark clean install parts what-is-missing

ENVIRONMENT ?= demo
PYTHONS := python3.13 python3.12 python3.11 python3
PY := .venv/bin/python
WORKERS ?= 2

# An environment is good for the lock file with this checksum: content counts, not the time of a checkout.
checksum = $(shell cksum requirements/$(1).lock | cut -d' ' -f1)
TOOLS := .venv/installed-$(call checksum,requirements)
EMULATOR := .venv-emulator/installed-$(call checksum,emulator)
CHECKERS := .venv-checkers/installed-$(call checksum,checkers)

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12
	@printf '\nTargets that take an environment: make templates ENVIRONMENT=demo\n'

demo: $(TOOLS) $(EMULATOR) what-is-missing ## Build, lint and deploy the whole system to an embedded AWS
	@$(PY) build.py demo $(ENVIRONMENT) $(if $(KEEP),--keep)

templates: $(TOOLS) ## Render, lint and verify the templates into output/
	@$(PY) build.py templates $(ENVIRONMENT)

product: $(TOOLS) ## Render, lint and verify the Service Catalog product into output/
	@$(PY) build.py product $(ENVIRONMENT)

verify: $(TOOLS) ## Prove from the templates in output/ that every task will start
	@$(PY) build.py verify

endpoints: $(TOOLS) ## Show the VPC endpoints, for whom they are, and their price
	@$(PY) build.py endpoints $(ENVIRONMENT)

cost: $(TOOLS) ## Show what an environment costs in a month before anybody uses it
	@$(PY) build.py cost $(ENVIRONMENT)

plan: $(TOOLS) ## Show what a deployment would do, and do nothing
	@$(PY) build.py plan $(ENVIRONMENT)

deploy: $(TOOLS) ## Plan, ask, and deploy; uses your AWS credentials
	@$(PY) build.py deploy $(ENVIRONMENT)

status: $(TOOLS) ## Show how a deployed environment is
	@$(PY) build.py status $(ENVIRONMENT)

doctor: $(TOOLS) ## Look for what would stop a deployment
	@$(PY) build.py doctor $(ENVIRONMENT)

smoke: $(TOOLS) ## Fetch the services' pages from the jump host
	@$(PY) build.py smoke $(ENVIRONMENT)

destroy: $(TOOLS) ## Show what would be deleted, ask, and delete it
	@$(PY) build.py destroy $(ENVIRONMENT)

mirror: $(TOOLS) ## Copy the images of an environment into its ECR repositories; uses your AWS credentials
	@$(PY) build.py mirror $(ENVIRONMENT)

schema: $(TOOLS) ## Print the JSON Schema of an environment's file
	@$(PY) build.py schema

test: $(TOOLS) $(EMULATOR) what-is-missing ## Run the tests, but for those that take long; about eight minutes
	@$(PY) -m pytest -n $(WORKERS) --dist loadgroup -m 'not slow'

test-all: $(TOOLS) $(EMULATOR) $(CHECKERS) what-is-missing ## Run all tests, independent checkers included; needs Node.js
	@$(PY) -m pytest -n $(WORKERS) --dist loadgroup

oracle: $(TOOLS) $(EMULATOR) what-is-missing ## Compare the verifier with packets: CASES=500 random systems, half an hour
	@$(PY) -m tests.fabric.oracle --cases $(or $(CASES),500) --seed $(or $(SEED),1000)

faults: $(TOOLS) $(EMULATOR) ## Disturb a deployment at each of its requests: half an hour
	@$(PY) -m tests.deploy.faults

check: $(TOOLS) ## Check style, format and types
	@$(PY) -m ruff check --no-cache .
	@$(PY) -m ruff format --no-cache --check .
	@$(PY) -m basedpyright

format: $(TOOLS) ## Format the code
	@$(PY) -m ruff format .

benchmark: $(TOOLS) ## Measure the build, as ratios
	@$(PY) -m benchmarks
	@$(PY) -m benchmarks.verify_speed

install: $(TOOLS) $(EMULATOR) ## Make the virtual environments, and nothing else

parts: $(TOOLS) ## Fetch the programs of Linux that are missing into .parts/; Debian and Ubuntu, no root needed
	@$(PY) -m private_fargate.local.parts

# Where they cannot be had everything else is done all the same, after it was said what they are missed for.
what-is-missing: $(TOOLS)
	@$(PY) -m private_fargate.local.parts --optional

UV_COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

lock: $(TOOLS) ## Resolve the newest allowed releases into the lock files; needs a network
	$(UV_COMPILE) --upgrade --group dev pyproject.toml -o requirements/requirements.lock
	$(UV_COMPILE) --upgrade requirements/emulator.in -o requirements/emulator.lock
	$(UV_COMPILE) --upgrade requirements/checkers.in -o requirements/checkers.lock

clean: ## Remove what was generated; the virtual environments and the parts stay
	rm -rf .cache .pytest_cache .ruff_cache .hypothesis output/*
	find . -path './.venv*' -prune -o -name __pycache__ -type d -exec rm -rf {} +

# A folder that is ours says so from the start: one cut off half-way is made again, a stranger's is left alone.
$(TOOLS) $(EMULATOR) $(CHECKERS):
	@set -e; folder=$(@D); lock=requirements/$(patsubst .venv-%,%,$(patsubst .venv,.venv-requirements,$(@D))).lock; \
	if [ -e $$folder ] && [ ! -e $$folder/made-by-make ]; then \
		echo "$$folder: was not made by make; remove it or give it another name" >&2; exit 1; \
	fi; \
	for python in $(or $(PYTHON),$(PYTHONS)) none; do \
		if [ $$python = none ]; then \
			echo "Python 3.11, 3.12 or 3.13 is needed, and none of these is one: $(or $(PYTHON),$(PYTHONS))" >&2; exit 1; \
		fi; \
		$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && break; \
	done; \
	echo "Installing $$lock into $$folder with $$python; this is done once" >&2; \
	rm -rf $$folder; mkdir $$folder; touch $$folder/made-by-make; \
	$$python -m venv $$folder; \
	$$folder/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $$lock; \
	touch $@
