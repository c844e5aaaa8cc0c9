package freeport_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/token/redistest/freeport"
)

const asked = 50

// TestMain prints what a process of its own is given, when a test asks for one.
func TestMain(m *testing.M) {
	if os.Getenv("PRINT_FREE_ADDRESSES") == "" {
		os.Exit(m.Run())
	}
	for range asked {
		addr, err := freeport.Addr()
		fmt.Println(addr, err)
	}
}

func TestAnAddressIsGivenOnceAmongAllProcesses(t *testing.T) {
	var all []string
	for range asked {
		addr, err := freeport.Addr()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, addr)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "PRINT_FREE_ADDRESSES=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var others []string
	for line := range strings.Lines(string(out)) {
		addr, failure, _ := strings.Cut(strings.TrimSpace(line), " ")
		if failure != "<nil>" {
			t.Fatalf("another process is given %s", line)
		}
		others = append(others, addr)
	}
	if len(others) != asked {
		t.Fatalf("another process is given %d addresses, want %d", len(others), asked)
	}
	for _, addr := range others {
		if slices.Contains(all, addr) {
			t.Errorf("%s was given to this process and to another one", addr)
		}
	}
	for i, addr := range all {
		if slices.Contains(all[:i], addr) {
			t.Errorf("%s was given twice", addr)
		}
	}
}

// TestNoConnectionGetsThePort compares the port with those that the system gives to the near ends
// of connections.
func TestNoConnectionGetsThePort(t *testing.T) {
	addr, err := freeport.Addr()
	if err != nil {
		t.Fatal(err)
	}
	_, given, _ := net.SplitHostPort(addr)
	port, err := strconv.Atoi(given)
	if err != nil {
		t.Fatal(err)
	}
	ephemeral, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		t.Skipf("the system does not say which ports it gives to connections: %v", err)
	}
	var from, to int
	if _, err := fmt.Sscan(string(ephemeral), &from, &to); err != nil {
		t.Fatal(err)
	}
	if port >= from && port <= to {
		t.Errorf("port %d is one of those that connections get, %d to %d", port, from, to)
	}
}

func TestAnAddressInUseIsNotGiven(t *testing.T) {
	addr, err := freeport.Addr()
	if err != nil {
		t.Fatal(err)
	}
	host, given, _ := net.SplitHostPort(addr)
	port, err := strconv.Atoi(given)
	if err != nil {
		t.Fatal(err)
	}
	next := net.JoinHostPort(host, strconv.Itoa(port+1)) // which would be given
	l, err := net.Listen("tcp", next)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	got, err := freeport.Addr()
	if err != nil {
		t.Fatal(err)
	}
	if got == next {
		t.Errorf("%s was given, and somebody listens there", got)
	}
}
