package main

import (
	"crypto/x509/pkix"
	"time"
)

// mode is one way in which the Secret changes: from what running processes hold to what it holds now.
type mode struct {
	ID    string `json:"mode"`
	Name  string `json:"name"`
	Class string `json:"class"`
	old   pair
	new   pair
}

// workshop mints for one key algorithm.
type workshop struct {
	keys      keyring
	algorithm string
	now       time.Time
	dialName  string
}

var (
	chartName   = pkix.Name{CommonName: "keda-operator"} // KEDA's chart gives CA and leaf the same name
	rotatorName = pkix.Name{CommonName: "KEDA", Organization: []string{"KEDAORG"}}
	otherType   = map[string]string{"RSA": "ECDSA", "ECDSA": "Ed25519", "Ed25519": "RSA"}
)

func (w workshop) names() []string {
	return []string{"keda-operator.keda", "keda-operator.keda.svc", w.dialName}
}

// selfSigned is what cert-manager's SelfSigned issuer makes: one certificate is tls.crt and ca.crt.
func (w workshop) selfSigned(keyName string, isCA bool, dates wanted) pair {
	one := mint(wanted{
		label:   w.algorithm + "/self/" + keyName + dates.notAfter.String(),
		subject: chartName, key: w.keys.key(w.algorithm, keyName), isCA: isCA, isLeaf: true, names: w.names(),
	}.when(dates), w.now)
	return pair{leaf: one, ca: one}
}

func (w workshop) ca(subject pkix.Name, keyName string, dates wanted) certificate {
	return mint(wanted{
		label:   w.algorithm + "/ca/" + subject.String() + keyName + dates.notAfter.String(),
		subject: subject, key: w.keys.key(w.algorithm, keyName), isCA: true,
	}.when(dates), w.now)
}

func (w workshop) leaf(issuer certificate, keyName string, dates wanted, names ...string) certificate {
	if len(names) == 0 {
		names = w.names()
	}
	return mint(wanted{
		label:   w.algorithm + "/leaf/" + issuer.parsed.SerialNumber.String() + keyName + dates.notAfter.String(),
		subject: chartName, key: w.keys.key(w.algorithm, keyName), issuer: &issuer, isLeaf: true, names: names,
	}.when(dates), w.now)
}

// modes are the thirteen of the facts (2.4), and three more that a Secret can go through.
func (w workshop) modes() []mode {
	return append(append(w.selfSignedModes(), w.issuedModes()...), w.moreModes()...)
}

func (w workshop) selfSignedModes() []mode {
	old, oldCA := w.selfSigned("leaf-1", false, inDate), w.selfSigned("leaf-1", true, inDate)
	return []mode{
		{"M1", "self-signed leaf, new key", "breaking", old, w.selfSigned("leaf-2", false, renewed)},
		{"M2", "self-signed leaf, same key", "breaking", old, w.selfSigned("leaf-1", false, renewed)},
		{"M3", "self-signed CA as leaf, new key", "breaking", oldCA, w.selfSigned("leaf-2", true, renewed)},
		{"M4", "self-signed CA as leaf, same key", "breaking", oldCA, w.selfSigned("leaf-1", true, renewed)},
	}
}

func (w workshop) issuedModes() []mode {
	ca, again := w.ca(chartName, "ca-1", inDate), w.ca(chartName, "ca-1", renewed)
	rekeyed, renamed := w.ca(chartName, "ca-2", renewed), w.ca(rotatorName, "ca-2", renewed)
	dead := w.ca(chartName, "ca-1", expired)
	old := pair{w.leaf(ca, "leaf-1", inDate), ca}
	next := w.leaf(rekeyed, "leaf-2", renewed)
	return []mode{
		{"M5", "new leaf of the same CA", "safe", old, pair{w.leaf(ca, "leaf-2", renewed), ca}},
		{"M6", "CA renewed with the same key", "safe", old, pair{w.leaf(again, "leaf-2", renewed), again}},
		{"M7", "CA with a new key, same name", "breaking", old, pair{next, rekeyed}},
		{"M8", "CA with a new key and a new name", "breaking", old, pair{w.leaf(renamed, "leaf-2", renewed), renamed}},
		{"M9", "only ca.crt is new", "inconsistent", old, pair{old.leaf, rekeyed}},
		{"M10", "only tls.crt is new, of another CA", "inconsistent", old, pair{next, ca}},
		{"M11", "CA renewed with the same key, the old one has expired", "expiredInMemory",
			pair{w.leaf(dead, "leaf-1", inDate), dead}, pair{w.leaf(again, "leaf-2", renewed), again}},
		{"M12", "the leaf in the Secret has expired", "expiredInSecret", old, pair{w.leaf(ca, "leaf-2", expired), ca}},
		{"M13", "the old leaf has expired", "expiredInMemory",
			pair{w.leaf(ca, "leaf-1", expired), ca}, pair{w.leaf(ca, "leaf-2", renewed), ca}},
	}
}

func (w workshop) moreModes() []mode {
	other := workshop{w.keys, otherType[w.algorithm], w.now, w.dialName}
	ca := w.ca(chartName, "ca-1", inDate)
	old := pair{w.leaf(ca, "leaf-1", inDate), ca}
	retyped, dead := other.ca(chartName, "ca-2", renewed), w.ca(chartName, "ca-1", expired)
	return []mode{
		{"M14", "CA with a key of another type, same name", "breaking", old, pair{w.leaf(retyped, "leaf-2", renewed), retyped}},
		{"M15", "the CA in the Secret has expired", "expiredInSecret", old, pair{w.leaf(dead, "leaf-2", renewed), dead}},
		{"M16", "the new leaf lacks the dialled name", "unfit", old, pair{w.leaf(ca, "leaf-2", renewed, "keda-operator.keda.svc"), ca}},
	}
}
