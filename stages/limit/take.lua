-- Charges all keys, or none if one that is enforced would owe more than its
-- tolerance: gcra.go in Redis, by the clock of Redis. Times are microseconds
-- since 2020, so that a double has them to a few hundredths.
--
-- KEYS: one per rate. ARGV: for each its cost, tolerance, and 1 if it is only
-- observed. Returns 1 or 0 for all, then for each key what it owes and how long
-- it must wait.
local clock = redis.call('TIME')
local now = (clock[1] - 1577836800) * 1000000 + clock[2]
local tats = redis.call('MGET', unpack(KEYS))
local allowed = 1
local answer = { 1 }
local nexts = {}

local function set(key, tat)
  redis.call('SET', key, string.format('%.3f', tat), 'PX', math.ceil((tat - now) / 1000) + 1000)
end

for i = 1, #KEYS do
  local cost, tolerance = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1])
  local tat = tonumber(tats[i] or '0') or 0
  if tat > now + 2 * tolerance then -- a clock went back
    tat = now + tolerance
    set(KEYS[i], tat)
  end
  tat = math.max(tat, now)
  local wait = tat + cost - tolerance - now
  if wait > 0 then
    if ARGV[3 * i] == '0' then allowed = 0 end
    answer[2 * i + 1] = math.ceil(wait)
  else
    nexts[i] = tat + cost
    answer[2 * i + 1] = 0
  end
  answer[2 * i] = math.ceil(tat - now)
end

answer[1] = allowed
if allowed == 1 then
  for i = 1, #KEYS do
    if nexts[i] then
      set(KEYS[i], nexts[i])
      answer[2 * i] = math.ceil(nexts[i] - now)
    end
  end
end
return answer
