package ocpp

import (
	"crypto/x509"
	"net/http"
	"slices"
)

// certified reports whether a charger has shown a certificate of its own: one that the
// handshake has verified against our CA, for clients and within its dates, and that
// names the charger (OCPP 2.0.1 part 2 A.2.3, 1.6 security whitepaper §2.4). What a
// proxy says about certificates is not asked for: TLS must end here.
func certified(r *http.Request, identity string, owners []string) bool {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 || len(r.TLS.VerifiedChains[0]) == 0 {
		return false
	}
	own := r.TLS.VerifiedChains[0][0]
	return names(own, identity) && (len(owners) == 0 || owned(own, owners))
}

// names reports whether the subject or an alternative name is the charger's identity,
// letter by letter: patterns are no names of one charger.
func names(c *x509.Certificate, identity string) bool {
	return identity != "" && (c.Subject.CommonName == identity || slices.Contains(c.DNSNames, identity))
}

// owned reports whether the certificate's organization is one of the names of the
// workspace. Identities are unique in a workspace only.
func owned(c *x509.Certificate, owners []string) bool {
	return slices.ContainsFunc(slices.Concat(c.Subject.Organization, c.Subject.OrganizationalUnit), func(o string) bool { return slices.Contains(owners, o) })
}
