package grpcapi

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/weftql/weft/fault"
)

// parseTarget returns the target as grpc-go wants it, and whether it is this
// machine. Without a scheme it is a host and port, looked up with DNS.
func parseTarget(target string) (name string, local bool, err error) {
	invalid := func(why string) error {
		return &fault.Error{Code: TargetInvalid, Message: fmt.Sprintf("target %q %s: write dns:///host:port, unix:path or passthrough:///host:port", target, why)}
	}
	scheme, rest, found := strings.Cut(target, ":")
	switch {
	case target == "":
		return "", false, invalid("is empty")
	case found && (scheme == "unix" || scheme == "unix-abstract"):
		if strings.Trim(rest, "/") == "" {
			return "", false, invalid("has no path")
		}
		return target, true, nil
	case found && (scheme == "dns" || scheme == "passthrough"):
		// dns:///host, dns://server/host, dns:host
		if after, ok := strings.CutPrefix(rest, "//"); ok {
			_, rest, ok = strings.Cut(after, "/")
			if !ok {
				return "", false, invalid("lacks a slash")
			}
		}
	case strings.Contains(target, "://"):
		return "", false, invalid("has a scheme gRPC connectors do not know")
	default:
		rest, target = target, "dns:///"+target
	}
	if rest == "" {
		return "", false, invalid("has no host")
	}
	return target, loopback(rest), nil
}

// loopback tells whether an address, with or without port, is this machine. A
// name other than localhost is not asked for: what it resolves to may change.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
