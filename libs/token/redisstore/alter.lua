-- What the scripts that change a token share.
-- KEYS: its record, ids, the organisation's copy, the record of another token.
-- ARGV: id, at, tombstone in ms, organisation, the other one's id ('': there is none), most live tokens, undo window in ms,
-- its new name.
local id, at, tombstone, other_id = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[5]
local token, other, generation = load(KEYS[1]), load(KEYS[4]), generation_in(KEYS[3], ARGV[4])
if not token or not generation then
  return {'not found'}
end

local function unchanged()
  return {'ok', unpack(redis.call('HGETALL', KEYS[1]))}
end

local function changed()
  return {'ok', unpack(save(KEYS[1], KEYS[2], id, token, tombstone))}
end
