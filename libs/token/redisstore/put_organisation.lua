-- Stores the whole copy of an organisation, unless a copy of a higher generation exists.
-- KEYS: the copy. ARGV: organisation, generation; then fields and values of the copy.
local org, generation = ARGV[1], tonumber(ARGV[2])

local stored = redis.call('HMGET', KEYS[1], 'org', 'gen')
if stored[1] and stored[1] ~= org then
  return {'taken'}
end
if stored[1] and tonumber(stored[2]) > generation then
  return {'ok'}
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
return {'ok'}
