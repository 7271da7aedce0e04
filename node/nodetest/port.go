package nodetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports that systems neither choose by themselves for a listener nor for a connection to somewhere else.
const firstPort, lastPort = 10_000, 16_000

// Port reserves a port of 127.0.0.1, of TCP and of UDP, for a node that goes away and comes back there. Nothing listens on it;
// the next one is held until release, and whoever calls Port, in any process, leaves both alone meanwhile.
func Port() (port int, release func() error, err error) {
	for range 1000 {
		port = firstPort + 2*rand.IntN((lastPort-firstPort)/2)
		held, holdErr := net.Listen("tcp", at(port+1))
		if holdErr != nil {
			err = holdErr
			continue
		}
		if err = free(port); err == nil {
			return port, held.Close, nil
		}
		err = errors.Join(err, held.Close())
	}
	return 0, nil, fmt.Errorf("reserve a port: %w", err)
}

func at(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// free tells whether a node could listen on a port.
func free(port int) error {
	l, err := net.Listen("tcp", at(port))
	if err != nil {
		return err
	}
	c, err := net.ListenPacket("udp", at(port))
	if err != nil {
		return errors.Join(err, l.Close())
	}
	return errors.Join(l.Close(), c.Close())
}
