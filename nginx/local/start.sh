#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154 # the variables of all parts of zwm-local
# Part of zwm-local: what is looked at before a start, and how each part is started.

taken() {
    (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

check_ports() {
    local p
    for p in "$port" "$status_port"; do
        if taken "$address" "$p" || taken 127.0.0.1 "$p"; then
            [ ! -e "$ZWM_VAR/zwm.conf" ] ||
                die "port $p is taken by another program. Stop that, or choose other ports in $ZWM_VAR/zwm.conf" \
                    "(listen_port, status_port, base_url)"
            die "port $p is taken by another program. Choose another pair: ZWM_PORT=$((port + 1000)) make up" \
                "(it and the next one are used)"
        fi
    done
}

# ZWM_PORT counts when the instance is made; afterwards services know it by its address.
check_wish() {
    [ -z "${ZWM_PORT:-}" ] || [ "$ZWM_PORT" = "$port" ] ||
        die "the instance in $ZWM_VAR has port $port, not $ZWM_PORT. For another instance choose a ZWM_VAR too;" \
            "to move this one, see listen_port, status_port and base_url in its zwm.conf"
}

# A unix socket's name has at most 107 bytes.
check_socket_names() {
    local longest=$db_socket r bytes
    for r in "${responders[@]}"; do
        [ "${#longest}" -ge $((${#run} + 1 + ${#r} + 5)) ] || longest=$run/$r.sock
    done
    bytes=$(printf %s "$longest" | wc -c)
    [ "$bytes" -le 107 ] ||
        die "$ZWM_VAR: the name of this directory is $((bytes - 107)) bytes too long for unix sockets below it;" \
            "choose a shorter one: ZWM_VAR=/short/name make up"
}

fill() { # the template's @NAMES@
    local text
    text=$(<"$1")
    text=${text//@VAR@/$ZWM_VAR}
    text=${text//@RUN@/$run}
    text=${text//@POOL@/$pool}
    text=${text//@REDO@/$redo}
    printf '%s\n' "${text//@LOG@/$log}"
}

# As they were when the database was made.
database_sizes() {
    [ -z "${ZWM_SMALL:-}" ] || [ -d "$ZWM_VAR/db" ] || : >"$ZWM_VAR/.small"
    pool=256M redo=128M
    [ ! -e "$ZWM_VAR/.small" ] || pool=48M redo=32M
}

make_database() {
    say "making the database (once)"
    rm -rf "$ZWM_VAR/db.new"
    # Whoever made the instance may administer it over the socket, by operating-system user, and nobody else.
    local user
    user=$(id -un)
    # A directory of its own: another server starting on this machine sweeps the shared one.
    mkdir -p "$run/mariadb-tmp"
    # From within, by a short name, and without an option that holds a path: the script takes a space for an end.
    (
        cd "$ZWM_VAR"
        TMPDIR=$run/mariadb-tmp mariadb-install-db --no-defaults --datadir=./db.new --user="$user" --auth-root-socket-user="$user" \
            --auth-root-authentication-method=socket --skip-test-db --skip-name-resolve \
            --innodb-log-file-size="$redo" >"$log/mariadb-install.log" 2>&1 9>&-
    ) || {
        tail -n 20 "$log/mariadb-install.log" >&2
        die "MariaDB's data directory could not be made; see $log/mariadb-install.log"
    }
    mv "$ZWM_VAR/db.new" "$ZWM_VAR/db"
}

start_mariadb() {
    database_sizes
    mkdir -p "$run/mariadb-tmp"
    [ -d "$ZWM_VAR/db" ] || make_database
    fill "$here/my.cnf.in" >"$run/my.cnf"
    local as=() i
    [ "$(id -u)" -ne 0 ] || as=(--user=root)
    local from
    from=$(stat -c %s "$log/mariadb.log" 2>/dev/null || echo 0)
    detach mariadb env TZ=UTC mariadbd --defaults-file="$run/my.cnf" "${as[@]}"
    for ((i = 0; i < 1200; i++)); do
        mariadb --no-defaults --socket="$db_socket" -e 'DO 1' >/dev/null 2>&1 && return
        alive mariadb || {
            tail -c "+$((from + 1))" "$log/mariadb.log" | grep -E 'ERROR|rror:' | tail -n 5 >&2 || true
            die "MariaDB ended; see $log/mariadb.log"
        }
        [ $((i % 100)) -ne 99 ] || say "waiting for MariaDB ($(((i + 1) / 20)) s)"
        sleep 0.05
    done
    die "MariaDB does not answer; see $log/mariadb.log"
}

init() {
    # The sample information service belongs to a local instance; one made before there was the setting has it too.
    local options=(--port "$port") settings=sample_service=1
    [ ! -e "$ZWM_VAR/zwm.conf" ] || grep -q sample_service "$ZWM_VAR/zwm.conf" || echo 'sample_service = 1' >>"$ZWM_VAR/zwm.conf"
    [ -z "${ZWM_SYSTEM:-}" ] || options+=(--system "$ZWM_SYSTEM")
    [ -z "${ZWM_SYSTEM_NAME:-}" ] || options+=(--name "$ZWM_SYSTEM_NAME")
    [[ ${ZWM_SETTINGS:-} != *sample_service=* ]] || settings=
    settings+=${ZWM_SETTINGS:+,$ZWM_SETTINGS}
    # Without an identity provider invented people stand in for the login: this instance is for this machine alone.
    [[ $settings == *oidc_issuer=* || $settings == *sample_login=* ]] || settings+=,sample_login=1
    options+=(--set "${settings#,}")
    [ -z "${ZWM_TEST_CLOCK:-}" ] || options+=(--test-clock)
    "$bin/zwm" init "${options[@]}" 9>&- || die "the instance could not be made"
}

start_nginx() {
    "$bin/zwm" config nginx >"$run/nginx.conf.new" || die "no nginx configuration"
    mv "$run/nginx.conf.new" "$run/nginx.conf"
    nginx -t -q -p "$run" -c "$run/nginx.conf" -e "$log/nginx.log" 2>"$run/nginx.said" 9>&- || {
        cat "$run/nginx.said" >&2
        die "nginx refuses its configuration, $run/nginx.conf"
    }
    started=(nginx "${started[@]}")
    rm -f "$run/push.sock" # left behind by one that was killed
    # UTC: one clock in all logs.
    if ! TZ=UTC setsid nginx -p "$run" -c "$run/nginx.conf" -e "$log/nginx.log" </dev/null >/dev/null 2>"$run/nginx.said" 9>&-; then
        cat "$run/nginx.said" >&2
        grep -q 'Address already in use' "$run/nginx.said" && check_ports
        die "nginx did not start"
    fi
}

http_status() { # of http://127.0.0.1:PORT PATH
    (
        exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
        printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
        read -r -t 6 _ code _ <&3 && echo "${code%$'\r'}"
    ) 2>/dev/null
}

# nginx is started when it has somebody to ask.
wait_sockets() {
    local r i
    for r in "${wanted[@]}"; do
        for ((i = 0; i < 200; i++)); do
            if [ -S "$run/$r.sock" ] || ! alive "$r"; then break; fi
            sleep 0.05
        done
    done
}

# wait_answer RESPONDER PATH PATTERN: until it answers PATH on the status port with such a status.
wait_answer() {
    local code='' i
    for ((i = 0; i < 400; i++)); do
        alive "$1" || {
            tail -n 3 "$log/$1.log" >&2
            die "the responder $1 ended; see $log/$1.log"
        }
        code=$(http_status "$status_port" "$2") || code=
        # shellcheck disable=SC2053 # a pattern
        [[ $code != $3 ]] || return 0
        sleep 0.05
    done
    tail -n 3 "$log/$1.log" >&2
    die "the responder $1 does not answer (${code:-nothing}); see $log/$1.log"
}

# Every responder answers, and the instance says it is healthy.
wait_ready() {
    local r
    for r in "${wanted[@]}"; do
        wait_answer "$r" "/ready/$r" '[234]??'
    done
    wait_answer status /healthz 200
}
