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

# The authors' release and CPED's csv, as in: make bench RELEASE=../rolecraft-release CPED=../cped/valid_split.csv
bench: $(VENV)/ready
	$(if $(and $(RELEASE),$(CPED)),,$(error say where the data is: make bench RELEASE=folder CPED=file.csv))
	$(BIN)/python benchmarks/emotions.py $(CPED) $(RELEASE)
	$(BIN)/python benchmarks/segmentation.py $(CPED)
	$(BIN)/python benchmarks/build.py $(RELEASE)

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) build dist out site .mypy_cache .pytest_cache .ruff_cache .hypothesis
