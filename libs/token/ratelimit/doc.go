// Package ratelimit bounds how many requests of an organisation pass in a second.
//
//	ratelimit.go  Rate, the algorithm, and Limiter, the contract
//	local.go      a Limiter that counts in this process
//	fallback.go   a Limiter that counts with other processes while the shared one answers; redisstore has one on Redis
package ratelimit
