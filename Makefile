# One entry point for people and for CI. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help setup demo test lint format docs bindings kit toolchains bench bench-core bench-kit soak fuzz package clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo
	@echo '  make demo ARGS=--json        one JSON object a line instead of text'
	@echo '  make test ONLY="rust jest"   some suites only; scripts/test.sh --list names them'

setup: ## install what the other targets need (compiler, npm packages)
	@scripts/setup.sh

demo: setup ## two virtual iPhones, a gateway and an APNs simulator go through the whole flow
	@scripts/demo.sh $(ARGS)

test: setup ## every test that this machine can run, with a closing summary
	@scripts/test.sh $(ONLY)

lint: setup ## formatters and linters, as `make test` runs them
	@scripts/test.sh lint

format: setup ## let the formatters decide
	cargo fmt --all
	cargo fmt --manifest-path fuzz/Cargo.toml
	npm run --silent format

docs: setup ## the API reference, from the comments in the sources: build/api/index.html
	@scripts/api-reference.sh

bindings: setup ## generate the Swift bindings and the OpenAPI file again
	@scripts/bindings.sh
	@UPDATE=1 cargo test --quiet --package zpns-gateway --test gateway openapi

kit: setup ## build the kit for WebAssembly: phones, a gateway and the world between them, for tests and pages
	@scripts/kit/build.sh $(ARGS)

toolchains: ## (root) bring Swift for Linux and the Apple cross tools, so that `make test` leaves nothing out
	@scripts/toolchains/install.sh

bench: setup ## every benchmark; writes bench/results/*.json
	@scripts/bench.sh

bench-core: setup ## measure the core and the client: push to report, start-up, memory; writes bench/results/core.json
	@scripts/bench.sh core

bench-kit: setup ## measure the kit: size, load time, phones a second, scenarios; writes bench/results/kit.json
	@scripts/bench.sh kit

soak: setup ## random interleavings against the core's invariants for five minutes (ARGS=MINUTES)
	@scripts/soak.sh $(ARGS)

fuzz: setup ## feed every entry point of the core what libFuzzer finds, a minute each (ARGS="TARGET SECONDS")
	@scripts/fuzz.sh $(ARGS)

package: setup ## the npm tarball, with the XCFramework where the Apple cross tools are installed
	@scripts/package.sh

clean: ## remove everything that was built
	rm -rf target fuzz/target build lib src/kit/module.js example/build ios/.build ios/ZpnsFFI.xcframework
