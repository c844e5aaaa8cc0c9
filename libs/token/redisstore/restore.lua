-- Undoes the revocation of a token.
if token.rev == '0' then
  return unchanged()
end
if redis.call('HEXISTS', KEYS[1], 'leak') == 1 then
  return {'leaked'}
end
local undoable = tonumber(token.rev) + tonumber(ARGV[7])
token.rev = '0'
if tonumber(at) > undoable or not is_live(token, tonumber(at), generation) then
  return {'too late'}
end
if #live_beside(id, load_all(KEYS[2]), tonumber(at), generation) >= tonumber(ARGV[6]) then
  return {'too many live'}
end
return changed()
