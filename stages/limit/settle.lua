-- Adds to what a key owes, or takes from it. ARGV: the difference and the
-- tolerance. A refund ends at now, a charge at twice the tolerance.
local clock = redis.call('TIME')
local now = (clock[1] - 1577836800) * 1000000 + clock[2]
local delta, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
local tat = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
if tat > now + 2 * tolerance then tat = now + tolerance end
tat = math.min(math.max(tat, now) + delta, now + 2 * tolerance)
if tat <= now then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.format('%.3f', tat), 'PX', math.ceil((tat - now) / 1000) + 1000)
end
return 1
