-- Undoes the rotation in which the other token replaced this one: revokes the other one, and gives this one its earlier
-- expiry.
local term = redis.call('HGET', KEYS[4], 'term')
if not other or other.replaces ~= id or not is_live(token, tonumber(at), generation) then
  return {'conflict'}
end
if other.rev ~= '0' and token.exp == term then -- done before
  return unchanged()
end
if not is_live(other, tonumber(at), generation) then
  return {'conflict'}
end
other.rev, token.exp = at, term
save(KEYS[4], KEYS[2], other_id, other, tombstone)
return changed()
