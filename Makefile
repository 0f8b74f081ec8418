# The two commands: `make run` and `make test`. Both install what they need on a machine with Rust, Node and apt.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
DATA ?= target/demo-data
LISTEN ?= 127.0.0.1:7300
MEMBERS ?= 2000
LANGUAGE ?= zh-CN

.PHONY: run build web debug test test-rust test-web test-browser test-api test-calendars bench soak examples tools

# --- running ---------------------------------------------------------------------------------------------------------------------

## Everything built, then the server with a sample brand; the address is printed.
run: build
	./target/release/danggol demo --if-empty --data $(DATA) --members $(MEMBERS) --language $(LANGUAGE)
	./target/release/danggol serve --data $(DATA) --listen $(LISTEN)

build: web
	cargo build --release --locked -p danggol-server

web: web/node_modules/.package-lock.json
	cd web && npm run build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund

# --- checking --------------------------------------------------------------------------------------------------------------------

## Everything checked: Rust on both databases, the web, a real browser, the API's own description.
test: tools
	$(MAKE) test-web
	$(MAKE) test-browser
	$(MAKE) test-api
	$(MAKE) test-calendars
	$(MAKE) test-rust

tools:
	@scripts/tools.sh

test-rust:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo build --locked -p danggol-sim
	./target/debug/danggol-sim cluster -- cargo nextest run --locked --workspace --no-fail-fast

test-web: web
	cd web && npm run check && npm test

# What the browser and the API's description are checked against.
debug: web
	cargo build --locked -p danggol-sim -p danggol-server

test-browser: debug
	scripts/with-demo.sh bash -c 'cd web && npm run e2e'

test-api: debug
	scripts/with-demo.sh scripts/schemathesis.sh

# The lunar calendars, day by day, against published libraries.
test-calendars:
	cargo build --locked -p danggol-sim
	./target/debug/danggol-sim calendars | target/venv/bin/python scripts/calendars.py

# --- measuring -------------------------------------------------------------------------------------------------------------------

## Ours against the anchors in one run: a table, and target/bench.json.
bench: web
	scripts/engines.sh
	cargo build --release --locked -p danggol-server -p danggol-sim
	./target/release/danggol-sim bench

## Random commands, kills and power cuts, long.
soak:
	cargo build --release --locked -p danggol-sim
	./target/release/danggol-sim soak

## Real input: two public data sets from their packages.
examples: build
	examples/complete-journey/run.sh
	examples/cdnow/run.sh
