# Two commands do all set-up: `make demo` and `make test`. Both make the virtual environment that they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2

.PHONY: demo test check format bench clean

demo: $(VENV)/ready
	$(BIN)/roleinstruct demo --out out/demo

test: check
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

check: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# RELEASE and CPED name the folders of the authors' release and of CPED; a benchmark without its data says so.
bench: $(VENV)/ready
	$(BIN)/python benchmarks/build.py $(RELEASE)
	$(BIN)/python benchmarks/emotions.py $(CPED) $(RELEASE)
	$(BIN)/python benchmarks/segmentation.py $(CPED)

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) build dist out site .mypy_cache .pytest_cache .ruff_cache .hypothesis
