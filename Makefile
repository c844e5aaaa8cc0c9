SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

MODULES := libs/scim libs/token libs/telemetry services
# At the root of a workspace, ./... of go and golangci-lint does not cover the modules.
PKGS := $(MODULES:%=./%/...)

# A tool is kept under a name with its version, so that a new pin is a new file.
GOFUMPT       := .bin/gofumpt@v0.12.0
GOLANGCI_LINT := .bin/golangci-lint@v2.15.0
GOVULNCHECK   := .bin/govulncheck@v1.9.0
CYCLONEDX     := .bin/cyclonedx-gomod@v1.10.0
HELM          := .bin/helm@v3.22.0
KUBECONFORM   := .bin/kubeconform@v0.8.0
SCHEMAS       := .bin/kubernetes-schemas@1.34.0
APISERVER     := .bin/kube-apiserver@1.34.4
AMTOOL        := .bin/amtool@v0.28.1
JAEGER        := .bin/jaeger@v1.76.0

##@ Use

# The version is that of git describe, for every program that is built here.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
STAMPED := -X github.com/devrev/scim/services/internal/version.version=$(VERSION)
STAMP   := -ldflags "$(STAMPED)"

# The programs of a release: static, without symbols, and with the commit that they were built of.
RELEASE  := CGO_ENABLED=0 go build -trimpath -buildvcs=true -ldflags "-s -w $(STAMPED)"
PROGRAMS := scimd tokend consoled scimctl
scimd    := ./services/scim/cmd/scimd
tokend   := ./services/token/cmd/tokend
consoled := ./services/console/cmd/consoled
scimctl  := ./services/scimctl

.PHONY: stamped
stamped: # prints the linker's flags, for scripts that build programs
	@echo "$(STAMPED)"

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## start both services on this machine, with their data in ./var; ARGS="-orgs acme" passes flags
	@go build $(STAMP) -o bin/allinone ./services/local/allinone
	@exec bin/allinone $(ARGS)

.PHONY: demo
demo: ## the same on fresh data, with a scripted Okta; the console shows what it does
	@go build $(STAMP) -o bin/allinone ./services/local/allinone
	@folder=$$(mktemp -d); trap "rm -rf $$folder" EXIT; trap : INT; bin/allinone -demo -data "$$folder" $(ARGS)

TRACES := file

.PHONY: observe
observe: $(if $(filter jaeger,$(TRACES)),$(JAEGER)) ## the same with Prometheus and, once `make collector` was run, the collector; TRACES=jaeger keeps traces in Jaeger; see docs/observe.md
	@TRACES=$(TRACES) JAEGER=$(CURDIR)/$(JAEGER) exec deploy/dev/observe $(ARGS)

.PHONY: scimctl
scimctl: ## build the command line for operators and pipelines, bin/scimctl
	@CGO_ENABLED=0 go build -trimpath $(STAMP) -o bin/scimctl $(scimctl)

.PHONY: release
release: ## build scimd, tokend, consoled and scimctl into bin, static and with their version; refuses a tree with uncommitted changes
	@changed=$$(git status --porcelain); [ -z "$$changed" ] || { echo "release: the tree is not clean:"; echo "$$changed"; exit 1; } >&2
	@$(foreach program,$(PROGRAMS),$(RELEASE) -o bin/$(program) $($(program)); bin/$(program) -version;)

.PHONY: image
image: image-files ## build an image of each program into bin/image, without a daemon; needs buildah
	@deploy/image/build bin/image $(PROGRAMS)

# What the images are made of: each program, its SBOM, and the certificate authorities that this machine trusts.
.PHONY: image-files
image-files: $(CYCLONEDX)
	@mkdir -p bin/image
	@install -m 644 /etc/ssl/certs/ca-certificates.crt bin/image/ca-certificates.crt
	@$(foreach program,$(PROGRAMS),$(RELEASE) -o bin/image/$(program) $($(program)); \
		$(CYCLONEDX) bin -json -std -noserial -notimestamp -version "$(VERSION)" -output bin/image/$(program).cdx.json bin/image/$(program) 2>/dev/null; \
		chmod 755 bin/image/$(program); chmod 644 bin/image/$(program).cdx.json;)

