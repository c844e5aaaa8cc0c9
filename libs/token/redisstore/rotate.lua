-- Stores the record of a new token that replaces the current one. If that was never used, it is revoked and the new one
-- replaces what it replaced; otherwise it ends.
-- KEYS and ARGV: see new.lua; ARGV[8]: the current id, ARGV[9]: its end, and the fields from 10 on.
local answer = answer_at_once()
if answer then
  return answer
end

local id, finish = ARGV[8], ARGV[9]
local tokens, current = others(), load(KEYS[6])
if not current or not is_live(current, new.issued, new.generation) then
  return {'conflict'}
end
local beside = live_beside(id, tokens, new.issued, new.generation)
for _, token in ipairs(beside) do
  if token.replaces == id then
    return {'conflict'}
  end
end

local replaces, term
if redis.call('ZSCORE', KEYS[4], id) then
  if #beside + 1 >= new.most then
    return {'too many live'}
  end
  replaces, term = id, current.exp
  if current.exp == '0' or tonumber(finish) < tonumber(current.exp) then
    current.exp = finish
  end
else
  replaces, term = unpack(redis.call('HMGET', KEYS[6], 'rep', 'term'))
  current.rev = ARGV[4]
end
save(KEYS[6], KEYS[3], id, current, new.tombstone)
if replaces then
  redis.call('HSET', KEYS[1], 'rep', replaces, 'term', term)
end
return add(10)
