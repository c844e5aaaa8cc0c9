// Package certs is TLS from files: the certificate that a program shows, and the authorities whose
// certificates it accepts. What it shows, and whose clients it admits, follows the files while the
// program runs; the authorities of servers are read at the start.
package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
)

// Config names files in PEM. Each may be "".
type Config struct {
	Cert, Key string // that the program shows: with those between it and an authority; both or none
	ClientCA  string // authorities of clients
	ServerCA  string // authorities of servers, in addition to those that the machine trusts
}

// Invalid is a Config that cannot be used.
type Invalid struct {
	Field string // of Config
	Err   error  // what is wrong with it
}

func (e *Invalid) Error() string { return fmt.Sprintf("certs: %s: %v", e.Field, e.Err) }

func (e *Invalid) Unwrap() error { return e.Err }

// Certs is what the files hold. Make it with New.
type Certs struct {
	own     *watched[*tls.Certificate] // nil: none
	clients *watched[*x509.CertPool]   // nil: none are asked for a certificate
	servers *x509.CertPool             // nil: those that the machine trusts
}

// New reads the files. log is called when files have changed: with nil, or with the reason for
// which what they held before is used. Errors are an *Invalid.
func New(c Config, log func(error)) (*Certs, error) {
	all := &Certs{}
	switch {
	case c.Cert == "" && c.Key != "":
		return nil, &Invalid{"Key", errors.New("is of no use without the certificate: name both")}
	case c.Cert != "" && c.Key == "":
		return nil, &Invalid{"Cert", errors.New("is of no use without its key: name both")}
	case c.ClientCA != "" && c.Cert == "":
		return nil, &Invalid{"ClientCA", errors.New("needs a certificate of the program's own, since only TLS asks clients for theirs")}
	}
	var err error
	if c.Cert != "" {
		read := func() (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
			return &pair, err
		}
		if all.own, err = watch(log, read, c.Cert, c.Key); err != nil {
			return nil, &Invalid{"Cert", err}
		}
	}
	if c.ClientCA != "" {
		read := func() (*x509.CertPool, error) { return appendTo(x509.NewCertPool(), c.ClientCA) }
		if all.clients, err = watch(log, read, c.ClientCA); err != nil {
			return nil, &Invalid{"ClientCA", err}
		}
	}
	if c.ServerCA != "" {
		machine, err := x509.SystemCertPool()
		if err != nil {
			machine = x509.NewCertPool() // this machine trusts none
		}
		if all.servers, err = appendTo(machine, c.ServerCA); err != nil {
			return nil, &Invalid{"ServerCA", err}
		}
	}
	return all, nil
}

func appendTo(pool *x509.CertPool, path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", path)
	}
	return pool, nil
}

// Server returns the configuration of a listener, nil if it speaks plain text. With wants, clients
// have to show a certificate (tls.RequireAndVerifyClientCert) or may (tls.VerifyClientCertIfGiven),
// where there are authorities of clients. Listeners speak HTTP/1.1.
func (c *Certs) Server(wants tls.ClientAuthType) *tls.Config {
	if c.own == nil {
		return nil
	}
	served := &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.own.get(), nil },
	}
	if c.clients == nil || wants == tls.NoClientCert {
		return served
	}
	var mu sync.Mutex
	admitting := served.Clone() // of the authorities below, so that sessions are resumed
	admitting.ClientAuth, admitting.ClientCAs = wants, c.clients.get()
	served.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		if now := c.clients.get(); now != admitting.ClientCAs {
			admitting = admitting.Clone()
			admitting.ClientCAs = now
		}
		return admitting, nil
	}
	return served
}

// AsksClients reports whether clients are asked for certificates.
func (c *Certs) AsksClients() bool { return c.clients != nil }

// Client returns the configuration of connections to servers. A server that asks for a certificate
// of an authority that issued the program's own gets it, if that is for clients too.
func (c *Certs) Client() *tls.Config {
	called := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.servers}
	if c.own != nil {
		called.GetClientCertificate = func(asks *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			own := c.own.get()
			if wanted := asks.SupportsCertificate(own) == nil; wanted && forClients(own) {
				return own, nil
			}
			return &tls.Certificate{}, nil // the server decides whether it needs one
		}
	}
	return called
}

// forClients reports whether a certificate is for clients: it says so, or does not say for whom.
func forClients(c *tls.Certificate) bool {
	usages := c.Leaf.ExtKeyUsage
	return len(usages) == 0 || slices.Contains(usages, x509.ExtKeyUsageClientAuth)
}

// Transport returns an HTTP transport whose connections Client configures.
func (c *Certs) Transport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = c.Client()
	return transport
}
