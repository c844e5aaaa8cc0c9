// Package tokenserver puts the token service together: its API before the issuer, and the issuer's
// stores.
//
//	server.go     the wiring, and the rounds of Run
//	config.go     the environment
//	expiry.go     the round that reports tokens near their end
//	heartbeat.go  the heartbeat of the feed, and failovers of the token store
package tokenserver
