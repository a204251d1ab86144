-- Notes of a bot: each a POST with its own Idempotency-Key, distributed over the first incidents.
-- Arguments: the token, the number of incidents, and a prefix that makes this run's keys unique.
local token, incidents, run
local count = 0
local body = '{"kind": "note", "text": "The error rate of the login service fell from 31 % to 4 % after the '
    .. 'restart of its database; we keep watching it.", "author": "carol"}'

function init(arguments)
    token, incidents, run = arguments[1], tonumber(arguments[2]), arguments[3]
end

function request()
    count = count + 1
    return string.format(
        "POST /v1/incidents/INC-%d/timeline HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n"
            .. "Content-Type: application/json\r\nIdempotency-Key: %s-%d\r\nContent-Length: %d\r\n\r\n%s",
        count % incidents + 1, token, run, count, #body, body)
end

dofile(os.getenv("BENCH_WRK") .. "/report.lua")