.PHONY: manifests
manifests: $(HELM) ## render the Helm chart of deploy/kubernetes with its own values into manifests.yaml
	@$(HELM) template devrev-scim deploy/kubernetes/chart --namespace devrev-scim --kube-version 1.34.0 > deploy/kubernetes/manifests.yaml

##@ Test

.PHONY: setup
setup: ## install missing back ends of the tests: redis-server, a MongoDB engine, Prometheus
	@deploy/dev/setup

# A process with the race detector sleeps for a second before it ends, unless GORACE says otherwise. Without paths, the build cache serves
# all checkouts. Tests wait more than they compute, so more of them run at a time than there are cores; `make check` vets by itself.
# RAPID_CHECKS is how many cases each law draws here; `make law` draws CHECKS of them. What takes longest begins first.
LONGEST := ./services/e2e ./services/scim/mongostore ./services/e2e/browser

.PHONY: test
test: export GORACE := atexit_sleep_ms=0
test: export GOFLAGS += -trimpath
test: export RAPID_CHECKS := 20
test: setup ## run every test with the race detector, against real back ends
	REQUIRE_BACKENDS=1 go test -race -shuffle=on -count=1 -vet=off -p 4 -parallel 4 -timeout 15m $(LONGEST) $(PKGS)

RUNS := 20

.PHONY: test-again
test-again: setup ## run make test RUNS times, every second time beside four busy loops, until one fails; 20 runs take five hours
	@deploy/dev/test-again $(RUNS)

ROUNDS := 50
KILLS := 50
SEED := 0

.PHONY: torture
torture: setup ## kill scimds KILLS times, then kill, stop, cut and fail over the parts of the production wiring and step their clocks, ROUNDS times, then enforce the bounds that make test only logs; SEED=n repeats
	TORTURE=1 REQUIRE_BACKENDS=1 go test ./services/e2e -count=1 -run '^TestTorture$$' -v -timeout 2h -kills $(KILLS) -rounds $(ROUNDS) -seed $(SEED)
	GUARD_PEOPLE=10000 REQUIRE_BACKENDS=1 go test ./services/scim/guard -count=1 -run '^TestAPushThatDeactivatesEverybody$$' -timeout 1h
	GUARD_PEOPLE=10000 REQUIRE_BACKENDS=1 go test ./services/e2e -count=1 -run '^TestAPushThatDeactivatesEverybodyIsHeld$$' -v -timeout 1h
	TORTURE=1 REQUIRE_BACKENDS=1 go test -p 1 -parallel 1 -count=1 -timeout 2h ./libs/token/redisstore ./libs/telemetry ./services/internal/web \
		./services/scim/mongostore ./services/scim/overlay ./services/token/orgstore ./services/token/tokenserver ./services/e2e ./services/e2e/everycall ./services/e2e/telemetry ./services/e2e/conformance

.PHONY: test-three
test-three: setup ## hold the conformance tests and every dialogue on three scimds that share the requests; compare the results with those on one scimd
	@folder=$$(mktemp -d); trap "rm -rf $$folder" EXIT; cd services; \
	for n in 1 3; do \
		SCIMDS=$$n REQUIRE_BACKENDS=1 go test -count=1 -v -timeout 30m ./e2e/conformance > $$folder/log || { cat $$folder/log; exit 1; }; \
		grep -E '^ *--- ' $$folder/log | sed -E 's/^ *--- //; s/ \([0-9.]+s\)$$//' | sort > $$folder/$$n; \
	done; \
	diff $$folder/1 $$folder/3; echo "conformance: $$(wc -l < $$folder/3) results on three scimds, each as on one"
	cd services && TORTURE=1 REQUIRE_BACKENDS=1 go test -count=1 -timeout 30m -run '^TestDialoguesOnOtherWirings$$' ./e2e

