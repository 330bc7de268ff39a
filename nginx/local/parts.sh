#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154 # the variables of all parts of zwm-local
# Part of zwm-local: where an instance is, which of its processes live, and how they are stopped.

# --- settings -------------------------------------------------------------------------------------------------------

# Settings as `zwm config show` prints them.
take_settings() {
    local line name value
    while IFS= read -r line; do
        name=${line%% = *} value=${line#* = }
        case $name in
        run_dir) run=$value ;;
        log_dir) log=$value ;;
        tls_dir) tls=$value ;;
        db_socket) db_socket=$value ;;
        listen_address) address=$value ;;
        listen_port) port=$value ;;
        status_port) status_port=$value ;;
        base_url) base_url=$value ;;
        esac
    done <<<"$1"
    want_responders "$1"
}

# Where things are before there are settings.
default_settings() {
    run=$ZWM_VAR/run log=$ZWM_VAR/log tls=$ZWM_VAR/tls db_socket=$ZWM_VAR/run/mariadb.sock
    address=127.0.0.1 port=${ZWM_PORT:-8443}
    if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65534)); then
        die "ZWM_PORT is a port number from 1 to 65534, not $port"
    fi
    status_port=$((port + 1)) base_url=https://127.0.0.1:$port
    want_responders "sample_service = 1"
}

# From zwm.conf where there is one.
conf_settings() {
    local shown
    [ -e "$ZWM_VAR/zwm.conf" ] && [ -x "$bin/zwm" ] || return 0
    shown=$("$bin/zwm" config show) || return 1
    take_settings "$shown"
}

# Those it was started with, while it runs: what runs is looked at and stopped by them, whatever stands in zwm.conf by now.
read_settings() {
    default_settings
    if [ -e "$ZWM_VAR/.up" ]; then
        take_settings "$(<"$ZWM_VAR/.up")"
        [ "$(count_alive)" -eq 0 ] || return 0
        default_settings
    fi
    conf_settings || {
        [ "${1:-}" = stopping ] || die "the settings in $ZWM_VAR/zwm.conf do not hold"
        say "the settings in $ZWM_VAR/zwm.conf do not hold: looking where things are by default" >&2
        default_settings
    }
}

keep_settings() {
    "$bin/zwm" config show >"$ZWM_VAR/.up.new"
    mv "$ZWM_VAR/.up.new" "$ZWM_VAR/.up"
}

# Those that are needed, and an optional one where its setting NAME_service is 1; in the order of the table.
want_responders() { # SETTINGS
    local r
    wanted=()
    for r in "${responders[@]}"; do
        if [[ " ${needed[*]} " == *" $r "* || $1 == *"${r}_service = 1"* ]]; then wanted+=("$r"); fi
    done
    parts=(mariadb "${wanted[@]}" nginx) # in the order of starting
}

# --- processes ------------------------------------------------------------------------------------------------------

pid_of() {
    local pid=
    [ -r "$run/$1.pid" ] || return 1
    read -r pid <"$run/$1.pid" || return 1
    [[ $pid =~ ^[0-9]+$ ]] && echo "$pid"
}

# The part's process lives and is ours: a process id may have been given to another since.
alive() {
    local pid cmd
    pid=$(pid_of "$1") || return 1
    cmd=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || return 1
    case $1 in
    mariadb) [[ $cmd == *mariadbd*"$run/my.cnf"* ]] ;;
    nginx) [[ $cmd == *nginx*"$run/nginx.conf"* ]] ;;
    *) [[ $cmd == *"$1"* ]] && grep -qzxF "ZWM_VAR=$ZWM_VAR" "/proc/$pid/environ" 2>/dev/null ;;
    esac
}

count_alive() {
    local p n=0
    for p in "${parts[@]}"; do
        ! alive "$p" || n=$((n + 1))
    done
    echo "$n"
}

# Starts a part so that it outlives this shell and its terminal.
detach() {
    local name=$1
    shift
    setsid "$@" </dev/null >>"$log/$name.log" 2>&1 9>&- &
    echo $! >"$run/$name.pid"
    started=("$name" "${started[@]}")
}

# Processes left behind in the group of a leader that was killed: they would keep its socket.
end_orphans() {
    local leader stat fields pgrp
    leader=$(pid_of "$1") || return 0
    [ ! -e "/proc/$leader" ] || grep -q '^State:.Z' "/proc/$leader/status" 2>/dev/null || return 0
    for stat in /proc/[0-9]*/stat; do
        read -r fields 2>/dev/null <"$stat" || continue
        local pid=${fields%% *}
        read -r _ _ pgrp _ <<<"${fields##*) }"
        [ "$pgrp" != "$leader" ] || kill -KILL "$pid" 2>/dev/null || true
    done
}

# stop PART SIGNAL SECONDS
stop() {
    local pid i
    if alive "$1"; then
        pid=$(pid_of "$1")
        kill -"$2" "$pid" 2>/dev/null || true
        for ((i = 0; i < $3 * 20; i++)); do
            alive "$1" || break
            sleep 0.05
        done
        if alive "$1"; then
            say "$1 has not stopped in $3 s: killed"
            kill -KILL -- "-$pid" 2>/dev/null || true
        fi
    fi
    end_orphans "$1"
    rm -f "$run/$1.pid"
}

stop_part() {
    case $1 in
    nginx) stop nginx QUIT 10 ;;
    mariadb) stop mariadb TERM 120 ;; # it has to write down what it holds
    *) stop "$1" TERM 20 ;;
    esac
}
