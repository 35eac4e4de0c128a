package acmdriver_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver/acmtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

const day = 24 * time.Hour

// world is a simulated Certificate Manager with a driver.
type world struct {
	t      *testing.T
	cloud  *sim.Cloud
	acm    *acmtest.ACM
	driver *acmdriver.Driver
}

// in runs a test in virtual time.
func in(t *testing.T, f func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		w := world{t: t, cloud: cloud, acm: acmtest.Register(cloud)}
		w.driver = acmdriver.New(clientOf(cloud.Config()))
		f(t.Context(), t, w)
	})
}

// add makes a certificate and returns its id.
func (w world) add(c acmtest.Certificate) string {
	w.t.Helper()
	made, err := w.acm.AddCertificate(c)
	require.NoError(w.t, err)
	return idOf(made.ARN)
}

// look finds the certificate of a domain and returns its pin.
func (w world) look(ctx context.Context, domain, pin string) (string, error) {
	s, pin, err := w.driver.Look(ctx, provision.Call{Node: "tls", Spec: kinds.ExistingCertificate{Domain: provision.Text(domain)}}, pin)
	if err == nil {
		require.Equal(w.t, pin, idOf(s.ID))
	}
	return pin, err
}

// Of many certificates exactly one is right, whatever else there is and in whatever order it is listed.
func TestTheOneThatExpiresLastIsChosen(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		at := func(days int) time.Time { return time.Now().Add(time.Duration(days) * day) }
		w.add(acmtest.Certificate{Domain: "www.example.com", NotAfter: at(10)})
		w.add(acmtest.Certificate{Domain: "*.example.com", NotAfter: at(20)})
		first := w.add(acmtest.Certificate{Domain: "example.com", Names: []string{"*.example.com"}, NotAfter: at(90), KeyAlgorithm: "EC_secp384r1"})
		second := w.add(acmtest.Certificate{Domain: "*.example.com", NotAfter: at(90), KeyAlgorithm: "RSA_4096"})
		w.add(acmtest.Certificate{Domain: "www.example.com", NotAfter: at(99), Status: "PENDING_VALIDATION"})
		w.add(acmtest.Certificate{Domain: "www.example.com", NotAfter: at(99), Status: "REVOKED"})
		w.add(acmtest.Certificate{Domain: "www.example.com", NotAfter: at(99), NotBefore: at(1)})
		w.add(acmtest.Certificate{Domain: "www.example.com", NotAfter: at(99), Region: "eu-central-1"})
		w.add(acmtest.Certificate{Domain: "www.example.org", NotAfter: at(99)})

		pin, err := w.look(ctx, "www.example.com", "")
		require.NoError(t, err)
		require.Equal(t, min(first, second), pin, "of two that expire at the same time the first id")

		last := w.add(acmtest.Certificate{Domain: "www.example.com", NotAfter: at(91)})
		pin, err = w.look(ctx, "www.example.com", "")
		require.NoError(t, err)
		require.Equal(t, last, pin)
		again, err := w.look(ctx, "www.example.com", first)
		require.NoError(t, err)
		require.Equal(t, first, again)
	})
}

// A summary shows a hundred names, so the one that matters may be hidden.
func TestTheLastOfManyNamesCounts(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		names := make([]string, 150)
		for i := range names {
			names[i] = fmt.Sprintf("s%d.example.com", i)
		}
		want := w.add(acmtest.Certificate{Domain: "s0.example.com", Names: names})
		pin, err := w.look(ctx, "s149.example.com", "")
		require.NoError(t, err)
		require.Equal(t, want, pin)
		_, err = w.look(ctx, "s150.example.com", "")
		require.ErrorIs(t, err, provision.ErrMissing)
	})
}

