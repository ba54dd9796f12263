package main

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

const day = 24 * time.Hour

// certificate is one with its key: what a process loads, or what signs another.
type certificate struct {
	parsed *x509.Certificate
	key    crypto.Signer
}

// pair is what KEDA's Secret holds at one time: tls.crt with tls.key, and ca.crt.
type pair struct{ leaf, ca certificate }

// wanted is a certificate in words. The label gives the serial number: another label is another certificate.
type wanted struct {
	label     string
	subject   pkix.Name
	key       crypto.Signer
	issuer    *certificate // nil: self-signed
	isCA      bool
	isLeaf    bool
	names     []string
	notBefore time.Duration // relative to now
	notAfter  time.Duration
}

var (
	inDate  = wanted{notBefore: -30 * day, notAfter: 300 * day}
	renewed = wanted{notBefore: -2 * time.Hour, notAfter: 330 * day}
	expired = wanted{notBefore: -400 * day, notAfter: -1 * day}
)

func (w wanted) when(dates wanted) wanted {
	w.notBefore, w.notAfter = dates.notBefore, dates.notAfter
	return w
}

// mint makes it as cert-manager and KEDA's own rotation do, which use crypto/x509, too. A nil source of randomness makes
// every signature deterministic.
func mint(w wanted, now time.Time) certificate {
	serial := sha256.Sum256([]byte(w.label))
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(serial[:8]),
		Subject:               w.subject,
		NotBefore:             now.Add(w.notBefore),
		NotAfter:              now.Add(w.notAfter),
		BasicConstraintsValid: true,
		IsCA:                  w.isCA,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		DNSNames:              w.names,
	}
	if w.isCA {
		template.KeyUsage |= x509.KeyUsageCertSign
	}
	if w.isLeaf {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	parent, signer := template, w.key
	if w.issuer != nil {
		parent, signer = w.issuer.parsed, w.issuer.key
	}
	der, err := x509.CreateCertificate(nil, template, parent, w.key.Public(), signer)
	check(err)
	parsed, err := x509.ParseCertificate(der)
	check(err)
	return certificate{parsed: parsed, key: w.key}
}
