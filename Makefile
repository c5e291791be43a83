# weft: run `make help` for the targets. CI runs `make test` and nothing a
# user cannot run.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO ?= go
# Directory with conformance vectors in the layout internal/conformance reads.
WEFT_CONFORMANCE ?=
N ?= 20000
SEED ?= $(shell date +%s)

.DEFAULT_GOAL := all
.PHONY: servers graphiql rights overlays all help build vet lint test race short golden fuzz bench conformance differential generate checkgenerate demo needs

all: build vet short ## build, vet and the quick tests, offline

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

needs:
	@command -v $(GO) >/dev/null || { echo "weft needs Go $$(sed -n 's/^go //p' go.mod) or newer on PATH: https://go.dev/dl"; exit 1; }
	@command -v gcc >/dev/null || command -v clang >/dev/null || { echo "the race detector needs a C compiler: apt-get install gcc"; exit 1; }
	@$(GO) mod download

# Servers that the tests start themselves: command:Debian package.
SERVERS := etcd:etcd-server prometheus:prometheus redis-server:redis-server npm:npm node:nodejs

servers:
	@missing=; for s in $(SERVERS); do command -v "$${s%%:*}" >/dev/null || missing="$$missing $${s##*:}"; done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing$$missing"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $$missing; } >/dev/null; \
	else echo "the tests start real servers; install these packages:$$missing"; exit 1; fi

build: ## build bin/weft
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/weft ./cmd/weft

vet: ## go vet
	$(GO) vet ./...

lint: vet ## vet, gofmt, golangci-lint if present
	@bad="$$(gofmt -l $$(git ls-files '*.go'))"; [ -z "$$bad" ] || { echo "gofmt -w these:"; echo "$$bad"; exit 1; }
	@if command -v golangci-lint >/dev/null; then golangci-lint run; else echo "lint: golangci-lint is not installed, ran vet and gofmt"; fi

test: needs servers ## everything that must pass before a change lands
	@$(MAKE) --no-print-directory lint checkgenerate
	@$(MAKE) --no-print-directory conformance
	@$(GO) test -race -json ./... | $(GO) run ./internal/testcount

race: ## all tests with the race detector
	$(GO) test -race ./...

short: ## all tests without the slow suites
	$(GO) test -short ./...

golden: ## rewrite the expected sections of all txtar cases and show the diff
	$(GO) test ./schema/... ./operation/... ./planner/... ./executor/... . -update || true
	git diff --stat -- '*.txtar'

conformance: ## run the vectors of testdata and of $$WEFT_CONFORMANCE
	$(GO) run ./internal/conformance -dir testdata
	@if [ -n "$(WEFT_CONFORMANCE)" ]; then $(GO) run ./internal/conformance -dir "$(WEFT_CONFORMANCE)"; fi

differential: ## N random schemas and operations against the monolith (N=20000 SEED=now)
	$(GO) run ./internal/differential -n $(N) -seed $(SEED)

rights: ## N random rights and principals against an oracle (N=5000 SEED=now)
	$(GO) run ./internal/rightslab -n $(if $(filter file,$(origin N)),5000,$(N)) -seed $(SEED)

overlays: ## N random overlays and operations against an oracle (N=3000 SEED=now)
	$(GO) run ./internal/overlaylab -n $(if $(filter file,$(origin N)),3000,$(N)) -seed $(SEED)

fuzz: ## every fuzz target for 30 s
	@for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    $(GO) test $$pkg -run '^$$' -fuzz "^$$f$$" -fuzztime 30s; done; done

bench: ## benchmarks, in benchstat's format
	$(GO) test -run '^$$' -bench . -benchmem ./...

generate: ## run the generators
	$(GO) generate ./...

checkgenerate: ## fail if a generated file is not up to date
	@$(GO) generate ./...
	@git diff --exit-code --stat -- '*_gen.go' '*.pb.go' 'docs/errors.md' 'docs/config.md' 'examples/shop' || { echo "run make generate and commit"; exit 1; }

demo: ## the shop: six backends, three kinds of clients and weft on 127.0.0.1:4000
	CGO_ENABLED=0 $(GO) run -trimpath ./cmd/weft demo $(ARGS)

graphiql: ## renew the GraphiQL files that the binary embeds (needs npm)
	cd internal/graphiql && npm install --no-audit --no-fund --no-package-lock --silent && \
	  cp node_modules/graphiql/graphiql.min.{js,css} node_modules/react/umd/react.production.min.js node_modules/react-dom/umd/react-dom.production.min.js assets/ && \
	  sed -i 's#//[@\#] sourceMappingURL=.*##; s#/\*\# sourceMappingURL=[^*]*\*/##' assets/*.min.js assets/*.min.css && rm -r node_modules
