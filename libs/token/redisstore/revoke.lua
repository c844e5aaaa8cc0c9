-- Marks a token revoked and returns its record; nil if the organisation has no such token. The first time stays.
-- KEYS: the record, ids. ARGV: id, at, tombstone in ms.
local id, at, tombstone = ARGV[1], ARGV[2], tonumber(ARGV[3])

local gen, exp, rev = unpack(redis.call('HMGET', KEYS[1], 'gen', 'exp', 'rev'))
if not rev then
  return nil
end
if rev ~= '0' then
  return redis.call('HGETALL', KEYS[1])
end

local ended = tonumber(at)
if exp ~= '0' then
  ended = math.min(ended, tonumber(exp))
end
local till = string.format('%.0f', ended + tombstone)
redis.call('HSET', KEYS[1], 'rev', at)
redis.call('HSET', KEYS[2], id, table.concat({gen, exp, at, till}, ' '))
local record = redis.call('HGETALL', KEYS[1])
redis.call('PEXPIREAT', KEYS[1], till) -- last: if that time has passed it deletes
return record
