package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/devrev/scim/services/internal/certs"
)

// Program is the part of the configuration that every program has. A program embeds it.
type Program struct {
	DrainDelay time.Duration `env:"DRAIN_DELAY" envDefault:"5s"` // from not ready to not listening: as long as a load balancer takes to look elsewhere

	TracesPage bool `env:"TRACES_PAGE"` // recent traces are on the operations listener

	Cert       string `env:"TLS_CERT_FILE"` // of every listener, and of connections to servers that ask for one; see certs.Config
	Key        string `env:"TLS_KEY_FILE"`
	ClientCA   string `env:"TLS_CLIENT_CA_FILE"` // whose certificates clients of inner listeners must have
	ServerCA   string `env:"TLS_CA_FILE"`        // of stores and other servers, beside those that the machine trusts
	RequireTLS bool   `env:"REQUIRE_TLS"`        // plain text to other machines is an error

	exporters map[string]string // where telemetry goes, by variable
	warnings  []string
	plain     []string
}

// Warnings returns a sentence for each variable of the environment that looks as if it were meant
// for the program, and is not read.
func (p *Program) Warnings() []string { return p.warnings }

// Certs names the files of TLS.
func (p *Program) Certs() certs.Config {
	return certs.Config{Cert: p.Cert, Key: p.Key, ClientCA: p.ClientCA, ServerCA: p.ServerCA}
}

func (p *Program) validate(names map[string]string) (err error) {
	if p.DrainDelay < 0 {
		err = errors.New("DRAIN_DELAY: must not be below 0s")
	}
	_, wrong := certs.New(p.Certs(), func(error) {})
	if invalid, ok := errors.AsType[*certs.Invalid](wrong); ok {
		err = errors.Join(err, fmt.Errorf("%s: %w", names[invalid.Field], invalid.Err))
	}
	return err
}

// Read reads the environment, as os.Environ gives it, into config, a pointer to a struct with env
// tags that embeds program, and validates program. The value of a field with the tag secret can be
// given as a file, named by the variable with _FILE. The error has one sentence for each variable
// that is wrong, and quotes no secret.
func Read(environ []string, config any, program *Program) error {
	err := read(environ, config, program)
	if err == nil {
		err = program.validate(fieldsOf(config))
	}
	return program.explain(err)
}

// ReadPart reads into part, a pointer to a struct with env tags, some variables of a program for
// another one, which has no configuration of its own. Errors as Read's.
func ReadPart(environ []string, part any) error { return read(environ, part, new(Program)) }

func read(environ []string, config any, program *Program) error {
	vars, all := env.ToMap(environ), Variables(config)
	if err := readFiles(vars, all); err != nil {
		return err
	}
	program.warnings, program.exporters = unknownVariables(vars, all), exportersOf(vars)
	return unreadable(env.ParseWithOptions(config, env.Options{Environment: vars}), fieldsOf(config))
}

// explain adds the warnings to err: one of them may be why.
func (p *Program) explain(err error) error {
	if err == nil {
		return nil
	}
	for _, w := range p.warnings {
		err = errors.Join(err, errors.New(w))
	}
	return err
}

// Variable is one that a program reads.
type Variable struct {
	Name   string
	Secret bool // it can be given as a file, named by the variable Name_FILE
}

// Variables returns the variables that config, a pointer to a struct with env tags, is read from,
// by name.
func Variables(config any) (all []Variable) {
	for _, field := range reflect.VisibleFields(reflect.TypeOf(config).Elem()) {
		if name, ok := field.Tag.Lookup("env"); ok {
			_, secret := field.Tag.Lookup("secret")
			all = append(all, Variable{name, secret})
		}
	}
	slices.SortFunc(all, func(a, b Variable) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// fieldsOf returns the variable of each field of config, by the field's name.
func fieldsOf(config any) map[string]string {
	found := make(map[string]string)
	for _, field := range reflect.VisibleFields(reflect.TypeOf(config).Elem()) {
		if name, ok := field.Tag.Lookup("env"); ok {
			found[field.Name] = name
		}
	}
	return found
}

// unreadable returns err, of reading the environment, with the names of the variables.
func unreadable(err error, names map[string]string) error {
	all, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return err
	}
	var errs []error
	for _, err := range all.Errors {
		if wrong, ok := errors.AsType[env.ParseError](err); ok {
			err = fmt.Errorf("%s: must be %s", names[wrong.Name], formOf(wrong.Type))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// formOf says how a value of type t is written.
func formOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a time with its unit, such as 5s"
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
		return fmt.Sprintf("a whole number from 0 to %d", uint64(1)<<t.Bits()-1)
	case t.Kind() == reflect.Bool:
		return "true or false"
	default:
		return "a " + t.Kind().String()
	}
}

// readFiles sets each secret whose NAME_FILE is set to what is in that file, without the white
// space at its ends. Both at once are an error: one of them would be passed over.
func readFiles(vars map[string]string, all []Variable) error {
	for _, v := range all {
		path := vars[v.Name+"_FILE"]
		if path == "" || !v.Secret {
			continue
		}
		if vars[v.Name] != "" {
			return fmt.Errorf("%[1]s: is set, and %[1]s_FILE too: remove one of them", v.Name)
		}
		content, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			return fmt.Errorf("%s_FILE: %w", v.Name, err)
		}
		if vars[v.Name] = strings.TrimSpace(string(content)); vars[v.Name] == "" {
			return fmt.Errorf("%s_FILE: the file is empty", v.Name)
		}
	}
	return nil
}
