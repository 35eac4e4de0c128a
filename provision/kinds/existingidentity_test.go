package kinds_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestExistingIdentitiesValidate(t *testing.T) {
	t.Parallel()
	long := func(n int) provision.Text { return provision.Text(strings.Repeat("x", n)) }
	for _, tt := range []struct {
		name string
		spec provision.Spec
		want []string // fields
	}{
		{"a role", kinds.ExistingRole{Name: "Shop+=,.@-_1"}, nil},
		{"a role by ARN", kinds.ExistingRole{Name: "arn:aws-cn:iam::123456789012:role/teams/shop/web"}, nil},
		{"a role known later", kinds.ExistingRole{Name: "${{in.role}}-web"}, nil},
		{"the longest role", kinds.ExistingRole{Name: long(64)}, nil},
		{"too long a role", kinds.ExistingRole{Name: long(65)}, []string{"Name"}},
		{"no role", kinds.ExistingRole{}, []string{"Name"}},
		{"a role with its path", kinds.ExistingRole{Name: "teams/web"}, []string{"Name"}},
		{"a profile for a role", kinds.ExistingRole{Name: "arn:aws:iam::123456789012:instance-profile/web"}, []string{"Name"}},

		{"a profile", kinds.ExistingInstanceProfile{Name: long(128)}, nil},
		{"a profile by ARN", kinds.ExistingInstanceProfile{Name: "arn:aws:iam::123456789012:instance-profile/web"}, nil},
		{"no profile", kinds.ExistingInstanceProfile{}, []string{"Name"}},
		{"too long a profile", kinds.ExistingInstanceProfile{Name: long(129)}, []string{"Name"}},
		{"a role for a profile", kinds.ExistingInstanceProfile{Name: "arn:aws:iam::123456789012:role/web"}, []string{"Name"}},

		{"a domain", kinds.ExistingCertificate{Domain: "www.Example.com"}, nil},
		{"a wildcard", kinds.ExistingCertificate{Domain: "*.shop.example.com"}, nil},
		{"a domain known later", kinds.ExistingCertificate{Domain: "*.${{base}}"}, nil},
		{"a certificate by ARN", kinds.ExistingCertificate{ARN: "arn:aws:acm:eu-central-1:123456789012:certificate/7e7a28d2-163f"}, nil},
		{"no certificate", kinds.ExistingCertificate{}, []string{"Domain"}},
		{"two certificates", kinds.ExistingCertificate{Domain: "example.com", ARN: "${{in.arn}}"}, []string{"ARN"}},
		{"a dot at the end", kinds.ExistingCertificate{Domain: "example.com."}, []string{"Domain"}},
		{"a wildcard in the middle", kinds.ExistingCertificate{Domain: "www.*.com"}, []string{"Domain"}},
		{"an address", kinds.ExistingCertificate{Domain: "https://example.com"}, []string{"Domain"}},
		{"one label", kinds.ExistingCertificate{Domain: "localhost"}, []string{"Domain"}},
		{"too long a domain", kinds.ExistingCertificate{Domain: provision.Text(strings.Repeat("a.", 126)) + "com"}, []string{"Domain"}},
		{"a server certificate of IAM", kinds.ExistingCertificate{ARN: "arn:aws:iam::123456789012:server-certificate/web"}, []string{"ARN"}},

		{"a secret", kinds.ExistingSecret{Name: "shop/stripe_key+=.@-"}, nil},
		{"a secret by ARN", kinds.ExistingSecret{Name: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/stripe-a1B2c3"}, nil},
		{"a secret known later", kinds.ExistingSecret{Name: "${{in.secret}}"}, nil},
		{"no secret", kinds.ExistingSecret{}, []string{"Name"}},
		{"a part of an ARN", kinds.ExistingSecret{Name: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop"}, []string{"Name"}},
		{"a parameter", kinds.ExistingSecret{Name: "arn:aws:ssm:eu-central-1:123456789012:parameter/shop"}, []string{"Name"}},
		{"a value", kinds.ExistingSecret{Name: "pass word"}, []string{"Name"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.spec.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
			require.Implements(t, (*provision.Existing)(nil), tt.spec)
		})
	}
}

// What is no name may be the value.
func TestExistingSecretDoesNotRepeatWhatMayBeAValue(t *testing.T) {
	t.Parallel()
	err := kinds.ExistingSecret{Name: "correct horse battery staple"}.Validate()
	require.Error(t, err)
	require.NotContains(t, err.Error(), "horse")
}

func TestASecretFitsIntoNoOtherField(t *testing.T) {
	t.Parallel()
	var b provision.Blueprint
	secret := kinds.AddExistingSecret(&b, "stripe", kinds.ExistingSecret{Name: "stripe"})
	kinds.AddExistingSecret(&b, "again", kinds.ExistingSecret{Name: secret.ARN()})
	require.NoError(t, b.Validate())
	kinds.AddExistingRole(&b, "role", kinds.ExistingRole{Name: provision.Text(secret.ARN())})
	require.ErrorContains(t, b.Validate(), "leads to a secret")
}
