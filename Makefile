# Headwater's commands. `make help` lists them; the first two need nothing but Rust, Python 3 and a C/C++ compiler.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# The kernel and the command, without what only the tests need. The features of all that is shared are the same in both.
PRODUCT := --workspace --exclude headwater-tests --locked
PREFIX ?= $(HOME)/.local
UV := target/tools/bin/uv
# What libFuzzer counts while the code runs; a stable compiler can do it.
COUNTED := -Cpasses=sancov-module $(addprefix -Cllvm-args=-sanitizer-coverage-,level=4 inline-8bit-counters pc-table trace-compares) \
	--cfg fuzzing -Cdebug-assertions -Ccodegen-units=1
HOST = $(shell rustc -vV | sed -n 's/host: //p')
FUZZ_SECONDS ?= 60

.PHONY: help demo lab test proofs bench bench-kernels peers fuzz install wheel wheel-test images lab-images fmt lint requirements clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

demo: ## Build, run the quickstart notebook on a sandbox, export its job, run and check it
	@notebooks/demo.sh

lab: .venv/ready ## JupyterLab with the kernel, on the notebooks (beside it: target/debug/headwater sandbox)
	cargo build $(PRODUCT)
	target/debug/headwater-kernel install --prefix .venv
	.venv/bin/jupyter lab notebooks

test: ## Everything, with real Kafka; fetches what it needs (also: Java 17, Maven, npm, chromium)
	@tests/run.sh

proofs: ## The long proofs: forecasts against facts, false alarms, operators against models in 40,000 cases each (after `make test`; many minutes)
	cargo test --workspace --locked -- --ignored --nocapture proof_
	HEADWATER_MODEL_CASES=40000 cargo test --workspace --locked --lib -- operators:: runtime::parallel

bench: ## The figures: cell latency, kernel start, first looks at a topic, events per CPU-second (release build)
	@tests/bench/run.sh

bench-kernels: ## Start, cells, interrupt, completion and memory beside evcxr_jupyter and ipykernel (release build; compiles evcxr_jupyter once)
	@tests/bench/kernels.sh

peers: ## A million rows profiled by Headwater, DuckDB and ydata-profiling, side by side (release build; installs the peers)
	@tests/bench/peers.sh

fuzz: ## Fuzz what strangers can send to the kernel for FUZZ_SECONDS (60); what is found is kept in target/fuzz
	mkdir -p target/fuzz/corpus
	CARGO_TARGET_DIR=target/fuzz RUSTFLAGS="$(COUNTED)" cargo run --release --locked --manifest-path fuzz/Cargo.toml --target $(HOST) -- \
		-max_total_time=$(FUZZ_SECONDS) -max_len=4096 -artifact_prefix=target/fuzz/ target/fuzz/corpus

install: ## Release build; commands into $PREFIX/bin (~/.local/bin), kernel for this user
	cargo build --release $(PRODUCT)
	install -d "$(PREFIX)/bin"
	install target/release/headwater target/release/headwater-kernel target/release/headwater-runtime "$(PREFIX)/bin/"
	"$(PREFIX)/bin/headwater-kernel" install --user

wheel: target/wheel/tools/ready ## A wheel of the release build, for `pip install`: the programs and the kernelspec
	cargo build --release $(PRODUCT)
	HEADWATER_PROGRAMS=target/release target/wheel/tools/bin/pip wheel --quiet --no-deps --no-build-isolation -w target/wheel ./python
	@ls target/wheel/*.whl

wheel-test: target/wheel/tools/ready ## A wheel of the debug build, installed into a clean environment where Jupyter runs cells with it
	cargo build $(PRODUCT)
	@rm -rf target/wheel/debug
	HEADWATER_PROGRAMS=target/debug target/wheel/tools/bin/pip wheel --quiet --no-deps --no-build-isolation -w target/wheel/debug ./python
	@tests/wheel/try.sh target/wheel/debug/*.whl

images: ## The pictures of docs/images: charts, reports, and the notebook that `make demo` executed (chromium)
	@.venv/bin/python docs/images/make.py target/demo docs/images
	@mkdir -p target/gallery
	@HEADWATER_CHARTS="$(CURDIR)/target/gallery" cargo test --quiet --workspace --locked --lib -- --ignored svg::tests::gallery
	@.venv/bin/python docs/images/reports.py target/gallery docs/images

lab-images: ## The pictures of docs/images that a live JupyterLab shows, light and dark (chromium, npm)
	@docs/images/lab.sh

fmt: ## Format the sources
	cargo fmt --all

lint: ## Formatting, clippy, licences and advisories
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@if command -v cargo-deny > /dev/null; then cargo deny --locked check; else echo "cargo-deny is not installed: licences and advisories not checked"; fi

requirements: ## Pin the Python requirements again, with hashes (uv)
	@test -x $(UV) || { python3 -m venv target/tools && target/tools/bin/pip install --quiet uv==0.13.9; }
	UV_CUSTOM_COMPILE_COMMAND="make requirements" $(UV) pip compile --quiet --universal --python-version 3.10 --generate-hashes notebooks/requirements.in -o notebooks/requirements.txt
	UV_CUSTOM_COMPILE_COMMAND="make requirements" $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes -c notebooks/requirements.txt tests/requirements.in -o tests/requirements.txt
	UV_CUSTOM_COMPILE_COMMAND="make requirements" $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes tests/bench/requirements.in -o tests/bench/requirements.txt
	UV_CUSTOM_COMPILE_COMMAND="make requirements" $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes tests/bench/kernels.in -o tests/bench/kernels.txt
	UV_CUSTOM_COMPILE_COMMAND="make requirements" $(UV) pip compile --quiet --universal --python-version 3.10 --generate-hashes tests/wheel/requirements.in -o tests/wheel/requirements.txt

clean: ## Remove everything that was built or fetched
	rm -rf target .venv jobs

.venv/ready: notebooks/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --disable-pip-version-check --progress-bar off --require-hashes -r notebooks/requirements.txt
	touch $@

target/wheel/tools/ready: tests/wheel/requirements.txt
	python3 -m venv target/wheel/tools
	target/wheel/tools/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/wheel/requirements.txt
	touch $@
