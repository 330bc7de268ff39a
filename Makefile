# 政务服务码系统. `make help` lists the targets; V=1 shows the commands, SAN=1 builds with sanitizers.

CC ?= gcc
CLANG ?= clang
PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
SAN ?= 0
FUZZ_SECONDS ?= 30
JOBS ?= $(shell nproc)
UNIT_DIR ?= $(PREFIX)/lib/systemd/system

# One executable each: its file with main, and every other file of fcgi/. NEEDED are those that no installation leaves out.
RESPONDERS := $(shell sed -n 's/^RESPONDER.\([a-z]*\),.*/\1/p' core/base/responders.def)
NEEDED := $(shell sed -n 's/^RESPONDER.\([a-z]*\), [A-Z]*, NEEDED,.*/\1/p' core/base/responders.def)

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules --no-print-directory
Q := $(if $(filter 1,$(V)),,@)
comma := ,
say = $(if $(filter 1,$(V)),,@echo "  $(1)	$(2)")
# For a make within: as many jobs as there are cores, where the caller has not said.
SUB = $(MAKE) $(if $(filter 1,$(V)),,-s) $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))

ifeq ($(SAN),1)
B := build-asan
BIN := bin-asan
else
B := build
BIN := bin
endif

# --- flags ---

WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wno-sign-conversion
BASE := -std=c11 -D_GNU_SOURCE -g -I. $(WARN)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
PKGS := fcgi libssl libcrypto libxml-2.0 json-c libcurl libpcre2-8 cjose
# Asked once, and only when something is compiled: `make run` on a new machine installs them first.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)) $$(shell mariadb_config --cflags))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)) $$(shell mariadb_config --libs) -lzint -lpthread)$(PKG_LIBS)

ifeq ($(SAN),1)
CFLAGS ?= -O1
HARDEN :=
HARDEN_LD :=
BASE += $(SANITIZE)
else
CFLAGS ?= -O2
HARDEN := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
HARDEN_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif
ALL_CFLAGS = $(BASE) $(CFLAGS) $(HARDEN) $(PKG_CFLAGS)
ALL_LDFLAGS = $(LDFLAGS) $(HARDEN_LD) -Wl,--as-needed $(if $(filter 1,$(SAN)),$(SANITIZE))

# --- what there is ---

# Every room may have sub-folders.
found = $(sort $(shell find $(1) -name node_modules -prune -o -name '$(2)' -print))
C_LIB := $(filter-out core/cli/%,$(call found,core,*.c))
C_CLI := $(call found,core/cli,*.c)
main_of = $(wildcard fcgi/*/main_$(1).c)
C_RESPONDER := $(foreach r,$(RESPONDERS),$(if $(filter 1,$(words $(call main_of,$r))),$(call main_of,$r),\
    $(error the responder $r wants one file fcgi/*/main_$r.c, there are $(words $(call main_of,$r)))))
C_COMMON := $(filter-out $(C_RESPONDER),$(call found,fcgi,*.c))
C_PRODUCT := $(C_LIB) $(C_CLI) $(C_RESPONDER) $(C_COMMON)
C_TEST := $(call found,tests,*.c)
C_HEADERS := $(call found,core fcgi tests,*.h)

