-- Declares incidents, at most about as many as requested. Arguments: the token, the maximum.
local token, left
local body = '{"title": "People cannot sign in", "severity": "minor", "author": "alice", '
    .. '"impact": "Many users cannot sign in", "restored_when": "Signing in works for everybody", '
    .. '"roles": {"commander": "alice", "communicator": "bob"}, "labels": {"service": "login"}}'

function init(arguments)
    token, left = arguments[1], tonumber(arguments[2])
end

function request()
    left = left - 1
    if left < 0 then
        -- The loop ends after the requests already sent; this one is discarded.
        wrk.thread:stop()
        return "GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n"
    end
    return string.format(
        "POST /v1/incidents HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n"
            .. "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
        token, #body, body)
end

dofile(os.getenv("BENCH_WRK") .. "/report.lua")
