package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"conclave/cmd/node/finding"
)

// certify writes a certificate for 127.0.0.1 and its key, and returns their paths and the pool that trusts it.
func certify(t *testing.T, dir string, serial int64, until time.Time) (cert, key string, trust *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: until, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write(t, cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})))
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trust = x509.NewCertPool()
	trust.AddCert(parsed)
	return cert, key, trust
}

func TestAPageUnderTLSIsReachableFromElsewhere(t *testing.T) {
	cert, key, trust := certify(t, t.TempDir(), 1, time.Now().Add(365*24*time.Hour))
	c := spawn(t, filepath.Join(t.TempDir(), "data"), append(anyPeer(t), "--http", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key)...)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust}, ForceAttemptHTTP2: true}}
	res, err := client.Get("https://" + c.HTTP + "/livez")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 || res.ProtoMajor != 2 || res.TLS.Version < tls.VersionTLS12 {
		t.Errorf("got %s over %s, want 200 over HTTP/2", res.Status, res.Proto)
	}
	if plain, err := http.Get("http://" + c.HTTP + "/livez"); err == nil {
		defer plain.Body.Close()
		if plain.StatusCode != http.StatusBadRequest {
			t.Errorf("got %s without TLS, want a refusal", plain.Status)
		}
	}
	if want := "https://" + c.HTTP + "/setup#claim="; !strings.Contains(c.stdout.String(), want) {
		t.Errorf("got %q, want a link that begins with %s", c.stdout.String(), want)
	}
}

func TestARenewedCertificateNeedsNoRestart(t *testing.T) {
	dir := t.TempDir()
	cert, key, _ := certify(t, dir, 1, time.Now().Add(time.Hour))
	c := &certificate{cert: cert, key: key}
	serial := func() int64 {
		t.Helper()
		c.checked = time.Time{} // the minute is over
		got, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Fatalf("got certificate %d, want 1", got)
	}
	certify(t, dir, 2, time.Now().Add(time.Hour))
	later := time.Now().Add(time.Second) // files may have the same time, to the tick of the file system
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 {
		t.Errorf("after a renewal: got certificate %d, want 2", got)
	}
	write(t, cert, "half a renewal")
	later = later.Add(time.Second)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 {
		t.Errorf("in the middle of a renewal: got certificate %d, want the old one", got)
	}
}

func TestTheDoctorSeesACertificateEnd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	ending := []finding.Condition{finding.CertificateEnded, finding.CertificateEnds, finding.CertificateUnusable}
	for i, left := range []time.Duration{-time.Minute, 10 * 24 * time.Hour, 60 * 24 * time.Hour} {
		ends := time.Now().Add(left)
		cert, key, _ := certify(t, t.TempDir(), 1, ends)
		d := examined(t, append(doors(t), "--data", dir, "--tls-cert", cert, "--tls-key", key)...)
		if i == 2 {
			d.lacks(t, ending...)
			continue
		}
		d.tells(t, ending[i], ends.UTC().Format(time.DateOnly))
	}
}

func TestTheDoctorSeesACertificateOfAnotherName(t *testing.T) {
	cert, key, _ := certify(t, t.TempDir(), 1, time.Now().Add(365*24*time.Hour)) // for 127.0.0.1
	at := append(doors(t), "--data", filepath.Join(t.TempDir(), "data"), "--tls-cert", cert, "--tls-key", key)
	examined(t, append(at, "--public-url", "https://localhost")...).tells(t, finding.CertificateOther, "localhost")
	examined(t, append(at, "--public-url", "https://127.0.0.1")...).lacks(t, finding.CertificateOther)
	examined(t, at...).lacks(t, finding.CertificateOther)
}
