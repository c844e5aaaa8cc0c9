-- What insert and rotate share about the new token.
-- KEYS: its record, the organisation's copy, ids, usage, the request's key, the record of the current token (rotate alone), and
-- from 7 on the counts of its use.
-- ARGV: organisation, id, MAC, issued at, tombstone in ms, most live tokens, until when the request is remembered ('0': it has
-- no name).
local new = {
  org = ARGV[1], id = ARGV[2], mac = ARGV[3], issued = tonumber(ARGV[4]),
  tombstone = tonumber(ARGV[5]), most = tonumber(ARGV[6]), request_until = ARGV[7],
}

-- Returns the record if it exists already, else the refusal that depends on no other token, else nothing.
local function answer_at_once()
  local stored = redis.call('HMGET', KEYS[1], 'org', 'h')
  if stored[1] == new.org and stored[2] == new.mac then
    return {'ok', unpack(redis.call('HGETALL', KEYS[1]))}
  elseif stored[1] then
    return {'taken'}
  end
  new.generation = generation_in(KEYS[2], new.org)
  if not new.generation then
    return {'not found'}
  end
  local made = new.request_until ~= '0' and redis.call('GET', KEYS[5])
  if made then
    return {'repeated', made}
  end
end

-- Removes everything about this id from usage.
local function forget_use(id)
  for _, member in ipairs(redis.call('ZRANGE', KEYS[4], 0, -1)) do
    if string.match(member, '^%S+') == id then
      redis.call('ZREM', KEYS[4], member)
    end
  end
end

-- Returns the other tokens, and removes forgotten ones from ids and usage.
local function others()
  local tokens = load_all(KEYS[3])
  for id, token in pairs(tokens) do
    if token.forget ~= '0' and tonumber(token.forget) <= new.issued then
      redis.call('HDEL', KEYS[3], id)
      forget_use(id)
      tokens[id] = nil
    end
  end
  return tokens
end

-- Stores the record: the fields of ARGV from the given one on.
local function add(from)
  redis.call('HSET', KEYS[1], unpack(ARGV, from))
  forget_use(new.id) -- an unknown id may have been touched
  redis.call('DEL', unpack(KEYS, 7))
  if new.request_until ~= '0' then
    redis.call('SET', KEYS[5], new.id, 'PXAT', new.request_until)
  end
  return {'ok', unpack(save(KEYS[1], KEYS[3], new.id, load(KEYS[1]), new.tombstone))}
end
