-- Gives a token another name, ARGV[8].
redis.call('HSET', KEYS[1], 'name', ARGV[8])
return unchanged()