// In an account that teams share, everybody may list what belongs to others and not describe it.
func TestCertificatesThatMayNotBeDescribedArePassedOver(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		theirs := w.add(acmtest.Certificate{Domain: "*.example.com", NotAfter: time.Now().Add(99 * day)})
		w.cloud.Inject(sim.Fault{
			Kind: sim.Fail, Err: sim.Error("AccessDeniedException", "not authorized to perform: acm:DescribeCertificate", 400),
			Match: func(call *sim.Call) bool {
				in, ok := call.Input.(*acm.DescribeCertificateInput)
				return ok && idOf(aws.ToString(in.CertificateArn)) == theirs
			},
		})
		_, err := w.look(ctx, "www.example.com", "")
		require.ErrorContains(t, err, "AccessDeniedException")
		require.NotErrorIs(t, err, provision.ErrMissing)
		ours := w.add(acmtest.Certificate{Domain: "www.example.com", NotAfter: time.Now().Add(9 * day)})
		pin, err := w.look(ctx, "www.example.com", "")
		require.NoError(t, err)
		require.Equal(t, ours, pin)
	})
}

// Only certificates that may be the one are described: an account may have thousands.
func TestOthersAreNotDescribed(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for i := range 20 {
			w.add(acmtest.Certificate{Domain: fmt.Sprintf("s%d.example.com", i)})
		}
		_, err := w.look(ctx, "s7.example.com", "")
		require.NoError(t, err)
		described := slices.DeleteFunc(w.cloud.Calls(), func(c sim.Call) bool { return c.Op != "DescribeCertificate" || !c.Effect })
		require.Len(t, described, 1)
	})
}

func TestWhatIsMissingSaysWhy(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		pending := w.add(acmtest.Certificate{Domain: "pending.example.com", Status: "PENDING_VALIDATION"})
		failed := w.add(acmtest.Certificate{Domain: "failed.example.com"})
		old := w.add(acmtest.Certificate{Domain: "old.example.com", NotAfter: time.Now().Add(day)})
		future := w.add(acmtest.Certificate{Domain: "future.example.com", NotBefore: time.Now().Add(9 * day)})
		abroad, err := w.acm.AddCertificate(acmtest.Certificate{Domain: "abroad.example.com", Region: "eu-central-1"})
		require.NoError(t, err)
		time.Sleep(2 * day)
		for _, c := range w.acm.Certificates() {
			if idOf(c.ARN) == failed {
				require.NoError(t, w.acm.SetStatus(c.ARN, "FAILED", "CAA_ERROR"))
			}
		}
		arn := func(id string) provision.Text {
			return provision.Text("arn:aws:acm:us-east-1:123456789012:certificate/" + id)
		}
		for _, tt := range []struct {
			name string
			spec kinds.ExistingCertificate
			want string
		}{
			{"pending", kinds.ExistingCertificate{Domain: "pending.example.com"}, "Domain: certificate for pending.example.com: no certificate " +
				"for that name can be used: " + pending + " is not issued but PENDING_VALIDATION: ACM waits"},
			{"pending by ARN", kinds.ExistingCertificate{ARN: arn(pending)}, "ARN: certificate " + string(arn(pending)) + ": is not issued"},
			{"failed", kinds.ExistingCertificate{Domain: "failed.example.com"}, failed + " is not issued but FAILED (CAA_ERROR)"},
			{"expired", kinds.ExistingCertificate{Domain: "old.example.com"}, old + " has expired on 2000-01-02"},
			{"not valid yet", kinds.ExistingCertificate{Domain: "future.example.com"}, future + " is not valid before 2000-01-10"},
			{"another region", kinds.ExistingCertificate{Domain: "abroad.example.com"}, "in this account and region"},
			{"another region by ARN", kinds.ExistingCertificate{ARN: provision.Text(abroad.ARN)}, "certificate " + abroad.ARN + " does not exist: "},
		} {
			_, _, err := w.driver.Look(ctx, provision.Call{Node: "tls", Spec: tt.spec}, "")
			require.ErrorIs(t, err, provision.ErrMissing, tt.name)
			require.ErrorContains(t, err, tt.want, tt.name)
		}
	})
}

