package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log"
	"net"
	"time"
)

// holder is what one process has loaded: the leaf that it presents and the pool that it trusts.
type holder struct {
	presents certificate
	trusts   []certificate
}

// holderOf gives a state by its two letters: leaf and pool, each O(ld), N(ew), or for the pool U(nion).
func holderOf(state string, m mode) holder {
	presents := map[byte]certificate{'O': m.old.leaf, 'N': m.new.leaf}[state[0]]
	trusts := map[byte][]certificate{'O': {m.old.ca}, 'N': {m.new.ca}, 'U': {m.old.ca, m.new.ca}}[state[1]]
	return holder{presents, trusts}
}

func (h holder) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, one := range h.trusts {
		pool.AddCert(one.parsed)
	}
	return pool
}

// config is KEDA's for both sides (pkg/metricsservice/utils/tls.go LoadGrpcTLSCredentials), with gRPC's ALPN. Up to 2.17.1
// the leaf is in Certificates, and a client keeps it back from a server that names other authorities; since 2.17.2 a
// callback gives it, and it is always sent.
func (h holder) config(w workshop, callback bool) *tls.Config {
	leaf := tls.Certificate{Certificate: [][]byte{h.presents.parsed.Raw}, PrivateKey: h.presents.key}
	config := &tls.Config{
		MinVersion: tls.VersionTLS13,
		RootCAs:    h.pool(),
		ClientCAs:  h.pool(),
		ClientAuth: tls.RequireAndVerifyClientCert,
		ServerName: w.dialName,
		NextProtos: []string{"h2"},
		Time:       func() time.Time { return w.now },
	}
	if callback {
		config.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &leaf, nil }
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &leaf, nil }
	} else {
		config.Certificates = []tls.Certificate{leaf}
	}
	return config
}

// result is what each side reads; both are empty when they talk.
type result struct{ Outcome, Client, Server string }

// shake is one real connection over loopback between two holders of certificates.
func shake(client, server *tls.Config) result {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	defer listener.Close()
	served, clientDone := make(chan error, 1), make(chan struct{})
	go func() { served <- serve(listener, server, clientDone) }()
	clientError := dial(listener.Addr().String(), client)
	close(clientDone)
	return resultOf(clientError, <-served)
}

// serve keeps the connection open until the client has read: closed earlier, a reset may swallow the alert.
func serve(listener net.Listener, config *tls.Config, clientDone <-chan struct{}) error {
	raw, err := listener.Accept()
	check(err)
	defer raw.Close()
	connection := tls.Server(raw, config)
	if err = connection.Handshake(); err == nil {
		_, err = connection.Write([]byte("."))
	}
	<-clientDone
	return err
}

// dial reads a byte: in TLS 1.3 a client learns only by its first read that it was refused.
func dial(address string, config *tls.Config) error {
	raw, err := net.Dial("tcp", address)
	check(err)
	defer raw.Close()
	connection := tls.Client(raw, config)
	if err = connection.Handshake(); err == nil {
		_, err = connection.Read(make([]byte, 1))
	}
	return err
}

func resultOf(client, server error) result {
	if client == nil && server == nil {
		return result{Outcome: "ok"}
	}
	if client == nil || server == nil {
		log.Fatalf("one side alone failed: client %v, server %v", client, server)
	}
	return result{Outcome: refusal(client, server), Client: client.Error(), Server: server.Error()}
}

// refusal tells who refused whom: S! the client refused the server, C! the other way round.
func refusal(client, server error) string {
	var verification *tls.CertificateVerificationError
	if errors.As(client, &verification) {
		return "S!"
	}
	keptBack := server.Error() == "tls: client didn't provide a certificate"
	if keptBack || errors.As(server, &verification) {
		return "C!"
	}
	log.Fatalf("neither side refused the other: client %v, server %v", client, server)
	return ""
}
