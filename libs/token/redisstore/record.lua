-- What the scripts share about tokens; it is put before each of them. A token here is what decides whether it is live and
-- which one it replaced: gen, exp, rev (in ms, '0': never) and replaces ('': none), as text. Its record has these, and ids too.

local function load(record)
  local gen, exp, rev, replaces = unpack(redis.call('HMGET', record, 'gen', 'exp', 'rev', 'rep'))
  return rev and {gen = gen, exp = exp, rev = rev, replaces = replaces or ''}
end

-- Returns the tokens in ids, by id.
local function load_all(ids)
  local tokens, lines = {}, redis.call('HGETALL', ids)
  for i = 1, #lines, 2 do
    local gen, exp, rev, forget, replaces = string.match(lines[i + 1], '^(%S+) (%S+) (%S+) (%S+) ?(%S*)$')
    tokens[lines[i]] = {gen = gen, exp = exp, rev = rev, forget = forget, replaces = replaces}
  end
  return tokens
end

-- Writes the fields of a token that may change, and returns its record, even if it is gone by now.
local function save(record, ids, id, token, tombstone)
  local ended, forget = token.exp, '0'
  if token.rev ~= '0' and (ended == '0' or tonumber(token.rev) < tonumber(ended)) then
    ended = token.rev
  end
  if ended ~= '0' then
    forget = string.format('%.0f', tonumber(ended) + tombstone)
  end
  redis.call('HSET', record, 'exp', token.exp, 'rev', token.rev)
  redis.call('HSET', ids, id, table.concat({token.gen, token.exp, token.rev, forget, token.replaces}, ' '))
  local fields = redis.call('HGETALL', record)
  if forget == '0' then
    redis.call('PERSIST', record)
  else
    redis.call('PEXPIREAT', record, forget) -- last: if that time has passed it deletes
  end
  return fields
end

-- Returns the organisation's generation; nil if the copy is missing or is another organisation's.
local function generation_in(copy, org)
  local stored = redis.call('HMGET', copy, 'org', 'gen')
  return stored[1] == org and tonumber(stored[2]) or nil
end

local function is_live(token, now, generation)
  return token.rev == '0' and (token.exp == '0' or tonumber(token.exp) > now) and tonumber(token.gen) >= generation
end

-- Returns the live ones of tokens, without the one of this id.
local function live_beside(id, tokens, now, generation)
  local live = {}
  for other, token in pairs(tokens) do
    if other ~= id and is_live(token, now, generation) then
      table.insert(live, token)
    end
  end
  return live
end