.PHONY: screenshots
screenshots: setup ## take the screenshots of docs from the running product
	cd services && REQUIRE_BACKENDS=1 go test -count=1 -run TestScreenshots ./e2e/browser -screenshots "$(CURDIR)/docs/idp/img"

.PHONY: bench
bench: setup ## measure the product over HTTP against floors of the same run; one table, minutes; ARGS="-json" prints JSON
	@go build $(STAMP) -o bin/bench ./services/e2e/bench
	@bin/bench $(ARGS)

BASELINE := services/e2e/bench/baseline.json

.PHONY: bench-check
bench-check: setup ## the same, and fail if a ratio to the floor is worse than in the committed baseline
	@go build $(STAMP) -o bin/bench ./services/e2e/bench
	@bin/bench -check $(BASELINE) $(ARGS)

SIZES := 1000,10000,100000

.PHONY: bench-growth
bench-growth: setup ## measure how reads and lists grow with the organisation; SIZES=1000,1000000 names sizes
	@go build $(STAMP) -o bin/bench ./services/e2e/bench
	@bin/bench -growth $(SIZES) -within 40m $(ARGS)

USERS := 100000

.PHONY: bench-console
bench-console: setup ## measure each page of the console in an organisation of USERS users on both wirings; fail where one takes 150 ms or 50 KB
	@go build $(STAMP) -o bin/bench ./services/e2e/bench
	@bin/bench -console $(USERS) -within 60m $(ARGS)

.PHONY: bench-erasure
bench-erasure: setup ## measure what a neighbour notices while an organisation of USERS users is erased, on both wirings; on a machine that does nothing else
	@go build $(STAMP) -o bin/bench ./services/e2e/bench
	@bin/bench -erasure $(USERS) -within 60m $(ARGS)

.PHONY: microbench
microbench: setup ## run the benchmarks of single functions, one package at a time
	REQUIRE_BACKENDS=1 go test -p 1 -run '^$$' -bench . -benchmem $(PKGS)

.PHONY: law-undo
law-undo: setup ## undo drawn pushes of 1,000 operations on each store: the directory is as it was
	REQUIRE_BACKENDS=1 go test -count=1 -v -timeout 60m -run TestAnUndoLeavesTheDirectoryAsItWas ./services/local/embedded ./services/scim/mongostore -undo 1000 -rapid.checks 2

.PHONY: law-waiting
law-waiting: setup ## draw 1,000 interleavings of members that wait, leave and come back on each store, and compare with a model
	REQUIRE_BACKENDS=1 go test -count=1 -v -timeout 60m -run TestMembersWaitAsTheModelDoes ./services/local/embedded ./services/scim/mongostore -waiting 1000 -parallel 4

CHECKS := 500

.PHONY: law
law: setup ## draw CHECKS cases for each law, of which make test draws 20; then check 10,000 random requests on each store: a success has done what it asked
	RAPID_CHECKS=$(CHECKS) REQUIRE_BACKENDS=1 go test -count=1 -p 1 -timeout 2h \
		$$(go list -test -f '{{if .ForTest}}{{$$test := .ForTest}}{{range .Deps}}{{if eq . "pgregory.net/rapid"}}{{println $$test}}{{end}}{{end}}{{end}}' $(PKGS) | sort -u | grep -v /e2e)
	REQUIRE_BACKENDS=1 go test -count=1 -v -timeout 60m -run TestASuccessHasDoneWhatItAsked ./services/local/embedded ./services/scim/mongostore -law 10000

FUZZTIME := 30s

OVERLOAD := .

.PHONY: overload
overload: setup ## attack in one organisation, on both wirings, and measure the effect on another; OVERLOAD='sorts' runs one line
	REQUIRE_BACKENDS=1 go test -p 1 -run '^$$' -bench 'Overload/.*/$(OVERLOAD)' -benchtime 1x -timeout 30m ./services/e2e/overload

