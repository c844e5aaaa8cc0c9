-- Stores the record of a new token, unless the organisation has enough live ones.
-- KEYS and ARGV: see new.lua, and the fields from 8 on.
local answer = answer_at_once()
if answer then
  return answer
end
if #live_beside(new.id, others(), new.issued, new.generation) >= new.most then
  return {'too many live'}
end
return add(8)
