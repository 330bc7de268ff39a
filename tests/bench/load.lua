-- Sends the prepared calls of a file once each, keeps the answers, and takes the machine's CPU time over the run.
-- Environment: BENCH_CALLS (file, empty: GET without a signature), BENCH_N, BENCH_PATH, BENCH_ANSWERS, BENCH_RESULT.
local ffi = require("ffi")
ffi.cdef("typedef struct { long s, n; } zwm_time; int clock_gettime(int, zwm_time *);")
local function now()
    local t = ffi.new("zwm_time")
    ffi.C.clock_gettime(1, t)
    return tonumber(t.s) + tonumber(t.n) / 1e9
end

local calls, sent, done, began, bad = {}, 0, 0, nil, 0
local n, answers, began_at
local again = os.getenv("BENCH_AGAIN") ~= nil -- from the first call again, until BENCH_N are done

local function cpu()
    local f = io.open("/proc/stat")
    local line = f:read("*l")
    f:close()
    local v, i = {}, 0
    for w in line:gmatch("%d+") do i = i + 1; v[i] = tonumber(w) end
    -- user, nice, system, irq, softirq; idle, iowait and steal left out. Ticks of 10 ms.
    return (v[1] + v[2] + v[3] + v[6] + v[7]) * 10000
end

function init(args)
    local path = os.getenv("BENCH_PATH")
    n = tonumber(os.getenv("BENCH_N"))
    local file = os.getenv("BENCH_CALLS")
    if file ~= "" then
        for line in io.lines(file) do
            local auth, body = line:match("^(.-)\t(.*)$")
            calls[#calls + 1] = wrk.format("POST", path,
                { ["Authorization"] = auth, ["Content-Type"] = "application/json", ["Host"] = "localhost" }, body)
        end
        if #calls < n and not again then n = #calls end
    end
    local out = os.getenv("BENCH_ANSWERS")
    if out ~= "" then answers = io.open(out, "w") end
end

function request()
    if began == nil then began, began_at = cpu(), now() end
    sent = sent + 1
    if #calls == 0 then return wrk.format("GET", os.getenv("BENCH_PATH")) end
    if again then return calls[(sent - 1) % #calls + 1] end
    return calls[sent] or calls[#calls]
end

function response(status, headers, body)
    done = done + 1
    if answers and status == 200 and done <= n then answers:write(body, "\n") end
    -- The connections still open when the calls run out send the last one again: 2003, no refusal that counts.
    if #calls > 0 and status ~= 200 and not body:find('"2003"', 1, true) then bad = bad + 1 end
    if done == n then
        local f = io.open(os.getenv("BENCH_RESULT") .. ".new", "w")
        f:write(string.format("%d %d %d %.0f\n", cpu() - began, done, bad, done / (now() - began_at)))
        f:close()
        if answers then answers:close() end
        wrk.thread:stop()
        os.rename(os.getenv("BENCH_RESULT") .. ".new", os.getenv("BENCH_RESULT"))
    end
end
