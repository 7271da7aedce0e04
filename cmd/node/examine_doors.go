package main

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
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
	var ends time.Time
	if err == nil {
		ends, err = expiry(s.tlsCert)
	}
	left := ends.Sub(e.now)
	switch {
	case err != nil:
		e.Found(finding.CertificateUnusable, "%s", sentence(err))
	case left <= 0:
		e.Found(finding.CertificateEnded, "it ended on %s", ends.Format(time.DateOnly))
	case left < 14*24*time.Hour:
		e.Found(finding.CertificateEnds, "it ends on %s", ends.Format(time.DateOnly))
	default:
		e.OK("certificate", "valid until %s", ends.Format(time.DateOnly))
	}
}

func expiry(path string) (time.Time, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return time.Time{}, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return time.Time{}, fmt.Errorf("%s holds no certificate", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return time.Time{}, fmt.Errorf("read %s: %w", path, err)
	}
	return cert.NotAfter, nil
}
