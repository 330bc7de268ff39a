# shellcheck shell=bash
# What the benchmark scripts share. Wants: dir (scratch directory), sign (build/tests/bench_sign).

print_head() {
    printf '%-26s %10s %12s %8s %8s %9s %9s %7s\n' call requests/s 'CPU us/req' 'unit us' ratio 'p50 ms' 'p99 ms' refused
}

# load NAME BASE_URL PATH CALLS N ANSWERS CONNECTIONS: a line of the table. The unit, the microseconds of one EVP SM2
# verification, is measured just before and just after: a machine's speed changes from one minute to the next.
load() {
    local out us calls bad p50 p99 rps pid unit
    unit=$($sign unit)
    rm -f "$dir/result"
    BENCH_PATH=$3 BENCH_CALLS=$4 BENCH_N=$5 BENCH_ANSWERS=$6 BENCH_RESULT=$dir/result \
        wrk -t1 "-c$7" -d120s --timeout 20s --latency -s tests/bench/load.lua "$2" >"$dir/wrk" 2>&1 &
    pid=$!
    # wrk sleeps its time out even when its calls are done: woken, it prints what it has.
    while [ ! -e "$dir/result" ] && kill -0 $pid 2>/dev/null; do sleep 0.1; done
    kill -INT $pid 2>/dev/null || true
    wait $pid || true
    out=$(<"$dir/wrk")
    [ -e "$dir/result" ] || {
        echo "$out"
        return 1
    }
    read -r us calls bad rps <"$dir/result"
    unit=$(awk -v a="$unit" -v b="$($sign unit)" 'BEGIN {print (a + b) / 2}')
    p50=$(awk '$1 == "50%" {print $2}' <<<"$out") p99=$(awk '$1 == "99%" {print $2}' <<<"$out")
    awk -v name="$1" -v us="$us" -v n="$calls" -v bad="$bad" -v unit="$unit" -v rps="$rps" -v p50="$p50" -v p99="$p99" '
        function ms(t) { return t ~ /us$/ ? t / 1000 : t ~ /ms$/ ? t + 0 : t * 1000 }
        BEGIN { printf "%-26s %10.0f %12.0f %8.0f %8.2f %9.2f %9.2f %7d\n", name, rps, us / n, unit, us / n / unit, ms(p50), ms(p99), bad }'
}

# The middle one of the ratios in lines of `load`.
median() {
    awk '{print $(NF - 3)}' | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}
