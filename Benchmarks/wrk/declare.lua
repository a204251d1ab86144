-- Declares incidents, as many as the time allows. Arguments: the token.
local token
local body = '{"title": "People cannot sign in", "severity": "minor", "author": "alice", '
    .. '"impact": "Many users cannot sign in", "restored_when": "Signing in works for everybody", '
    .. '"roles": {"commander": "alice", "communicator": "bob"}, "labels": {"service": "login"}}'

function init(arguments)
    token = arguments[1]
end

function request()
    return string.format(
        "POST /v1/incidents HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n"
            .. "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
        token, #body, body)
end

dofile(os.getenv("BENCH_WRK") .. "/report.lua")
