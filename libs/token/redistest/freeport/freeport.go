// Package freeport gives servers that tests start addresses which are theirs until the process of
// the test ends, so that a server can be killed and started again where it was.
//
// A port that the system chooses does not do: it is of the range from which the system also takes
// the near ends of connections, and one of them can have it by the time that the server listens.
package freeport

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
)

// The ports given are those from low to high. They are outside the ranges for near ends of
// connections of Linux (from 32768), macOS and Windows (from 49152). A process has a block of them
// to itself, whose first port it listens on to say so.
const (
	low, high = 10000, 32767
	block     = 250
	blocks    = (high + 1 - low) / block
)

var (
	mu    sync.Mutex
	owned net.Listener // on the first port of this process's block; nil before it has one
	first int          // that port
	given int          // how many of the block's ports were given
)

// Addr returns an address of the loopback interface, host:port, where no process listens. It is
// given to nobody else, unless this process asks for as many as a block has.
func Addr() (string, error) {
	mu.Lock()
	defer mu.Unlock()
	if owned == nil {
		if err := reserve(); err != nil {
			return "", err
		}
	}
	for range block - 1 {
		port := first + 1 + given%(block-1)
		given++
		if l, err := net.Listen("tcp", address(port)); err == nil {
			return address(port), l.Close()
		}
	}
	return "", fmt.Errorf("all ports from %d to %d are in use", first+1, first+block-1)
}

// reserve finds this process a block that no other process has, and keeps it until the process
// ends.
func reserve() error {
	for i := range blocks {
		port := low + (os.Getpid()+i)%blocks*block
		if l, err := net.Listen("tcp", address(port)); err == nil {
			owned, first = l, port
			return nil
		}
	}
	return errors.New("other processes have all blocks of free ports")
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
