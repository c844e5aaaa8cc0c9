-- Marks a token revoked. The first time stays.
if token.rev ~= '0' then
  return unchanged()
end
token.rev = at
return changed()
