// Package config is the configuration that both services have: where the stores are, the pepper of
// the tokens, and whom to believe on DevRev's side. Everything comes from the environment; a secret
// can be given as a file instead, and never as a flag.
package config
