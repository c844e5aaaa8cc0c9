-- Stores the record of a new token, unless the organisation has enough live ones.
-- KEYS: the record, the organisation's copy, ids, usage.
-- ARGV: organisation, id, MAC, issued at, until (0: for ever), summary for ids, most live tokens; then fields and values of
-- the record.
local org, id, mac = ARGV[1], ARGV[2], ARGV[3]
local issued, till, summary, most = tonumber(ARGV[4]), ARGV[5], ARGV[6], tonumber(ARGV[7])

local stored = redis.call('HMGET', KEYS[1], 'org', 'h')
if stored[1] then
  return stored[1] == org and stored[2] == mac and 'ok' or 'taken'
end
local copy = redis.call('HMGET', KEYS[2], 'org', 'gen')
if copy[1] ~= org then
  return 'not found'
end

local live, generation = 0, tonumber(copy[2])
local ids = redis.call('HGETALL', KEYS[3])
for i = 1, #ids, 2 do
  local gen, exp, rev, forget = string.match(ids[i + 1], '^(%S+) (%S+) (%S+) (%S+)$')
  if forget ~= '0' and tonumber(forget) <= issued then
    redis.call('HDEL', KEYS[3], ids[i])
    redis.call('ZREM', KEYS[4], ids[i])
  elseif rev == '0' and (exp == '0' or tonumber(exp) > issued) and tonumber(gen) >= generation then
    live = live + 1
  end
end
if live >= most then
  return 'too many live'
end

redis.call('HSET', KEYS[1], unpack(ARGV, 8))
if till ~= '0' then
  redis.call('PEXPIREAT', KEYS[1], till)
end
redis.call('HSET', KEYS[3], id, summary)
redis.call('ZREM', KEYS[4], id)
return 'ok'