.PHONY: fuzz
fuzz: ## fuzz each target for FUZZTIME
	go test -list '^Fuzz' $(PKGS) | \
		awk '/^Fuzz/ {name[++n] = $$1} /^ok/ {for (i = 1; i <= n; i++) print $$2, name[i]; n = 0}' | \
		while read -r package name; do \
			go test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) "$$package" </dev/null; \
		done

.PHONY: collector
collector: ## build the OpenTelemetry collector of deploy/otel-collector into the cache; minutes the first time
	@deploy/otel-collector/collector build

.PHONY: by-hand
by-hand: ## run the commands of docs/by-hand.md, from nothing to three scimds and two tokends on Sentinel; installs haproxy with apt-get
	@deploy/dev/setup haproxy
	@trap 'kill $$(cat var/by-hand/*.pid var/by-hand/*/pid 2>/dev/null) 2>/dev/null || true' EXIT; deploy/dev/run-page docs/by-hand.md

.PHONY: test-collector
test-collector: collector ## test that collector: what it keeps and what it passes on
	cd services && COLLECTOR=$$(../deploy/otel-collector/collector path) go test -count=1 -v -run Collector ./e2e/deployfiles

.PHONY: test-jaeger
test-jaeger: $(JAEGER) ## test the page of traces with a real Jaeger, which takes minutes to build the first time
	cd services && JAEGER=$(CURDIR)/$(JAEGER) go test -count=1 -v -run Jaeger ./local/traces

.PHONY: test-image
test-image: image ## build the images twice, in two folders; test that the digests are the same, and what is in the images. Needs root
	@[ -z "$$(git status --porcelain)" ] || { echo "test-image: commit first, since the digests are those of a commit"; exit 1; } >&2; \
	before=$$(for p in $(PROGRAMS); do tar -xOf bin/image/$$p.tar index.json; done); \
	folder=$$(mktemp -d); trap "rm -rf $$folder" EXIT; \
	git clone -q . $$folder/another-place; $(MAKE) -C $$folder/another-place image CYCLONEDX=$(CURDIR)/$(CYCLONEDX); \
	after=$$(for p in $(PROGRAMS); do tar -xOf $$folder/another-place/bin/image/$$p.tar index.json; done); \
	[ "$$before" = "$$after" ] || { echo "test-image: two builds of one commit differ"; exit 1; } >&2
	cd services && IMAGES=$(CURDIR)/bin/image go test -count=1 -v -run '^TestImage' ./e2e/deployfiles

.PHONY: test-alertmanager
test-alertmanager: $(AMTOOL) ## test with amtool that Alertmanager takes its configuration, and where each alert goes
	cd services && AMTOOL=$(CURDIR)/$(AMTOOL) go test -count=1 -v -run '^TestAlertmanager' ./e2e/deployfiles

.PHONY: test-manifests
test-manifests: $(HELM) $(KUBECONFORM) $(SCHEMAS) $(APISERVER) ## test the Helm chart and its manifests with helm, kubeconform and a Kubernetes API server; the first build takes minutes
	@deploy/dev/setup etcd kubectl
	cd services && HELM=$(CURDIR)/$(HELM) KUBECONFORM=$(CURDIR)/$(KUBECONFORM) KUBERNETES_SCHEMAS=$(CURDIR)/$(SCHEMAS) KUBE_APISERVER=$(CURDIR)/$(APISERVER) \
		go test -count=1 -v -run '^TestManifests' ./e2e/deployfiles

.PHONY: test-compose
test-compose: ## have docker-compose read compose.yaml, and run its HAProxy; installs both with apt-get
	@deploy/dev/setup docker-compose haproxy
	cd services && COMPOSE=1 go test -count=1 -v -run '^TestCompose' ./e2e/deployfiles

REF ?= $(shell git describe --tags --abbrev=0 2>/dev/null)

