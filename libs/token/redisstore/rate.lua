-- Takes slots of an organisation's rate and returns 0, or returns the time in µs until enough are free. ratelimit.Rate explains it.
-- KEYS: the time in µs until which slots are taken. ARGV: the length of a slot in µs, how many may be taken in advance,
-- and how many to take, no more than those.
local key, slot, burst, cost = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local most = now + burst * slot
local stored = tonumber(redis.call('GET', key) or 0)
local taken = math.min(math.max(stored, now), most)

local free = taken + cost * slot <= most
if free then
  taken = taken + cost * slot
end
if taken ~= stored and taken > now then
  redis.call('SET', key, string.format('%.0f', taken), 'PX', math.ceil((taken - now) / 1000))
end
return free and 0 or taken + cost * slot - most