PROGRAMS := $(BIN)/zwm $(RESPONDERS:%=$(BIN)/zwm-%)
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(sort $(wildcard tests/unit/test_*.c)))
ACT := $(patsubst tests/act/%.c,$(B)/tests/act_%,$(sort $(wildcard tests/act/test_*.c)))
ACT_HELP := $(sort $(filter-out tests/act/test_%,$(wildcard tests/act/*.c)))
VECTOR_C := $(patsubst tests/vectors/%.c,$(B)/tests/%,$(sort $(wildcard tests/vectors/*.c)))
# What a client needs of core: the parts of libzwm-sdk, with no library below them but libcrypto. The keys of the
# server and what a login needs are not for it.
SDK_C := $(sort $(wildcard core/sdk/*.c) $(filter-out $(patsubst %,core/crypto/%.c,keyring keyring_file jose tagged),$(wildcard core/crypto/*.c)) \
    $(patsubst %,core/base/%.c,buf clock log pool rand text) core/wire/callsig.c core/wire/check.c)
SDK_VERSION := 1.0.0
SDK_SO := libzwm-sdk.so.$(firstword $(subst ., ,$(SDK_VERSION)))
BENCH_C := $(patsubst tests/bench/%.c,$(B)/tests/bench_%,$(sort $(wildcard tests/bench/*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,build-fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# --- building ---

.PHONY: all
all: $(PROGRAMS) www ## build the programs into bin/ and the pages into build/www/

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# q, not r: two rooms may have a file of one name, and r would keep the last alone.
$(B)/libzwm.a: $(C_LIB:%.c=$(B)/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar qcs $@ $^

link = $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PKG_LIBS)

$(BIN)/zwm: $(C_CLI:%.c=$(B)/%.o) $(B)/libzwm.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(link)

$(foreach r,$(RESPONDERS),$(eval $(BIN)/zwm-$r: $(patsubst %.c,$(B)/%.o,$(call main_of,$r))))
$(RESPONDERS:%=$(BIN)/zwm-%): $(C_COMMON:%.c=$(B)/%.o) $(B)/libzwm.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(link)

$(UNIT): $(B)/tests/%: $(B)/tests/unit/%.o $(B)/libzwm.a
	$(call say,LD,$@)
	$(Q)$(link) -lcmocka

$(ACT): $(B)/tests/act_%: $(B)/tests/act/%.o $(ACT_HELP:%.c=$(B)/%.o) $(B)/libzwm.a
	$(call say,LD,$@)
	$(Q)$(link) -lcmocka

$(VECTOR_C): $(B)/tests/%: $(B)/tests/vectors/%.o $(B)/libzwm.a
	$(call say,LD,$@)
	$(Q)$(link)

$(BENCH_C): $(B)/tests/bench_%: $(B)/tests/bench/%.o $(B)/libzwm.a
	$(call say,LD,$@)
	$(Q)$(link)

# One object with the names zwm_* alone, so that a program can have a function `sm3` or `buf_put` of its own.
$(B)/sdk/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$< for the SDK)
	$(Q)$(CC) $(ALL_CFLAGS) -fPIC -MMD -MP -c -o $@ $<

$(B)/sdk/zwm-sdk.o: $(SDK_C:%.c=$(B)/sdk/%.o)
	$(Q)$(LD) -r -o $@ $^ && objcopy --wildcard --keep-global-symbol='zwm_*' $@

$(B)/sdk/libzwm-sdk.a: $(B)/sdk/zwm-sdk.o
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $<

# nodelete: what a thread keeps is freed by a function of the library when the thread ends.
$(B)/sdk/$(SDK_SO): $(B)/sdk/zwm-sdk.o
	$(call say,LD,$@)
	$(Q)$(CC) -shared $(LDFLAGS) $(filter-out -pie,$(HARDEN_LD)) $(if $(filter 1,$(SAN)),$(SANITIZE),-Wl$(comma)-z$(comma)defs) \
	    -Wl,-z,nodelete -Wl,-soname,$(SDK_SO) -Wl,--as-needed -o $@ $< -lcrypto -lpthread

build-fuzz/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,FUZZCC,$<)
	$(Q)$(CLANG) $(BASE) -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

build-fuzz/libzwm.a: $(C_LIB:%.c=build-fuzz/%.o)
	$(Q)rm -f $@ && ar qcs $@ $^

$(FUZZERS): build-fuzz/%: build-fuzz/tests/fuzz/%.o build-fuzz/libzwm.a
	$(call say,FUZZLD,$@)
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined -Wl,--as-needed -o $@ $^ $(PKG_LIBS)

# The pages, the SDK in JavaScript, and what both use of npm. Directories stand in the list too: they change where a file goes.
WWW_FILES := www/. $(shell find www -mindepth 1 -name node_modules -prune -o -mindepth 1 -print)
WWW_MODULES := www/node_modules/.package-lock.json

$(WWW_MODULES): www/package.json www/package-lock.json
	$(call say,NPM,www)
	$(Q)cd www && npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

build/www.done: $(WWW_FILES) $(WWW_MODULES)
	@mkdir -p $(@D)
	$(call say,WWW,build/www)
	$(Q)www/vendor.mjs build/www
	@touch $@

.PHONY: www
www: build/www.done ## build the pages alone

-include $(shell find $(wildcard $(B) build-fuzz) /dev/null -name '*.d')

# Targets of a build, for the make within: what a recipe below asks for.
.PHONY: unit-programs act-programs vector-programs bench-programs fuzz-programs sdk sdk-c
unit-programs: $(UNIT)
act-programs: $(ACT)
vector-programs: $(VECTOR_C)
bench-programs: $(BENCH_C)
fuzz-programs: $(FUZZERS)

sdk-c: $(B)/sdk/libzwm-sdk.a $(B)/sdk/$(SDK_SO)
sdk: sdk-c www ## the SDK in C (build/sdk) and in JavaScript (build/www/sdk)

# --- running ---

.PHONY: run up down status packages run-federation up-federation down-federation
run: packages ## install what is missing, build, start, play one case, stay until Ctrl-C
	@$(SUB) all
	@nginx/zwm-local run

.PHONY: sample-portal
sample-portal: www ## a portal of its own that embeds codes, beside an instance that is up, until Ctrl-C
	@nginx/sample-portal

up: packages ## the same in the background, without the play (ZWM_VAR, ZWM_PORT)
	@$(SUB) all
	@nginx/zwm-local up

down: ## stop what `up` started
	@nginx/zwm-local down

status: ## say what is running
	@nginx/zwm-local status || [ $$? -eq 3 ]

run-federation: packages ## five code systems that know each other: start, play cases across them, stay until Ctrl-C
	@$(SUB) all
	@nginx/zwm-federation run

up-federation: packages ## the same in the background, without the play; writes federation.json (ZWM_VAR, ZWM_PORT)
	@$(SUB) all
	@nginx/zwm-federation up

down-federation: ## stop what `up-federation` started
	@nginx/zwm-federation down

packages:
	@nginx/install-packages run

# --- testing ---

.PHONY: test check unit act vectors api faults federation browser fuzz asan bench bench-pages lint format test-packages
test-packages:
	@nginx/install-packages run test

tests/node_modules/.package-lock.json: tests/package.json tests/package-lock.json
	$(call say,NPM,tests)
	$(Q)cd tests && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

NODE_MODULES := tests/node_modules/.package-lock.json

test: test-packages ## install what is missing and run every test; the last line counts them
	@$(SUB) all $(NODE_MODULES)
	@$(SUB) SAN=1 all unit-programs act-programs
	@$(SUB) SAN=1 vector-programs
	@$(SUB) vector-programs fuzz-programs sdk
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run lint unit act vectors api faults federation browser fuzz

check: test-packages ## quick: unit tests and lint
	@$(SUB) all $(NODE_MODULES)
	@$(SUB) SAN=1 unit-programs
	@tests/run lint unit

unit: test-packages ## unit tests, with sanitizers
	@$(SUB) SAN=1 unit-programs
	@tests/run unit

act: test-packages ## act tests on a real MariaDB, with sanitizers
	@$(SUB) SAN=1 all act-programs
	@tests/run act

vectors: test-packages ## standard vectors, and other implementations against ours
	@$(SUB) all vector-programs sdk $(NODE_MODULES)
	@$(SUB) SAN=1 vector-programs
	@tests/run vectors

api: test-packages ## API tests against a throwaway instance
	@$(SUB) all $(NODE_MODULES)
	@ZWM_TEST_BIN=bin tests/run api

faults: test-packages ## kill and restart parts of a throwaway instance under load
	@$(SUB) all $(NODE_MODULES)
	@ZWM_TEST_BIN=bin tests/run faults

federation: test-packages ## tests across five throwaway code systems: routes, relays, lies, outages
	@$(SUB) all $(NODE_MODULES)
	@ZWM_TEST_BIN=bin tests/run federation

browser: test-packages ## the pages in a headless Chromium, against a throwaway instance (ZWM_SHOTS: directory for pictures)
	@$(SUB) all $(NODE_MODULES)
	@ZWM_TEST_BIN=bin tests/run browser

asan: test-packages ## unit, act, API, fault and federation tests with sanitizers
	@$(SUB) all $(NODE_MODULES)
	@$(SUB) SAN=1 all unit-programs act-programs
	@tests/run unit act api faults federation

fuzz: test-packages ## libFuzzer, FUZZ_SECONDS each
	@$(SUB) fuzz-programs
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run fuzz

bench: test-packages ## speed of verify and issue on this machine, as ratios
	@$(SUB) all bench-programs $(NODE_MODULES)
	@tests/run-api --bin bin -- tests/bench/run
	@ZWM_SETTINGS=ip_rate_per_sec=1000000 tests/run-api --bin bin -- tests/bench/fair
	@tests/bench/hops

bench-pages: test-packages ## what 10,000 open show pages cost (BENCH_PAGES, BENCH_SEC)
	@$(SUB) all $(NODE_MODULES)
	@ulimit -n "$$(ulimit -Hn)"; ZWM_SETTINGS=show_token_sec=600,app_rate_per_sec=1000000,ip_rate_per_sec=1000000 tests/run-api --bin bin -- tests/bench/pages.mjs

lint: test-packages ## formatting, clang-tidy, cppcheck, SQL, shell, OpenAPI, pages
	@$(SUB) all $(NODE_MODULES)
	@tests/run lint

.PHONY: docs
docs: $(BIN)/zwm ## write docs/openapi.json from the tables in the code
	@$(BIN)/zwm docs openapi >docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json

format: ## format all C files
	@clang-format -i $(C_PRODUCT) $(C_TEST) $(C_HEADERS)

# What tests/lint asks for: lists, and clang-tidy by file, again only where a file or a header of it has changed.
.PHONY: list-c list-product tidy
list-c:
	@printf '%s\n' $(C_PRODUCT) $(C_TEST) $(C_HEADERS)
list-product:
	@printf '%s\n' $(C_PRODUCT)

tidy: $(C_PRODUCT:%.c=build/tidy/%.ok)
build/tidy/%.ok: %.c .clang-tidy build/%.o
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(BASE) -O2 $(PKG_CFLAGS) >$@.log 2>&1 || { grep -A2 'error:' $@.log; false; }
	@touch $@

# --- installing ---

# In the units: where the programs are, the responders that are always wanted, and all that there may be.
unit-names = $(patsubst %,zwm@%.service,$(1))
UNIT_WORDS = 's|@PREFIX@|$(PREFIX)|g; s|@NEEDED@|$(call unit-names,$(NEEDED))|; s|@RESPONDERS@|$(call unit-names,$(RESPONDERS))|'

.PHONY: install install-units install-sdk clean help
install: all install-units install-sdk ## programs, templates and systemd units, the SDK in C (DESTDIR, PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/zwm/nginx $(DESTDIR)$(PREFIX)/share/zwm/sql \
	    $(DESTDIR)$(PREFIX)/share/zwm/www
	install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 nginx/nginx.conf.in nginx/my.cnf.in nginx/edge.nft nginx/logrotate nginx/monitoring/rules.yml $(DESTDIR)$(PREFIX)/share/zwm/nginx
	install -m 755 nginx/zwm-responder nginx/make-tls $(DESTDIR)$(PREFIX)/share/zwm/nginx
	cp -R --no-preserve=ownership sql/. $(DESTDIR)$(PREFIX)/share/zwm/sql
	rm -rf $(DESTDIR)$(PREFIX)/share/zwm/www/vendor $(DESTDIR)$(PREFIX)/share/zwm/www/sdk
	cp -R --no-preserve=ownership build/www/. $(DESTDIR)$(PREFIX)/share/zwm/www

install-units:
	install -d $(DESTDIR)$(UNIT_DIR) $(DESTDIR)$(PREFIX)/lib/sysusers.d
	for u in nginx/systemd/*.service nginx/systemd/*.timer nginx/systemd/*.target; do \
	    sed $(UNIT_WORDS) $$u >$(DESTDIR)$(UNIT_DIR)/$${u##*/} || exit 1; done
	install -m 644 nginx/systemd/zwm.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/zwm.conf

install-sdk: sdk-c ## the SDK in C alone: header, libraries, pkg-config (DESTDIR, PREFIX)
	install -d $(DESTDIR)$(PREFIX)/include/zwm $(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -m 644 core/sdk/sdk.h $(DESTDIR)$(PREFIX)/include/zwm/sdk.h
	install -m 644 $(B)/sdk/libzwm-sdk.a $(B)/sdk/$(SDK_SO) $(DESTDIR)$(PREFIX)/lib
	ln -sf $(SDK_SO) $(DESTDIR)$(PREFIX)/lib/libzwm-sdk.so
	sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@VERSION@|$(SDK_VERSION)|g' core/sdk/zwm-sdk.pc.in \
	    >$(DESTDIR)$(PREFIX)/lib/pkgconfig/zwm-sdk.pc

clean: ## remove what was built
	rm -rf build build-asan build-fuzz bin bin-asan

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | awk -F '\t' '{printf "%-19s %s\n", $$1, $$2}'
