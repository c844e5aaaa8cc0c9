-- Marks a token as leaked and revoked. The first times stay.
if redis.call('HSETNX', KEYS[1], 'leak', at) == 0 then
  return unchanged()
end
if token.rev == '0' then
  token.rev = at
end
return changed()
