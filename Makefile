# Everything here is a short name for something that can be typed. CI runs .ci/run, which needs nothing of this file.

GO     ?= go
PKG    ?= ./...
# The race detector makes the thousand-seed tests ten times slower; -short has them run fewer seeds and says so. On one processor, since
# it crashes now and then when the goroutines of a synctest bubble run timers on several (golang/go#78156).
RACE   ?= -race -short -cpu 1 -timeout 20m
LINT_VERSION ?= $(shell sed -n 's/^lint_version=//p' .ci/run)

.DEFAULT_GOAL := help
.PHONY: help quickstart test race short lint fmt check moto deps docs ci

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PKG=./dns/... confines test, race, short, lint and docs to some packages."

quickstart: ## the library's story on the simulated AWS (the first build compiles the EC2 SDK: minutes)
	$(GO) run ./examples/quickstart

test: ## all tests, as the README promises them
	$(GO) test $(PKG)

short: ## all tests with few seeds: seconds, once compiled
	$(GO) test -short $(PKG)

race: ## all tests under the race detector, with few seeds
	$(GO) test $(RACE) $(PKG)

lint: ## golangci-lint at the version that CI pins, downloaded if need be
	@if golangci-lint version 2>/dev/null | grep -qF "version $(LINT_VERSION:v%=%) "; then golangci-lint run $(PKG); \
	else $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION) run $(PKG); fi

fmt: ## gofmt, in place
	gofmt -w .

check: ## what to run before a commit: gofmt, tidy, vet, lint, tests
	@test -z "$$(gofmt -l .)" || { gofmt -l . ; echo "gofmt: make fmt"; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet $(PKG)
	$(MAKE) lint
	$(GO) test $(PKG)

moto: ## only the tests that need a moto_server on PATH, loudly (pip install 'moto[server]')
	@command -v moto_server >/dev/null || { echo "moto_server is not on PATH: pip install 'moto[server]'"; exit 1; }
	$(GO) test -v -run 'Moto' $(PKG)

deps: ## the rules of the tree: imports, documentation, length of files
	$(GO) test -v .

docs: ## the documentation of a package in the terminal: make docs PKG=./env
	@$(GO) doc -all $(if $(filter ./...,$(PKG)),.,$(PKG))

ci: ## what CI runs, from nothing
	.ci/run