.PHONY: test-upgrade
test-upgrade: ## update a running product from release REF (the last tag) to this tree and take it back, under load
	@test -n "$(REF)" || { echo "there is no tag yet: name the release or commit to come from, make test-upgrade REF=..."; exit 2; }
	cd services && UPGRADE_FROM=$(REF) REQUIRE_BACKENDS=1 go test -count=1 -v -timeout 20m ./e2e/upgrade

##@ Check

.PHONY: check
check: fmt-check vet lint arch test ## run every check that a change must pass

.PHONY: fmt
fmt: $(GOFUMPT) ## format the code
	$(GOFUMPT) -w $(MODULES)

.PHONY: fmt-check
fmt-check: $(GOFUMPT) ## fail if `make fmt` would change something, on conflict markers and on dead relative links
	@$(GOFUMPT) -d $(MODULES) | (! grep .)
	@deploy/dev/text-check

.PHONY: vet
vet: ## go vet
	go vet $(PKGS)

.PHONY: lint
lint: $(GOLANGCI_LINT) ## run golangci-lint, with the arrows of docs/architecture.md
	$(GOLANGCI_LINT) run $(PKGS)

.PHONY: arch
arch: ## check that the protocol has no dependency, and that the services build without the workspace
	@go list -deps ./libs/scim/... | (! grep -e '^[^/]*\.' -e '^net/http' | grep -v '^github.com/devrev/scim/libs/scim')
	@(! grep require libs/scim/go.mod)
	cd services && GOWORK=off go build ./...

.PHONY: commit-check
COMMITS := origin/main..HEAD
commit-check: ## fail if a commit of COMMITS has no short title or no reason
	@deploy/dev/commit-check $(COMMITS)

.PHONY: vuln
vuln: $(GOVULNCHECK) ## look for known vulnerabilities in the called code; needs the database at vuln.go.dev
	@if curl -fsS -m 10 -o /dev/null https://vuln.go.dev/index/db.json; then \
		for module in $(MODULES); do (cd $$module && $(CURDIR)/$(GOVULNCHECK) ./...); done; \
	else echo "vuln: the vulnerability database cannot be reached from here, so nothing was checked" >&2; fi

.PHONY: hooks
hooks: ## check format and messages at every commit of this checkout
	git config core.hooksPath .githooks
	git config commit.template .githooks/template

.PHONY: tidy
tidy: ## go mod tidy in each module
	for module in $(MODULES); do (cd $$module && go mod tidy); done

.PHONY: tidy-check
tidy-check: ## fail if `make tidy` would change something
	for module in $(MODULES); do (cd $$module && go mod tidy -diff); done

.PHONY: clean
clean: ## remove the tools and the build output; keep the data in ./var
	rm -rf .bin bin

$(GOFUMPT): MODULE := mvdan.cc
$(GOLANGCI_LINT): MODULE := github.com/golangci/golangci-lint/v2/cmd
$(GOVULNCHECK): MODULE := golang.org/x/vuln/cmd
$(CYCLONEDX): MODULE := github.com/CycloneDX/cyclonedx-gomod/cmd
$(HELM): MODULE := helm.sh/helm/v3/cmd
$(AMTOOL): MODULE := github.com/prometheus/alertmanager/cmd
$(KUBECONFORM): MODULE := github.com/yannh/kubeconform/cmd
$(GOFUMPT) $(GOLANGCI_LINT) $(GOVULNCHECK) $(CYCLONEDX) $(HELM) $(KUBECONFORM) $(AMTOOL):
	GOBIN=$(CURDIR)/.bin go install $(MODULE)/$(@F)
	mv $(firstword $(subst @, ,$@)) $@

$(JAEGER):
	deploy/jaeger/build $(lastword $(subst @, ,$@)) $@

$(APISERVER):
	deploy/kubernetes/apiserver $(lastword $(subst @, ,$@)) $@

$(SCHEMAS):
	deploy/kubernetes/schemas $(lastword $(subst @, ,$@)) $@
