# make train   set-up, then the main job: train DualArmPushGrasp and compare it with a random policy
# make test    set-up, then all tests
# Other arguments of the main job: make train TRAIN_ARGS="--task SingleArmPushGrasp --max_iterations 5"

TRAIN_ARGS ?= --task DualArmPushGrasp --max_iterations 2 --trials 10 --pictures agent.imitation.actions=160
TEST_ARGS ?=

python := .venv/bin/python

# Other software's modules (ROS sets PYTHONPATH) have no place in this environment.
unexport PYTHONPATH PYTHONHOME
# GitPython refuses to load on a machine without git unless it is told to be quiet.
export GIT_PYTHON_REFRESH := quiet

.PHONY: help setup setup-dev setup-graspnet setup-epg train test lint format

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 23

setup:  ## install what training needs into .venv; again only when something changed
	@sh scripts/setup.sh

setup-dev:  ## the same, and what tests and linting need
	@sh scripts/setup.sh dev

setup-graspnet:  ## the same as setup, and graspnetAPI for GraspNet-1Billion
	@sh scripts/setup.sh graspnet

setup-epg:  ## the same as setup, and escnn to train the method epg
	@sh scripts/setup.sh epg

train: setup  ## the main job: train, then compare with a random policy
	$(python) scripts/train.py $(TRAIN_ARGS)

# Two processes share out the test files, with one thread each for tensors: on two cores more threads would wait for each other.
test: setup-dev  ## all tests, quick ones first; those of graspnetAPI and escnn only where they can be installed
	@sh scripts/setup.sh graspnet || echo "graspnetAPI could not be installed: its tests are skipped." >&2
	@sh scripts/setup.sh epg || echo "escnn could not be installed: its tests are skipped." >&2
	OMP_NUM_THREADS=1 $(python) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TEST_ARGS)

lint: setup-dev  ## style, formatting and types
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(python) -m pyright

format: setup-dev  ## mend what can be mended by itself
	$(python) -m ruff check --fix
	$(python) -m ruff format
