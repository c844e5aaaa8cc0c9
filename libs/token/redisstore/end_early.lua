-- Marks a token revoked that the other one has replaced. The first time stays.
if token.rev ~= '0' then
  return unchanged()
end
if not other or other.replaces ~= id or not is_live(other, tonumber(at), generation) then
  return {'conflict'}
end
token.rev = at
return changed()
