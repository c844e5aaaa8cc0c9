package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are the flags of a measurement.
type settings struct {
	clients         int
	users           int
	each            time.Duration
	within          time.Duration
	wirings         string
	json            bool
	baseline, check string
	growth          string
	console         int
	only            string
	erasure         int
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "floor" {
		return serveFloor(ctx, args[1:], stdout)
	}
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&s.clients, "clients", 8, "how many requests are under way at a time")
	flags.IntVar(&s.users, "users", 1000, "how many users the organisation has at first")
	flags.DurationVar(&s.each, "each", 3*time.Second, "how long each operation, and each floor, is measured")
	flags.DurationVar(&s.within, "within", 10*time.Minute, "how long all of it may take")
	flags.StringVar(&s.wirings, "wirings", allInOne+","+production, "what to measure")
	flags.BoolVar(&s.json, "json", false, "print JSON instead of a table")
	flags.StringVar(&s.baseline, "baseline", "", "write ratios and growth factors to this file")
	flags.StringVar(&s.check, "check", "", "compare ratios and growth factors with those in this file")
	flags.StringVar(&s.growth, "growth", "", "measure growth instead: sizes of the organisation, as 1000,10000")
	flags.IntVar(&s.console, "console", 0, "measure the pages of the console instead, in an organisation of so many users")
	flags.StringVar(&s.only, "only", "", "measure only the operations whose name holds this text")
	flags.IntVar(&s.erasure, "erasure", 0, "measure instead what a neighbour notices while an organisation of so many users is erased")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	if s.console > 0 {
		rows, err := s.pages(ctx, s.console, stderr)
		return errors.Join(err, printPages(stdout, rows))
	}
	if s.erasure > 0 {
		rows, err := s.erasures(ctx, s.erasure, stderr)
		return errors.Join(err, printErasures(stdout, rows))
	}
	before, err := readBaseline(s.check)
	if err != nil {
		return err
	}
	measured, err := s.measure(ctx, stderr)
	if err != nil {
		return errors.Join(err, measured.print(stdout, s.json)) // what was measured before is of use
	}
	written := measured.baseline().write(s.baseline)
	err = s.confirm(ctx, &measured, before, stderr)
	return errors.Join(err, measured.print(stdout, s.json), written, measured.judge(before))
}

// measure measures all wirings, one after the other: two would take the processor from one another.
func (s settings) measure(ctx context.Context, progress io.Writer) (report, error) {
	r := report{
		Machine: fmt.Sprintf("%d processors, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version()),
		Clients: s.clients, Users: s.users,
	}
	for _, name := range strings.Split(s.wirings, ",") {
		begin, ok := wirings()[name]
		if !ok {
			return r, fmt.Errorf("there is no wiring %s", name)
		}
		measure := s.operations
		if s.growth != "" {
			measure = s.growths
		}
		if err := measure(ctx, name, begin, &r, progress); err != nil {
			return r, fmt.Errorf("%s: %w", name, err)
		}
	}
	return r, nil
}
