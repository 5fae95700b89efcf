package app

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// clientCA reads the CA of the chargers' certificates; nil if there is none.
func (c *Config) clientCA() (*x509.CertPool, error) {
	if c.OCPPClientCA == "" {
		return nil, nil //nolint:nilnil // none was set
	}
	text, err := os.ReadFile(c.OCPPClientCA)
	if err != nil {
		return nil, fmt.Errorf("INVOLT_OCPP_CLIENT_CA cannot be read: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("INVOLT_OCPP_CLIENT_CA, %s, holds no certificate; it must be the CA of the chargers' certificates, in PEM", c.OCPPClientCA)
	}
	return pool, nil
}

// chargersTLS is what is asked of chargers where TLS ends here: with a CA, a certificate
// of theirs. One that is not of the CA, not for clients or past its date breaks the
// handshake off. Whoever shows none gets further, for there are pages behind the same
// address and chargers that need none; it is the OCPP face that refuses.
func (c *Config) chargersTLS() (*tls.Config, error) {
	pool, err := c.clientCA()
	if err != nil {
		return nil, err
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if pool != nil {
		t.ClientCAs, t.ClientAuth = pool, tls.VerifyClientCertIfGiven
	}
	return t, nil
}

// checkClientCA says what is wrong with the setting.
func (c *Config) checkClientCA() error {
	if c.OCPPClientCA != "" && c.TLSCert == "" {
		return errors.New("INVOLT_OCPP_CLIENT_CA needs INVOLT_TLS_CERT and INVOLT_TLS_KEY: chargers' certificates are seen only where TLS ends in Involt, and not behind a proxy")
	}
	_, err := c.clientCA()
	return err
}
