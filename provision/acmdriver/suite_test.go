package acmdriver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver/acmtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// denial is how ACM refuses a question that may not be asked.
var denial = sim.Fault{Kind: sim.Fail, Err: &types.AccessDeniedException{Message: aws.String("you may not")}}

func TestLookerOnSimulatedACM(t *testing.T) {
	provisiontest.TestLooker(t, provisiontest.LookHarness{
		Name: "simulated ACM",
		New: func(t testing.TB) provisiontest.LookWorld {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := acmtest.Register(cloud)
			client := clientOf(cloud.Config())
			w := worldOf(t, client, "shop.example.com", func(notAfter time.Time, names ...string) string {
				c, err := service.AddCertificate(acmtest.Certificate{
					Domain: names[0], Names: names, NotAfter: notAfter, KeyAlgorithm: string(types.KeyAlgorithmEcPrime256v1),
				})
				require.NoError(t, err)
				return c.ARN
			})
			w.Changes = func() (changes []string) {
				for _, call := range cloud.Calls() {
					if strings.HasPrefix(call.Op, "Request") {
						changes = append(changes, call.Op)
					}
				}
				return changes
			}
			w.Deny = func() { cloud.Inject(denial) }
			return w
		},
	})
}

func TestLookerOnMoto(t *testing.T) {
	server := moto.Start(t)
	var worlds atomic.Int32
	provisiontest.TestLooker(t, provisiontest.LookHarness{
		Name:     "moto",
		RealTime: true,
		New: func(t testing.TB) provisiontest.LookWorld {
			client := clientOf(server.Config())
			// All worlds share a server, so each has a domain of its own.
			domain := "shop" + strings.Repeat("x", int(worlds.Add(1))) + ".example.com"
			w := worldOf(t, client, domain, func(notAfter time.Time, names ...string) string {
				return importTo(t, client, notAfter, names...)
			})
			w.Changes = func() []string { return nil } // the simulation tells
			return w
		},
		Gaps: map[string]string{"denied": "moto checks no permissions unless all of its services do"},
	})
}

// clientOf is a client that retries as often as a deployment needs.
func clientOf(cfg aws.Config) *acm.Client {
	return acm.NewFromConfig(cfg, func(o *acm.Options) { o.RetryMaxAttempts = 10 })
}

// worldOf is a world with some certificates for a domain and what is below it, made by add; who stands behind it adds the rest.
func worldOf(t testing.TB, client *acm.Client, domain string, add func(notAfter time.Time, names ...string) string) provisiontest.LookWorld {
	soon, late := time.Now().Add(30*24*time.Hour), time.Now().Add(90*24*time.Hour)
	add(soon, "*."+domain)
	apex := add(soon, domain)
	best := add(late, "*."+domain, domain)
	add(late, "other-"+domain)
	remove := func(ctx context.Context) (string, error) {
		_, err := client.DeleteCertificate(ctx, &acm.DeleteCertificateInput{CertificateArn: &best})
		return idOf(best), err
	}
	byDomain := func(name string) provision.Spec { return kinds.ExistingCertificate{Domain: provision.Text(name)} }
	newer := func(context.Context) error {
		add(late.Add(time.Hour), "*."+domain, "www."+domain, domain)
		return nil
	}
	want := map[string]provision.Value{"ARN": provision.TextValue(best), "Domain": provision.TextValue("*." + domain)}
	return provisiontest.LookWorld{
		Looker: acmdriver.New(client),
		Sights: func(provision.Kind) []provisiontest.Sight {
			return []provisiontest.Sight{
				{
					Name: "by ARN", Spec: kinds.ExistingCertificate{ARN: provision.Text(apex)}, ID: apex,
					Want:    map[string]provision.Value{"ARN": provision.TextValue(apex), "Domain": provision.TextValue(domain)},
					Missing: kinds.ExistingCertificate{ARN: provision.Text(apex + "0")}, Names: apex + "0",
				},
				{
					Name: "by its main name", Spec: byDomain("*." + domain), ID: best, Want: want, Newer: newer, Remove: remove,
					Missing: byDomain("*.deep." + domain), Names: "*.deep." + domain,
				},
				{
					Name: "by another name", Spec: byDomain(strings.ToUpper(domain)), ID: best, Want: want, Newer: newer, Remove: remove,
					Missing: byDomain("not-" + domain), Names: "not-" + domain,
				},
				{
					Name: "by a wildcard", Spec: byDomain("www." + domain), ID: best, Want: want, Newer: newer, Remove: remove,
					Missing: byDomain("a.b." + domain), Names: "a.b." + domain,
				},
			}
		},
	}
}

func idOf(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// importTo imports a certificate that nobody has signed but itself.
func importTo(t testing.TB, client *acm.Client, notAfter time.Time, names ...string) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: notAfter,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	out, err := client.ImportCertificate(t.Context(), &acm.ImportCertificateInput{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
		PrivateKey:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	})
	require.NoError(t, err)
	return *out.CertificateArn
}
