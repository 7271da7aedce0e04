package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"conclave/cmd/node/finding"
)

// addresses tries those that a start would take.
func (e *examination) addresses(s settings) {
	var problems []error
	for _, l := range []struct{ flag, address string }{{"--http", s.http}, {"--admin", s.admin}} {
		listener, err := listen(l.flag, l.address)
		if err == nil {
			err = listener.Close()
		}
		problems = append(problems, err)
	}
	problems = append(problems, probe("--listen", s.listen))
	if err := errors.Join(problems...); err != nil {
		e.Found(finding.AddressTaken, "%s", sentence(err))
		return
	}
	e.OK("addresses", "all are free")
}

func (e *examination) certificate(s settings) {
	if s.tlsCert == "" {
		return
	}
	c := &certificate{cert: s.tlsCert, key: s.tlsKey}
	_, err := c.get(nil)
	var cert *x509.Certificate
	if err == nil {
		cert, err = leaf(s.tlsCert)
	}
	if err != nil {
		e.Found(finding.CertificateUnusable, "%s", sentence(err))
		return
	}
	if u, err := url.Parse(s.publicURL); err == nil && u.Host != "" && cert.VerifyHostname(u.Hostname()) != nil {
		e.Found(finding.CertificateOther, "it is not for %s", u.Hostname())
	}
	ends := cert.NotAfter
	switch left := ends.Sub(e.now); {
	case left <= 0:
		e.Found(finding.CertificateEnded, "it ended on %s", ends.Format(time.DateOnly))
	case left < 14*24*time.Hour:
		e.Found(finding.CertificateEnds, "it ends on %s", ends.Format(time.DateOnly))
	default:
		e.OK("certificate", "valid until %s", ends.Format(time.DateOnly))
	}
}

// resolving is how long a name may take.
const resolving = 3 * time.Second

// publicURL looks whether people can have the address of the page. It asks for the name alone and connects to nothing.
func (e *examination) publicURL(ctx context.Context, s settings) {
	if s.publicURL == "" {
		if here, err := isLoopback("--http", s.http); err == nil && (!here || len(s.proxies) > 0) {
			e.Found(finding.PublicURLMissing, "--public-url is not set, and the page is open to others at %s", s.http)
		}
		return
	}
	u, err := url.Parse(s.publicURL)
	if err != nil {
		return // settings like that are refused
	}
	ctx, cancel := context.WithTimeout(ctx, resolving)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, u.Hostname()); err != nil {
		e.Found(finding.PublicURLUnresolved, "%s has no address: %s", u.Hostname(), sentence(err))
		return
	}
	e.OK("public URL", "%s has an address", u.Hostname())
}

// leaf reads the first certificate of a file.
func leaf(path string) (*x509.Certificate, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return cert, nil
}
