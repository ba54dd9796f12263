// Command handshake is the oracle of our diagnosis: it mints what the two sides of KEDA's hop B may hold after a change of
// the Secret, lets them shake hands for real, and writes down who refuses whom and in which words. Run it through make.ts;
// jest only reads the table that make.ts wrote.
package main

import (
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"log"
	"os"
	"runtime"
	"time"
)

var algorithms = []string{"RSA", "ECDSA", "Ed25519"}
var states = []string{"OO", "NO", "ON", "NU", "NN"}

type input struct {
	Seed     string `json:"seed"`
	Now      int64  `json:"now"`
	DialName string `json:"dialName"`
}

type secret struct {
	Leaf string `json:"leaf"`
	CA   string `json:"ca"`
}

// row is one pair of states. The texts are what each side reads when a callback gives the client's leaf (KEDA >= 2.17.2);
// the static ones stand where they differ without (KEDA <= 2.17.1).
type row struct {
	ClientState      string `json:"client"`
	ServerState      string `json:"server"`
	Outcome          string `json:"outcome"`
	ClientText       string `json:"clientText,omitempty"`
	ServerText       string `json:"serverText,omitempty"`
	StaticClientText string `json:"staticClientText,omitempty"`
	StaticServerText string `json:"staticServerText,omitempty"`
}

type block struct {
	mode
	Keys string `json:"keys"`
	Old  secret `json:"old"`
	New  secret `json:"new"`
	Rows []row  `json:"rows"`
}

type output struct {
	Go           string            `json:"go"`
	Certificates map[string]string `json:"certificates"`
	Blocks       []block           `json:"blocks"`
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	var in input
	check(json.NewDecoder(os.Stdin).Decode(&in))
	out := output{Go: runtime.Version(), Certificates: map[string]string{}}
	keys := keyring{seed: in.Seed, made: map[string]crypto.Signer{}}
	for _, algorithm := range algorithms {
		w := workshop{keys, algorithm, time.UnixMilli(in.Now).UTC(), in.DialName}
		for _, m := range w.modes() {
			out.Blocks = append(out.Blocks, block{
				mode: m, Keys: algorithm, Old: out.secretOf(m.old), New: out.secretOf(m.new), Rows: w.rows(m),
			})
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(out))
}

func (w workshop) rows(m mode) []row {
	rows := []row{}
	for _, client := range states {
		for _, server := range states {
			rows = append(rows, w.row(m, client, server))
		}
	}
	return rows
}

func (w workshop) row(m mode, client, server string) row {
	presents, serves := holderOf(client, m), holderOf(server, m).config(w, true)
	now, static := shake(presents.config(w, true), serves), shake(presents.config(w, false), serves)
	if now.Outcome != static.Outcome {
		log.Fatalf("%s %s/%s: %s with a callback, %s without", m.ID, client, server, now.Outcome, static.Outcome)
	}
	r := row{client, server, now.Outcome, now.Client, now.Server, "", ""}
	if static != now {
		r.StaticClientText, r.StaticServerText = static.Client, static.Server
	}
	return r
}

func (o output) secretOf(p pair) secret { return secret{Leaf: o.idOf(p.leaf), CA: o.idOf(p.ca)} }

// idOf files a certificate under the start of its fingerprint.
func (o output) idOf(c certificate) string {
	sum := sha256.Sum256(c.parsed.Raw)
	id := hex.EncodeToString(sum[:6])
	o.Certificates[id] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.parsed.Raw}))
	return id
}