// A pin finds the same certificate as long as it is good, and says what is wrong with it afterwards instead of taking another.
func TestAPinIsNeverReplaced(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		pin := w.add(acmtest.Certificate{Domain: "www.example.com", NotAfter: time.Now().Add(30 * day)})
		w.add(acmtest.Certificate{Domain: "www.example.com"})
		_, err := w.look(ctx, "www.example.com", pin)
		require.NoError(t, err)
		_, err = w.look(ctx, "api.example.com", pin)
		require.ErrorContains(t, err, "it is for www.example.com only")
		require.ErrorIs(t, err, provision.ErrMissing)
		time.Sleep(31 * day)
		_, err = w.look(ctx, "www.example.com", pin)
		require.ErrorContains(t, err, "the pinned certificate "+pin+" for www.example.com: has expired")
		require.ErrorIs(t, err, provision.ErrMissing)
	})
}

// A certificate that is deleted between the list and the look at it is not there, which is no failure.
func TestACertificateThatVanishesIsPassedOver(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		pin := w.add(acmtest.Certificate{Domain: "www.example.com"})
		gone := sim.Fault{Kind: sim.Fail, Times: 1, Match: sim.On(acm.ServiceID, "DescribeCertificate"),
			Err: &types.ResourceNotFoundException{Message: aws.String("gone")}}
		w.cloud.Inject(gone)
		_, err := w.look(ctx, "www.example.com", "")
		require.ErrorIs(t, err, provision.ErrMissing)
		w.cloud.Inject(gone)
		_, err = w.look(ctx, "www.example.com", pin)
		require.ErrorIs(t, err, provision.ErrMissing)
	})
}

func TestCheckCertificate(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		good, err := w.acm.AddCertificate(acmtest.Certificate{Domain: "www.example.com"})
		require.NoError(t, err)
		pending, err := w.acm.AddCertificate(acmtest.Certificate{Domain: "www.example.com", Status: "PENDING_VALIDATION"})
		require.NoError(t, err)
		abroad, err := w.acm.AddCertificate(acmtest.Certificate{Domain: "www.example.com", Region: "eu-central-1"})
		require.NoError(t, err)
		require.NoError(t, w.driver.CheckCertificate(ctx, good.ARN))
		require.NoError(t, w.driver.CheckCertificate(ctx, "arn:aws:iam::123456789012:server-certificate/old"))
		for _, arn := range []string{pending.ARN, abroad.ARN, good.ARN + "0"} {
			err := w.driver.CheckCertificate(ctx, arn)
			require.ErrorIs(t, err, provision.ErrMissing)
			require.ErrorContains(t, err, arn)
		}
		here := acmdriver.New(clientOf(w.cloud.Config()), func(o *acmdriver.Options) { o.Region = "us-east-1" })
		require.NoError(t, here.CheckCertificate(ctx, good.ARN))
		defer w.cloud.Inject(denial)()
		err = here.CheckCertificate(ctx, abroad.ARN)
		require.ErrorIs(t, err, provision.ErrMissing, "nobody need be asked")
		require.ErrorContains(t, err, "it is one of the region eu-central-1, and what is in us-east-1 takes only certificates of its own region")
		require.NoError(t, w.driver.CheckCertificate(ctx, pending.ARN), "a question that may not be asked is no answer")
	})
}

func TestFailuresAreNoAnswers(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.add(acmtest.Certificate{Domain: "www.example.com"})
		broken := errors.New("broken")
		for _, op := range []string{"ListCertificates", "DescribeCertificate"} {
			remove := w.cloud.Inject(sim.Fault{Kind: sim.Fail, Match: sim.On(acm.ServiceID, op), Err: broken})
			_, err := w.look(ctx, "www.example.com", "")
			require.ErrorIs(t, err, broken)
			require.NotErrorIs(t, err, provision.ErrMissing)
			remove()
		}
		_, _, err := w.driver.Look(ctx, provision.Call{Node: "tls", Spec: kinds.ExistingRole{Name: "x"}}, "")
		require.ErrorContains(t, err, `node "tls": the spec is a kinds.ExistingRole`)
	})
}
