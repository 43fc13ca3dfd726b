-- Sends POST /chat, each request in the next of many sessions: wrk -s chat.lua <url> -- <sessions> <first> <text>
local sessions, text, number

function init(args)
  sessions = tonumber(args[1])
  -- Turns of the load before may still be under way in the sessions that it ended with.
  number = tonumber(args[2])
  text = args[3]
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  number = (number + 1) % sessions
  local body = string.format('{"message": "%s", "session_id": "session-%08d"}', text, number)
  return wrk.format(nil, "/chat", nil, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "failed": %d, "p50": %d, "p99": %d}\n',
    summary.requests, summary.duration,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
