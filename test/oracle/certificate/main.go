// Command certificate is the oracle of our verifier: it reads cases as JSON from standard input and writes what
// crypto/x509 says about each. Run it through make.ts; jest only reads the table that make.ts wrote.
package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"log"
	"os"
	"runtime"
	"time"
)

type testCase struct {
	Name          string   `json:"name"`
	Leaf          string   `json:"leaf"`
	Pool          []string `json:"pool"`
	Intermediates []string `json:"intermediates"`
	Now           int64    `json:"now"`
	DNSName       string   `json:"dnsName"`
	Usage         string   `json:"usage"`
}

// verdict is what Go says; Parsed is false when Go cannot even read a certificate of the case.
type verdict struct {
	Parsed bool   `json:"parsed"`
	OK     bool   `json:"ok"`
	Text   string `json:"text"`
}

type input struct {
	Certificates map[string]string `json:"certificates"`
	Cases        []testCase        `json:"cases"`
}

type output struct {
	Go       string    `json:"go"`
	Verdicts []verdict `json:"verdicts"`
}

var usages = map[string]x509.ExtKeyUsage{"serverAuth": x509.ExtKeyUsageServerAuth, "clientAuth": x509.ExtKeyUsageClientAuth}

func main() {
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		log.Fatal(err)
	}
	out := output{Go: runtime.Version()}
	for _, c := range in.Cases {
		out.Verdicts = append(out.Verdicts, judge(c, in.Certificates))
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
}

func judge(c testCase, certificates map[string]string) verdict {
	leaf, err := parse(certificates[c.Leaf])
	if err != nil {
		return verdict{Text: err.Error()}
	}
	roots, err := poolOf(c.Pool, certificates)
	if err != nil {
		return verdict{Text: err.Error()}
	}
	intermediates, err := poolOf(c.Intermediates, certificates)
	if err != nil {
		return verdict{Text: err.Error()}
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		DNSName:       c.DNSName,
		Roots:         roots,
		Intermediates: intermediates,
		CurrentTime:   time.UnixMilli(c.Now).UTC(),
		KeyUsages:     []x509.ExtKeyUsage{usages[c.Usage]},
	})
	if err != nil {
		return verdict{Parsed: true, Text: err.Error()}
	}
	return verdict{Parsed: true, OK: true}
}

func poolOf(ids []string, certificates map[string]string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for _, id := range ids {
		certificate, err := parse(certificates[id])
		if err != nil {
			return nil, err
		}
		pool.AddCert(certificate)
	}
	return pool, nil
}

func parse(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		log.Fatal("a case holds no PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}
