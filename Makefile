# What one does here, by name. `make` alone lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help run test check acceptance mutants faults lint fmt generate bench fuzz vuln build clean

help: ## list the targets
	@echo "Involt: drivers, cards and access for EV charging."
	@echo
	@sed -nE 's/^([a-z]+):.*## (.*)$$/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

run: ## start a whole Involt with made-up people and simulated chargers
	go run ./cmd/involt demo

test: ## install and start what the tests need, then check everything
	scripts/test-setup

check: ## everything that must hold before a change goes in (make test gives it a PostgreSQL)
	scripts/check

lint: ## the quick part of check: format, vet, linters, import rules
	scripts/check format vet lint rules

fmt: ## format the Go code and the templates
	scripts/tool gofumpt -l -w $(wildcard cmd internal test)
	scripts/tool templ fmt $(wildcard internal)

generate: ## rebuild the committed generated files (needs Node 20 or newer)
	scripts/generate

acceptance: ## every story of the browser on both engines (make check runs most of them on one)
	INVOLT_TEST_ENGINES=both scripts/test-setup go test -timeout=30m ./test/acceptance

mutants: ## see that deliberate faults are noticed by the tests that claim to (test/mutants)
	scripts/with-postgres scripts/mutants

faults: ## the fault tests with the figures that they promise, not a part of them (half an hour)
	INVOLT_THREATS=full scripts/with-postgres go test -timeout=90m -count=1 -v -run 'TestFaults|TestThreat/R30' ./test/faults ./internal/flow/intake ./internal/flow/clients

bench: ## measure decisions and authorizations against their floors
	go run ./cmd/involt bench decide
	go run ./cmd/involt bench authorize
	go run ./cmd/involt bench users
	go run ./cmd/involt bench bulk
	go run ./cmd/involt bench invite
	go run ./cmd/involt bench activate

fuzz: ## fuzz every decoder, FUZZTIME each (1m)
	scripts/fuzz $(or $(FUZZTIME),1m)

vuln: ## look for known vulnerabilities in what is linked (asks the vulnerability database)
	scripts/tool govulncheck ./...

build: ## build one static binary, bin/involt
	CGO_ENABLED=0 go build -trimpath -o bin/involt ./cmd/involt

clean: ## remove what was built here
	rm -rf bin .bin
