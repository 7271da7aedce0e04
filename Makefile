# Conclave: `make` lists what can be made. The steps of the gate stand in .ci/step.

export CGO_ENABLED := 0

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
T       ?= 30s
FOR     ?= 24h
ARGS    ?=

# Stories, demo and benches take real text from here; without it they use the excerpt kept in the repository and say so. The logs
# may be packed (*.tar.xz).
ifdef CORPUS
export CONCLAVE_CORPUS := $(shell .ci/corpus $(CORPUS))
endif
export VULNDB

WEB     := gui/web
MODULES := $(WEB)/node_modules/.package-lock.json
PAGE    := gui/dist/app/index.html
SOURCES := $(shell [ -d $(WEB) ] && find $(WEB) -name node_modules -prune -o -type f -print)

.DEFAULT_GOAL := help
.PHONY: help run build release gen test check quick fuzz nightly mutants soak bench bench-compare scale bench-web story-irc story-irc-group demo screenshots web clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build everything and start a node with its data under ./data [ARGS="--http …"]
	bin/conclave run --data ./data $(ARGS)

build: web ## build bin/conclave with the web app inside
	go build -ldflags '$(LDFLAGS)' -o bin/conclave ./cmd/node

release: web ## build bin/conclave as it is shipped: no path of this machine inside
	go build -trimpath -ldflags '$(LDFLAGS) -buildid=' -o bin/conclave ./cmd/node

gen: $(MODULES) ## write the OpenAPI document, the web client and the pages of docs that come from the code
	.ci/step generate

test: ## the gate: everything that must be green before a change lands [VULNDB=FOLDER]
	.ci/run

check: test ## the same as test

quick: ## the inner loop: format, vet what changed, short tests away from the network
	.ci/step quick

fuzz: ## run every fuzz target for a while, one after another [T=30s]
	.ci/fuzz $(T)

nightly: ## the long tests: more seeds and kills, a year of IRC as a group, race, ten minutes for each fuzz target, mutants [CORPUS=FOLDER]
	CONCLAVE_NIGHTLY=1 .ci/run
	CONCLAVE_NIGHTLY=1 .ci/step repeat
	.ci/fuzz 10m
	.ci/mutants

mutants: ## put faults in by hand, one at a time, and see that the tests find them [ARGS="NAME…"]
	.ci/mutants $(ARGS)

soak: ## three nodes talk for a day while two of them are stopped and killed: what is lost, how long clients wait, what grows [FOR=20m]
	CONCLAVE_SOAK=$(FOR) go test -count 1 -v -timeout 0 -run '^TestSoak$$' ./cmd/node

bench: ## one table: what a message, a page, a start cost, beside what the work costs anyway [ARGS="-only path -json FILE"]
	go run ./node/nodetest/bench $(ARGS)

bench-compare: ## what became of each figure between two runs of `make bench` [OLD=a.json NEW=b.json]
	go run ./node/nodetest/bench -compare $(OLD) $(NEW)

scale: ## what 100,000 people on 10, 100 and 1,000 nodes cost, reckoned from what was measured: the table of docs/scale.md
	go run ./node/nodetest/scale

bench-web: build ## what the page costs, in a browser, with 100,000 messages of 500 people [CORPUS=FOLDER ARGS="-messages 5000"]
	go build -o bin/fill ./node/nodetest/fill
	CORPUS="$(CORPUS)" node $(WEB)/e2e/bench.mjs $(ARGS)

story-irc: ## replay a whole IRC log between two nodes [CORPUS=FOLDER]
	go test -count 1 -v -timeout 30m -run '^TestStoryIRC$$' ./node/nodetest/...

story-irc-group: ## say a whole IRC log in one group over ten nodes [CORPUS=FOLDER] [LINES=N of its beginning]
	CONCLAVE_LINES=$(LINES) go test -count 1 -v -timeout 60m -run '^TestStoryIRCGroup$$' ./node/nodetest

demo: build ## three federated nodes with five people on loopback [CORPUS=FOLDER] [ARGS="--messages N"]
	bin/conclave demo $(ARGS)

screenshots: build ## pictures of the page, light and dark, desktop and phone
	npm --prefix $(WEB) run screenshots

web: $(PAGE) ## build the web app into gui/dist/app

clean: ## remove what was built; the data folder stays
	rm -rf bin gui/dist/app $(WEB)/node_modules .ci/cache

$(MODULES): $(WEB)/package-lock.json
	npm --prefix $(WEB) ci --no-audit --no-fund
	@touch $@

$(PAGE): $(MODULES) $(SOURCES)
	npm --prefix $(WEB) run build
	@touch $@
