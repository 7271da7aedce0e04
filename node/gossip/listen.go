package gossip

import (
	"slices"
	"strings"

	router "conclave/protocol/net/gossip"
)

// Port is where the second host listens that was told nothing else, TCP and UDP.
const Port = "8423"

// Beside returns where the second host listens by default: on the addresses of the first, at Port, or at any port where the
// first one takes any. nil stands for the first one's defaults.
func Beside(first []string) []string {
	if first == nil {
		return router.DefaultListen
	}
	return at(Port, first)
}

// at puts multiaddrs to a port, but those that take any.
func at(port string, addrs []string) []string {
	out := []string{}
	for _, a := range addrs {
		parts := strings.Split(a, "/")
		for i := 1; i+1 < len(parts); i++ {
			if (parts[i] == "tcp" || parts[i] == "udp") && parts[i+1] != "0" {
				parts[i+1] = port
			}
		}
		if a = strings.Join(parts, "/"); !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}
